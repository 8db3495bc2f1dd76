// The shift of a clock on [0, 1], which paths and grids share.
//
//   tau(t) = s t/(1 + (s - 1) t)              Esser et al. 2024 (Stable Diffusion 3), eq. 23
//   tau' = s/(1 + (s - 1) t)^2,  inverse: t = tau/(tau + s (1 - tau))
//
// On `flow`, sigma/alpha = tau/(1 - tau) = s t/(1 - t): lambda(tau(t)) = lambda(t) - log s. SD3 samples 1024 x 1024
// with s = 3; Wan 2.1 with 5 (3 for image to video at 480p, 8 to 12 for the 1.3B model, 16 for first and last frame).
//
// A dynamic shift takes s = exp(mu) with mu linear in the number of tokens through two points, by default those of
// FLUX.1 (Black Forest Labs 2024, get_schedule and get_lin_function: 256 tokens 0.5, 4096 tokens 1.15; diffusers'
// calculate_shift). It is not clamped outside them. Qwen-Image: [256, 0.5, 8192, 0.9].
#pragma once

#include <string>
#include <vector>

#include "kernels/core/math.h"
#include "samplers/registry.h"

namespace ito {

// 1 + (s - 1) t as (1 - t) + s t: both ends are exact.
inline double shift_divisor(double t, double s) { return (1.0 - t) + s * t; }
inline double shifted_time(double t, double s) { return s * t / shift_divisor(t, s); }
inline double unshifted_time(double tau, double s) { return tau / (tau + s * (1.0 - tau)); }
inline double shift_speed(double t, double s) { return s / (shift_divisor(t, s) * shift_divisor(t, s)); }

inline std::vector<Parameter> shift_parameters() {
  return {{.name = "shift",
           .default_value = 3.0,
           .meaning = "s: above 1 more of the clock is noisy; 3 in SD3, 5 in Wan 2.1",
           .min = 1e-3,
           .max = 1e3},
          {.name = "tokens",
           .default_value = std::int64_t{0},
           .meaning = "0: s is `shift`; else s = exp(mu(tokens)) in its place, for a sequence of so many tokens",
           .min = 0,
           .max = 1e9},
          {.name = "mu_line",
           .default_value = std::vector<double>{256, 0.5, 4096, 1.15},
           .meaning = "two points (tokens, mu) of the line mu(tokens)",
           .min = -1e9,
           .max = 1e9}};
}

// s of the parameters above; `where` ("path 'shifted'") opens a refusal.
inline double shift_of(const Parameters& parameters, const std::string& where) {
  const auto tokens = static_cast<double>(parameters.integer("tokens"));
  if (tokens == 0.0) return parameters.number("shift");
  const std::vector<double>& line = parameters.numbers("mu_line");
  if (line.size() != 4 || line[0] == line[2])
    throw InputError(where + ": mu_line is " + value_text(line) +
                     "; expected [tokens, mu, tokens, mu] with two different numbers of tokens");
  const double mu = line[1] + (tokens - line[0]) / (line[2] - line[0]) * (line[3] - line[1]);
  if (!(mu >= -7.0 && mu <= 7.0))
    throw InputError(where + ": mu is " + value_text(mu) + " at " + value_text(parameters.integer("tokens")) +
                     " tokens; expected -7 to 7");
  return math::exp(mu);
}

}  // namespace ito
