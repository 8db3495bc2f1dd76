#include "samplers/solver.h"

#include <algorithm>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"

namespace ito {

Estimate::Estimate(const Path& path, Time t, Tensor x, Answer answer, Prediction kind)
    : path_(&path), t_(t), x_(std::move(x)), answer_(std::move(answer)), kind_(kind) {}

Tensor Estimate::as(Prediction kind) const {
  return convert(*path_, {&t_.value, 1}, x_, answer_.prediction, kind_, kind);
}

Tensor Estimate::renoise_eps() const {
  if (!answer_.renoise.defined()) return eps();
  return convert(*path_, {&t_.value, 1}, x_, answer_.renoise, kind_, Prediction::eps);
}

Trajectory::Trajectory(const Denoiser& denoiser, PathPtr path, const Grid& grid, Tensor condition, Noise noise)
    : denoiser_(adapt(denoiser, path)),
      path_(std::move(path)),
      grid_(grid),
      condition_(std::move(condition)),
      noise_(std::move(noise)) {}

Estimate Trajectory::evaluate(const Tensor& x, Time t) {
  Answer answer = denoiser_.evaluate({x, {&t.value, 1}, condition_, step_, evaluation_});
  if (!answer.prediction.defined() || !(answer.prediction.shape() == x.shape()) ||
      answer.prediction.dtype() != x.dtype())
    throw InputError("denoiser '" + denoiser_.name + "' answered " +
                     (answer.prediction.defined()
                          ? answer.prediction.shape().text() + " " + dtype_name(answer.prediction.dtype())
                          : "nothing") +
                     " for a batch " + x.shape().text() + " " + dtype_name(x.dtype()) + "; expected the same");
  ++evaluation_;
  evaluations_ += denoiser_.evaluations_per_call;
  evaluated_times_.push_back(t.value);
  return {*path_, t, x, std::move(answer), denoiser_.prediction};
}

Tensor Trajectory::noise(const Tensor& like, int substep) {
  require(noise_ != nullptr, "this solver draws noise, and none was given");
  return noise_({like, step_, substep, from(), to()});
}

void Trajectory::begin_step(int step) {
  step_ = step;
  evaluation_ = 0;
}

namespace {

void check_request(const Denoiser& denoiser, const SampleRequest& request) {
  for (const auto& [there, what] : {std::pair{denoiser.path != nullptr, "path"},
                                    std::pair{static_cast<bool>(denoiser.evaluate), "function evaluate"}})
    if (!there) throw InputError("sampling: denoiser '" + denoiser.name + "' has no " + what);
  require(request.count >= 1, "sampling: count is below 1");
  require(request.batch >= 0, "sampling: batch is negative");
  require(request.first_sample >= 0, "sampling: first_sample is negative");
  require(request.dtype != DType::i32, "sampling: states are float or double, not int32");
  const bool whole = request.batch == 0 || request.batch >= request.count;
  require(!request.noise || whole, "sampling: a given noise does not know sample numbers; it needs batch 0");
  if (request.condition.defined()) {
    const Tensor& labels = request.condition;
    if (labels.dtype() != DType::i32 || !(labels.shape() == Shape{request.count}))
      throw InputError("sampling: condition is " + labels.shape().text() + " " + dtype_name(labels.dtype()) +
                       "; expected " + Shape{request.count}.text() + " int32");
    for (const std::int32_t label : labels.span<std::int32_t>())
      if (label < kUnconditional || label >= denoiser.classes)
        throw InputError("sampling: label " + std::to_string(label) + "; denoiser '" + denoiser.name + "' has " +
                         std::to_string(denoiser.classes) + " classes (-1: unconditional)");
  }
}

Shape batch_shape(std::int64_t n, const Shape& sample) {
  std::vector<std::int64_t> extents{n};
  extents.insert(extents.end(), sample.extents().begin(), sample.extents().end());
  return Shape(extents);
}

}  // namespace

SampleResult sample(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver,
                    const SampleRequest& request) {
  require(path != nullptr, "sampling: there is no path to sample on");
  check_request(denoiser, request);
  const std::int64_t batch = request.batch == 0 ? request.count : std::min(request.batch, request.count);
  if (request.start.defined() &&
      (!(request.start.shape() == batch_shape(request.count, request.shape)) || request.start.dtype() != request.dtype))
    throw InputError("sampling: start is " + request.start.shape().text() + " " + dtype_name(request.start.dtype()) +
                     "; expected " + batch_shape(request.count, request.shape).text() + " " +
                     dtype_name(request.dtype));

  SampleResult result;
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < request.count; begin += batch) {
    const std::int64_t end = std::min(begin + batch, request.count);
    const std::int64_t first = request.first_sample + begin;
    Tensor x = request.start.defined()
                   ? request.start.slice_first(begin, end)
                   : combine({{path->sigma(grid.front()), initial_noise(batch_shape(end - begin, request.shape),
                                                                        request.dtype, request.seed, first)}});
    Trajectory trajectory(denoiser, path, grid,
                          request.condition.defined() ? request.condition.slice_first(begin, end) : Tensor(),
                          request.noise ? request.noise : counter_noise(request.seed, first));
    if (denoiser.reset) denoiser.reset(end - begin);
    solver.start(*path, grid, trajectory.prediction());
    for (int step = 0; step < grid.steps(); ++step) {
      trajectory.begin_step(step);
      x = solver.step(trajectory, x);
      if (!all_finite(x))
        throw DivergedError("sampling diverged: a state is not finite after step " + std::to_string(step + 1) + " of " +
                            std::to_string(grid.steps()) + ", at time " + value_text(grid[step + 1].value) +
                            " (samples " + std::to_string(first) + " to " + std::to_string(first + end - begin - 1) +
                            ")");
      if (request.observe) request.observe(step, grid[step + 1], x);
    }
    parts.push_back(x);
    result.evaluations = trajectory.evaluations();
  }
  result.samples = parts.size() == 1 ? parts.front() : concatenate_first(parts);
  return result;
}

}  // namespace ito
