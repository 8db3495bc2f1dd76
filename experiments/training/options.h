// What a recipe's `training` table decides: every value here decides bits of the weights.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "samplers/registry.h"

namespace ito::experiments {

// w(t) in the loss  E w(t) |prediction - target|^2 / D.
//   uniform:  1 on the network's own prediction
//   min_snr:  min(SNR, gamma) on x_0: divided by SNR on eps, by SNR + 1 on v (Hang 2023, gamma 5)
enum class LossWeight : unsigned char { uniform, min_snr };

// The learning rate after a linear warm-up: constant, or a half cosine that ends at 0 on the last step.
enum class RateSchedule : unsigned char { constant, cosine };

struct TrainingOptions {
  std::string path = "vp";
  std::int64_t steps = 4000;
  std::int64_t batch = 2048;
  std::int64_t shard = 0;  // examples summed as one unit (CONTRACT.md); 0: 8 for images, 256 for points
  std::uint64_t seed = 1;
  double learning_rate = 3e-3;
  std::int64_t warmup = 100;
  RateSchedule schedule = RateSchedule::cosine;
  double weight_decay = 0;
  double clip_norm = 1;  // 0: none
  double ema = 0.999;    // 0: the last weights are sampled from
  double condition_dropout = 0.1;
  LossWeight loss_weight = LossWeight::uniform;
  double t_min = 1e-3;  // training times are uniform on [t_min, 1] of the network's clock
};

// The keys of the table, with their defaults, bounds and meanings, without the prefix "training.".
std::span<const Parameter> training_parameters();

// Resolved values (every key of training_parameters()) as options.
TrainingOptions training_options(const Parameters& values);

// The entry ("training", kind "training") whose parameters are the above; not registered, for resolving and listing.
const Entry& training_entry();

}  // namespace ito::experiments
