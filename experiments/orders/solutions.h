// The probability-flow ODE's solutions that walks are held against, each computed once.
#pragma once

#include "experiments/metrics/remembered.h"
#include "experiments/orders/problems.h"
#include "samplers/path.h"

namespace ito::experiments {

// By the closed form on Gaussian data, else by reference_solution.h, to about 1e-14. May be asked from any thread.
class Solutions {
 public:
  // x = sigma(from) times the problem's directions, at `from`.
  static Tensor start(const ExactProblem& problem, const Path& path, Time from);
  // That start carried to `to`, which may lie on either side.
  Tensor at(const ExactProblem& problem, const PathPtr& path, Time from, Time to);

 private:
  Remembered<Tensor> known_;
};

}  // namespace ito::experiments
