// Learning rates as plain functions of the step (0, 1, 2, ...), each a factor of the base rate.
//
//   warmup:  min(1, (step + 1) / warmup)                    (no step has rate 0; step = warmup - 1 reaches 1)
//   linear:  1 - (1 - final) p,   p = min(1, step / total)
//   cosine:  final + (1 - final) (1 + cos(pi p)) / 2        Loshchilov, Hutter 2017 (SGDR), eq. 5 without restarts
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ito {

double warmup_factor(std::int64_t step, std::int64_t warmup);
double linear_factor(std::int64_t step, std::int64_t total, double final);
double cosine_factor(std::int64_t step, std::int64_t total, double final);

enum class Decay : unsigned char { constant, linear, cosine };
// From "constant", "linear", "cosine"; InputError for another name.
Decay decay_from_name(std::string_view name);

// A rate that rises over `warmup` steps and falls over the `total - warmup` that follow.
struct LearningRate {
  double base = 1e-3;
  std::int64_t warmup = 0;
  std::int64_t total = 0;  // of decay linear and cosine
  Decay decay = Decay::constant;
  double final = 0;  // the last rate, as a fraction of base

  // InputError for a negative base, warmup or final, and for a decay with total <= warmup.
  void check() const;
  double at(std::int64_t step) const;
};

}  // namespace ito
