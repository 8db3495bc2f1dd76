// The gradient of one training step: shard by shard, folded in the contract's tree.
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/models/model.h"
#include "experiments/training/batch.h"
#include "experiments/training/options.h"

namespace ito::experiments {

// Examples that are summed as one unit: options.shard, or where that is 0, 8 for images and 256 for points.
std::int64_t shard_size(const Dataset& data, const TrainingOptions& options);

// Gradients of the part of the step's loss that examples [first, first + count) have, by parameter, and behind them
// that part itself (one double). `batches` stand at `step`.
std::vector<Tensor> shard_gradient(const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
                                   std::int64_t step, std::int64_t first, std::int64_t count);

// The whole batch's loss, and its gradient by parameter.
struct StepGradient {
  double loss;
  std::vector<Tensor> gradients;
};
StepGradient step_gradient(const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
                           std::int64_t step, std::int64_t shard);

}  // namespace ito::experiments
