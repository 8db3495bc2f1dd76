// The measured orders of a stochastic solver's claim on one problem and one path, over equal steps of the claim's clock
// from lambda = -1 to 1 (MATHS.md sections 3, 4 and 7).
//
//   strong   on one Brownian path (brownian.h): root mean square over 256 samples of |x_n - x| at lambda = 1, in units
//   of
//            alpha, n = 8, 16, ..., 128; x by 2,048 exact steps of the nu-family with x_0 held
//   weak     on Gaussian data, where the law of the walk's end is known without sampling error (sampler_law.h), started
//            from the path's own law: the slowest of the errors of its mean, of its standard deviation, and of what is
//            left of one standard deviation at the start, each rms over directions in units of alpha, n = 64, ..., 2048
#pragma once

#include "experiments/metrics/remembered.h"
#include "experiments/orders/order.h"

namespace ito::experiments {

// Solutions of reverse SDEs on one Brownian path each, computed once. May be asked from any thread.
class BrownianSolutions {
 public:
  // x/alpha at lambda = 1 of the samples that start at `start`.
  Tensor at(const ExactProblem& problem, double nu);
  // x/alpha at lambda = -1, double [256, D].
  static Tensor start(const ExactProblem& problem);

 private:
  Remembered<Tensor> known_;
};

// Whether a claim of this kind is measured on the problem: weak ones on Gaussian data, strong ones on the others.
bool measures(const OrderClaim& claim, const ExactProblem& problem);

// InputError where the solver refuses the path.
MeasuredOrder measure_stochastic_order(const std::string& solver, const OrderClaim& claim, const ExactProblem& problem,
                                       const PathPtr& path, BrownianSolutions& solutions);

}  // namespace ito::experiments
