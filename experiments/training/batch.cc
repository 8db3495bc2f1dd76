#include "experiments/training/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/arithmetic.h"
#include "experiments/data/finite_set.h"
#include "experiments/data/shuffle.h"
#include "experiments/models/model.h"
#include "kernels/core/math.h"
#include "kernels/random/random.h"
#include "samplers/denoiser.h"

namespace ito::experiments {
namespace {

// Training draws other examples than metrics do under the same seed.
constexpr std::uint64_t kTrainingData = 0x7472'6169'6e69'6e67;  // "training"

// The noise of target = a x_0 + b eps.
struct TargetCoefficients {
  double x0, eps;
};

TargetCoefficients target_of(Prediction prediction, const Path& path, Time t) {
  switch (prediction) {
    case Prediction::eps:
      return {0, 1};
    case Prediction::sample:
      return {1, 0};
    case Prediction::v:
      return {-path.sigma(t), path.alpha(t)};
    case Prediction::velocity:
      return {path.d_alpha(t), path.d_sigma(t)};
    case Prediction::score:
      return {0, -1 / path.sigma(t)};
  }
  return {};
}

Tensor combination(const std::vector<double>& a, const Tensor& x, const std::vector<double>& b, const Tensor& y) {
  const SampleTerm terms[] = {{a, x}, {b, y}};
  return combine_per_sample(terms);
}

}  // namespace

Time time_of_network(const Path& path, double u) {
  if (path.name() != "edm") return Time(u);
  const double low = math::log(path.t_min().value), high = math::log(path.t_max().value);
  return Time(std::clamp(math::exp(low + u * (high - low)), path.t_min().value, path.t_max().value));
}

TrainingBatches::TrainingBatches(const Dataset& data, PathPtr path, Prediction prediction,
                                 const TrainingOptions& options, Objective objective)
    : data_(data), path_(std::move(path)), objective_(objective), prediction_(prediction), options_(options) {
  lowest_ = std::max(options.t_min, network_time(*path_, path_->t_min()));
  highest_ = network_time(*path_, path_->t_max());
  if (!(lowest_ < highest_))
    throw InputError(
        fmt::format("training.t_min = {}: the path {} ends at {}", options.t_min, path_->name(), highest_));
  if (objective_ == Objective::classify) return;
  if (options.times.law == TimeLaw::lambda && std::isinf(path_->lambda(time_of_network(*path_, lowest_)).value))
    throw InputError(
        fmt::format("training.t_min = {}: the path {} is clean there and lambda infinite, so that training.times = "
                    "\"lambda\" has no law; a greater t_min was expected",
                    options.t_min, path_->name()));
  for (const double end : {lowest_, highest_})  // refuses at once
    loss_weight(options.loss_weight, prediction_, *path_, time_of_network(*path_, end));
}

void TrainingBatches::begin(std::int64_t step) {
  step_ = step;
  if (!data_.finite()) return;
  const std::int64_t n = data_.train.x.dim(0);
  rows_.clear();
  for (std::int64_t i = 0; i < options_.batch; ++i) {
    const std::int64_t number = step * options_.batch + i;
    if (number / n != epoch_) {
      epoch_ = number / n;
      order_ = shuffled(n, options_.seed, epoch_);
    }
    rows_.push_back(order_[static_cast<std::size_t>(number % n)]);
  }
}

Examples TrainingBatches::examples(std::int64_t first, std::int64_t count) const {
  if (!data_.finite()) return data_.draw(options_.seed ^ kTrainingData, step_ * options_.batch + first, count, -1);
  return gather(data_.train,
                std::span(rows_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
}

TrainingShard TrainingBatches::shard(std::int64_t first, std::int64_t count) const {
  const auto step = static_cast<std::uint32_t>(step_);
  const Examples clean = examples(first, count);
  const auto n = static_cast<std::size_t>(count);
  Context& context = default_context();

  if (objective_ == Objective::classify) return {clean.x, {}, {}, clean.labels, {}, {}};

  const std::vector<double> times =
      training_times(options_.times, *path_, lowest_, highest_, options_.seed, step_, first, count, options_.batch);
  Tensor eps = Tensor::like(clean.x);
  kernels::normal(context, {options_.seed, step, Stream::training_noise}, first, count,
                  clean.x.size() / std::max<std::int64_t>(count, 1), eps.mutable_span<float>().data());

  TrainingShard shard;
  shard.times = times;
  std::vector<double> alpha(n), sigma(n), from_x0(n), from_eps(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Time t = time_of_network(*path_, times[i]);
    shard.lambda.push_back(path_->lambda(t).value);
    const double scale = input_scale(*path_, t);
    alpha[i] = scale * path_->alpha(t);
    sigma[i] = scale * path_->sigma(t);
    const TargetCoefficients target = target_of(prediction_, *path_, t);
    from_x0[i] = target.x0;
    from_eps[i] = target.eps;
    shard.weights.push_back(loss_weight(options_.loss_weight, prediction_, *path_, t));
  }
  shard.x = combination(alpha, clean.x, sigma, eps);
  shard.target = combination(from_x0, clean.x, from_eps, eps);

  if (clean.labels.defined()) {
    shard.condition = clean.labels.clone();
    if (options_.condition_dropout > 0) {
      std::vector<double> dropped(n);
      kernels::uniform(context, {options_.seed, step, Stream::condition_dropout}, first, count, 1, dropped.data());
      const std::span<std::int32_t> labels = shard.condition.mutable_span<std::int32_t>();
      for (std::size_t i = 0; i < n; ++i)
        if (dropped[i] < options_.condition_dropout) labels[i] = kUnconditional;
    }
  }
  return shard;
}

}  // namespace ito::experiments
