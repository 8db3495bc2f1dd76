#include "autograd/optim/schedule.h"

#include <algorithm>
#include <numbers>

#include "kernels/core/error.h"
#include "kernels/core/math.h"

namespace ito {
namespace {

double progress(std::int64_t step, std::int64_t total) {
  if (step >= total) return 1;
  return static_cast<double>(std::max<std::int64_t>(step, 0)) / static_cast<double>(total);
}

}  // namespace

double warmup_factor(std::int64_t step, std::int64_t warmup) {
  return step + 1 >= warmup ? 1 : static_cast<double>(step + 1) / static_cast<double>(warmup);
}

double linear_factor(std::int64_t step, std::int64_t total, double final) {
  return 1 - (1 - final) * progress(step, total);
}

double cosine_factor(std::int64_t step, std::int64_t total, double final) {
  return final + (1 - final) * (1 + math::cos(std::numbers::pi * progress(step, total))) / 2;
}

Decay decay_from_name(std::string_view name) {
  if (name == "constant") return Decay::constant;
  if (name == "linear") return Decay::linear;
  if (name == "cosine") return Decay::cosine;
  throw InputError("learning-rate decay \"" + std::string(name) + "\": expected constant, linear or cosine");
}

void LearningRate::check() const {
  require(base >= 0, "a learning rate is not negative");
  require(warmup >= 0, "a learning rate's warm-up is not negative");
  require(final >= 0, "a learning rate's final fraction is not negative");
  require(decay == Decay::constant || total > warmup, "a learning rate's decay needs more steps than its warm-up");
}

double LearningRate::at(std::int64_t step) const {
  const double rate = base * warmup_factor(step, warmup);
  switch (decay) {
    case Decay::constant:
      return rate;
    case Decay::linear:
      return rate * linear_factor(step - warmup, total - warmup, final);
    case Decay::cosine:
      return rate * cosine_factor(step - warmup, total - warmup, final);
  }
  return rate;
}

}  // namespace ito
