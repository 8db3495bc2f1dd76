// What a recipe's `training` table decides: every value here decides bits of the weights.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "autograd/optim/schedule.h"
#include "experiments/training/loss_weight.h"
#include "experiments/training/time_law.h"
#include "samplers/registry.h"

namespace ito::experiments {

struct TrainingOptions {
  std::string path = "vp";
  std::int64_t steps = 4000;
  std::int64_t batch = 2048;
  std::int64_t shard = 0;  // examples summed as one unit (CONTRACT.md); 0: 8 for images, 256 for points
  std::uint64_t seed = 1;
  double learning_rate = 1e-2;
  std::int64_t warmup = 100;
  Decay schedule = Decay::cosine;
  double weight_decay = 0;
  double clip_norm = 1;  // 0: none
  double ema = 0.999;    // 0: the last weights are sampled from
  double condition_dropout = 0.2;
  LossWeightOptions loss_weight;
  TimeLawOptions times;
  double t_min = 1e-3;  // training times lie in [t_min, 1] of the network's clock
};

// The keys of the table, with their defaults, bounds and meanings, without the prefix "training.".
std::span<const Parameter> training_parameters();

// Resolved values (every key of training_parameters()) as options.
TrainingOptions training_options(const Parameters& values);

// The entry ("training", kind "training") whose parameters are the above; not registered, for resolving and listing.
const Entry& training_entry();

}  // namespace ito::experiments
