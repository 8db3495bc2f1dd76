// An ancestral step t -> s in two parts: down along the probability-flow ODE to less noise than sigma_s, then fresh
// noise up to sigma_s (Song, Meng, Ermon 2021, eq. 16, on x/alpha; k-diffusion's get_ancestral_step):
//
//   up   = eta sqrt(1 - e^(-2h)),   down = sqrt(1 - up^2)            shares of sigma_s
//   lambda_down = lambda_s - log(down),   h_down = lambda_down - lambda_t = h - log(down)
//
// eta = 0: down = 1, the ODE. eta = 1: down = e^(-h), h_down = 2h.
#pragma once

#include "kernels/core/math.h"
#include "samplers/registry.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {

struct Ancestral {
  double up = 0, down = 1;
  double h_down;

  Ancestral(double h, double eta) {
    const double renewed = -eta * eta * math::expm1(-2.0 * h);  // up^2
    // log(1 - up^2) / 2, which for eta = 1 goes on to fall when 1 - up^2 has lost its digits.
    const double log_down =
        0.5 * (renewed < 0.5 ? math::log1p(-renewed)
                             : math::log((1.0 - eta) * (1.0 + eta) + eta * eta * math::exp(-2.0 * h)));
    up = std::sqrt(renewed);
    down = math::exp(log_down);
    h_down = h - log_down;
  }
};

inline Parameter ancestral_eta_parameter() {
  return {.name = "eta",
          .default_value = 1.0,
          .meaning = "share of fresh noise, as ddim's: 0 the probability-flow ODE, 1 the DDPM posterior",
          .min = 0,
          .max = 1};
}

inline Parameter s_noise_parameter() {
  return {.name = "s_noise",
          .default_value = 1.0,
          .meaning = "factor of the fresh noise; above 1 makes up for detail that a network's mean loses",
          .min = 0,
          .max = 10};
}

// Euler's step in sigma/alpha: to the state that the predicted x_0 and eps make at lambda_down, and up again. It is
// finite from pure noise too (h infinite: up = eta).
inline Tensor ancestral_euler_step(Trajectory& trajectory, const Step& step, const Estimate& hat, double eta,
                                   double s_noise) {
  if (eta == 0.0 || step.sigma_s == 0.0) return ddim_step(step, hat);
  const Ancestral part(step.h, eta);
  return combine({{step.alpha_s, hat.x0()},
                  {step.sigma_s * part.down, hat.renoise_eps()},
                  {s_noise * step.sigma_s * part.up, trajectory.noise(hat.x(), eta)}});
}

// The time that lies in_lambda beyond t; s itself where no more than rounding would part them.
inline Time time_between(const Path& path, const Step& step, double in_lambda) {
  return in_lambda < (1.0 - 1e-12) * step.h ? path.time(Lambda(step.lambda_t + in_lambda)) : step.s;
}

// Refuses where a predicted `from` does not determine what a solver reads half of the way down each bounded step.
inline void check_reads_half_down(const std::string& solver, const Path& path, const Grid& grid, Prediction from,
                                  std::initializer_list<Prediction> reads, double eta) {
  for (int i = 0; i < grid.steps(); ++i) {
    const Step step(path, grid[i], grid[i + 1]);
    if (step.unbounded()) continue;
    check_reads_at(solver, path, time_between(path, step, 0.5 * Ancestral(step.h, eta).h_down), from, reads);
  }
}

}  // namespace ito
