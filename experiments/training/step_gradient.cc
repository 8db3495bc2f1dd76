#include "experiments/training/step_gradient.h"

#include <algorithm>

#include "autograd/ops/ops.h"
#include "autograd/shards.h"
#include "autograd/tape.h"

namespace ito::experiments {

namespace {

constexpr std::int64_t kPointShard = 256, kImageShard = 8;

}  // namespace

std::int64_t shard_size(const Dataset& data, const TrainingOptions& options) {
  if (options.shard > 0) return options.shard;
  return data.images() ? kImageShard : kPointShard;
}

std::vector<Tensor> shard_gradient(const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
                                   std::int64_t step, std::int64_t first, std::int64_t count) {
  const TrainingShard examples = batches.shard(first, count);
  const std::unique_ptr<Model> own = model.share();
  std::vector<Tensor> leaves;
  own->parameters([&](const std::string&, Tensor& x) {
    Tape::current().watch(x);
    leaves.push_back(x);
  });
  const DropoutPlace place{options.seed, static_cast<std::uint32_t>(step), first};
  const Tensor y = own->forward({examples.x, examples.times, examples.lambda, examples.condition, &place});
  const auto batch = static_cast<double>(options.batch);
  const Tensor loss =
      model.objective() == Objective::classify
          ? cross_entropy(y, examples.condition, 1 / batch)
          : squared_error(y, examples.target, 1 / (batch * static_cast<double>(y.size() / y.dim(0))), examples.weights);
  std::vector<Tensor> results = Tape::current().gradients(loss, leaves);
  results.push_back(Tensor::scalar(loss.item(), DType::f64));
  return results;
}

StepGradient step_gradient(const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
                           std::int64_t step, std::int64_t shard) {
  std::vector<Tensor> total = sum_over_shards(shard_count(options.batch, shard), [&](std::int64_t s) {
    const std::int64_t first = s * shard;
    return shard_gradient(model, batches, options, step, first, std::min(shard, options.batch - first));
  });
  const double loss = total.back().item();
  total.pop_back();
  return {loss, std::move(total)};
}

}  // namespace ito::experiments
