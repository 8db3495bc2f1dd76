// AdamW: Adam with decoupled weight decay (Loshchilov, Hutter 2019, algorithm 2); formulas in kernels/optimizer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/nn/parameters.h"

namespace ito {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

class AdamW {
 public:
  // Takes handles: each step writes the storage that the model's parameters share. InputError for betas outside [0, 1),
  // epsilon <= 0 or a negative decay.
  AdamW(std::vector<NamedTensor> parameters, const AdamWOptions& options);

  // `gradients` in the order of the parameters, of their shapes.
  void step(std::span<const Tensor> gradients, double learning_rate);

  // What a checkpoint holds beside the parameters: the count of steps, and the two moments of each parameter under
  // "NAME.m" and "NAME.v".
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  void state(const ParameterVisitor& visit);

 private:
  struct Moments {
    Tensor m;
    Tensor v;
  };
  std::vector<NamedTensor> parameters_;
  std::vector<Moments> moments_;
  AdamWOptions options_;
  std::int64_t steps_ = 0;
};

}  // namespace ito
