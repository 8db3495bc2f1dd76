#include "samplers/solver.h"

#include <algorithm>
#include <numeric>

#include "autograd/arithmetic.h"
#include "samplers/brownian.h"
#include "samplers/registry.h"

namespace ito {

Estimate::Estimate(const Path& path, std::vector<double> times, Tensor x, Answer answer, Prediction kind)
    : path_(&path), times_(std::move(times)), x_(std::move(x)), answer_(std::move(answer)), kind_(kind) {}

Estimate::Estimate(const Path& path, Time t, Tensor x, Answer answer, Prediction kind)
    : Estimate(path, std::vector<double>{t.value}, std::move(x), std::move(answer), kind) {}

Tensor Estimate::as(Prediction kind) const { return convert(*path_, times_, x_, answer_.prediction, kind_, kind); }

Tensor Estimate::renoise_eps() const {
  if (!answer_.renoise.defined()) return eps();
  return convert(*path_, times_, x_, answer_.renoise, kind_, Prediction::eps);
}

const Tensor& Estimate::variance() const {
  require(answer_.variance.defined(), "the solver reads a learned variance, and the model's answer has none");
  return answer_.variance;
}

Trajectory::Trajectory(const Denoiser& denoiser, PathPtr path, const Grid& grid, std::int64_t samples, Tensor condition,
                       Noise noise)
    : denoiser_(adapt(denoiser, path)),
      path_(std::move(path)),
      grid_(grid),
      condition_(std::move(condition)),
      noise_(std::move(noise)),
      evaluations_(static_cast<std::size_t>(samples), 0) {}

namespace {

void check_answer(const Denoiser& denoiser, const Tensor& answer, const Tensor& x, const char* what) {
  if (answer.defined() && answer.shape() == x.shape() && answer.dtype() == x.dtype()) return;
  throw InputError("denoiser '" + denoiser.name + "' answered " + what +
                   (answer.defined() ? answer.shape().text() + " " + dtype_name(answer.dtype()) : "nothing") +
                   " for a batch " + x.shape().text() + " " + dtype_name(x.dtype()) + "; expected the same");
}

void check_answer(const Denoiser& denoiser, const Answer& answer, const Tensor& x) {
  check_answer(denoiser, answer.prediction, x, "");
  if (answer.variance.defined()) check_answer(denoiser, answer.variance, x, "a variance ");
}

}  // namespace

Estimate Trajectory::evaluate(const Tensor& x, Time t) {
  Answer answer = denoiser_.evaluate({x, {&t.value, 1}, condition_, step_, evaluation_});
  check_answer(denoiser_, answer, x);
  ++evaluation_;
  for (std::int64_t& count : evaluations_) count += denoiser_.evaluations_per_call;
  evaluated_times_.push_back(t.value);
  return {*path_, t, x, std::move(answer), denoiser_.prediction};
}

Estimate Trajectory::evaluate(const Tensor& x, std::span<const double> times, std::span<const std::int64_t> rows) {
  require(times.size() == rows.size() && static_cast<std::int64_t>(rows.size()) == x.dim(0),
          "an evaluation of some samples takes a row and a time for each of them");
  const Tensor condition = condition_.defined() ? gather_first(condition_, rows) : Tensor();
  Answer answer = denoiser_.evaluate({x, times, condition, step_, evaluation_, rows});
  check_answer(denoiser_, answer, x);
  ++evaluation_;
  for (const std::int64_t row : rows) evaluations_[static_cast<std::size_t>(row)] += denoiser_.evaluations_per_call;
  evaluated_times_.insert(evaluated_times_.end(), times.begin(), times.end());
  return {*path_, std::vector<double>(times.begin(), times.end()), x, std::move(answer), denoiser_.prediction};
}

Tensor Trajectory::noise(const Tensor& like, double nu) { return noise(like, 0, from(), to(), nu); }

Tensor Trajectory::noise(const Tensor& like, int substep, Time from, Time to, double nu) {
  require(noise_ != nullptr, "this solver draws noise, and none was given");
  return noise_({like, step_, substep, from, to, nu});
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

Noise noise_of(const SampleRequest& request, const PathPtr& path, std::int64_t first_sample) {
  if (request.noise) return request.noise;
  return request.brownian ? brownian_noise(path, request.seed, first_sample)
                          : counter_noise(request.seed, first_sample);
}

Shape batch_shape(std::int64_t n, const Shape& sample) {
  std::vector<std::int64_t> extents{n};
  extents.insert(extents.end(), sample.extents().begin(), sample.extents().end());
  return Shape(extents);
}

}  // namespace

void check_variance(const Denoiser& denoiser, const Solver& solver) {
  if (solver.reads_variance() && !denoiser.gives_variance)
    throw InputError("the solver reads a learned variance, and denoiser '" + denoiser.name +
                     "' learned none; with ddpm, variance = \"fixed_small\" or \"fixed_large\" serve");
}

SampleResult sample(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver,
                    const SampleRequest& request) {
  require(path != nullptr, "sampling: there is no path to sample on");
  check_request(denoiser, request);
  check_variance(denoiser, solver);
  if (request.brownian && !request.noise) check_brownian_range(*path, grid);
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
    Trajectory trajectory(denoiser, path, grid, end - begin,
                          request.condition.defined() ? request.condition.slice_first(begin, end) : Tensor(),
                          noise_of(request, path, first));
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
    result.evaluations_of.insert(result.evaluations_of.end(), trajectory.evaluations().begin(),
                                 trajectory.evaluations().end());
  }
  const std::int64_t total =
      std::accumulate(result.evaluations_of.begin(), result.evaluations_of.end(), std::int64_t{0});
  result.evaluations = (total + request.count / 2) / request.count;
  result.samples = parts.size() == 1 ? parts.front() : concatenate_first(parts);
  return result;
}

}  // namespace ito
