// What the formulas of solvers read of a path for a step t -> s < t, in the papers' letters; and the one step that is
// defined at both ends of every path.
#pragma once

#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/solver.h"

namespace ito {

struct Step {
  Time t, s;
  double alpha_t, sigma_t, lambda_t;
  double alpha_s, sigma_s, lambda_s;
  double h;  // lambda_s - lambda_t > 0; +inf from pure noise (alpha_t = 0) and to the clean end (sigma_s = 0)

  Step(const Path& path, Time from, Time to)
      : t(from),
        s(to),
        alpha_t(path.alpha(from)),
        sigma_t(path.sigma(from)),
        lambda_t(path.lambda(from).value),
        alpha_s(path.alpha(to)),
        sigma_s(path.sigma(to)),
        lambda_s(path.lambda(to).value),
        h(lambda_s - lambda_t) {}

  // Such a step is of order 1 in every solver: ddim_step.
  bool unbounded() const { return std::isinf(h); }
  // The time inside a bounded step at the share r in (0, 1] of it, in lambda.
  Time inside(const Path& path, double r) const { return r == 1.0 ? s : path.time(Lambda(lambda_t + r * h)); }
};

// DDIM without noise: the state that the predicted x_0 and eps make at s, x_0 itself at the clean end.
inline Tensor ddim_step(const Step& step, const Estimate& hat) {
  if (step.sigma_s == 0.0) return combine({{step.alpha_s, hat.x0()}});
  return combine({{step.alpha_s, hat.x0()}, {step.sigma_s, hat.renoise_eps()}});
}

}  // namespace ito
