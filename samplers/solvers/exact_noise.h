// The exact step of the nu-family with x_0 held (MATHS.md section 3; Lu et al. 2022, eq. 18, is nu = 1), which the
// multistep SDE solvers correct, with k = nu^2:
//
//   x_s = (sigma_s/sigma_t) e^(-k h) x_t + alpha_s (1 - e^(-(1 + k) h)) x_0 + sigma_s sqrt(1 - e^(-2 k h)) z
//
// It is finite from pure noise (h infinite) for k > 0.
#pragma once

#include "kernels/core/math.h"
#include "samplers/registry.h"
#include "samplers/solvers/step.h"

namespace ito {

struct ExactNoise {
  double of_x, of_x0, of_z;

  ExactNoise(const Step& step, double k)
      : of_x(k == 0.0 ? step.sigma_s / step.sigma_t : step.sigma_s / step.sigma_t * math::exp(-k * step.h)),
        of_x0(-step.alpha_s * math::expm1(-(1.0 + k) * step.h)),
        of_z(k == 0.0 ? 0.0 : step.sigma_s * std::sqrt(-math::expm1(-2.0 * k * step.h))) {}
};

// k-diffusion calls nu^2 eta in its multistep SDE solvers, where it calls DDIM's eta so elsewhere.
inline Parameter nu_squared_parameter() {
  return {.name = "eta",
          .default_value = 1.0,
          .meaning = "nu^2 of the SDE (not DDIM's eta): 0 the probability-flow ODE, 1 the reverse of the forward SDE",
          .min = 0,
          .max = 100};
}

}  // namespace ito
