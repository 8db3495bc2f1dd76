// Exponential moving average of parameters, a += (1 - d) (p - a) after each step n = 0, 1, ...
//
//   d = decay, or with warm-up d = min(decay, (1 + n) / (10 + n)): young averages forget their random start.
#pragma once

#include <cstdint>
#include <vector>

#include "autograd/nn/parameters.h"

namespace ito {

class Ema {
 public:
  // The average starts as a copy of the parameters. InputError for a decay outside [0, 1].
  Ema(std::vector<NamedTensor> parameters, double decay, bool warmup = true);

  void update();
  // The averaged tensors under the parameters' names: handles, what a checkpoint holds and sampling uses.
  const std::vector<NamedTensor>& values() const { return average_; }
  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates) { updates_ = updates; }

 private:
  std::vector<NamedTensor> parameters_;
  std::vector<NamedTensor> average_;
  double decay_;
  bool warmup_;
  std::int64_t updates_ = 0;
};

}  // namespace ito
