// The clock of EDM on any path: r = sigma/alpha, in which the scaled state x/alpha obeys the shortest form of the
// probability-flow ODE (Karras et al. 2022, eq. 4 with s(t) = 1; Song et al. 2021 (DDIM), eq. 14):
//
//   d(x/alpha)/dr = eps-hat
//
// so that with eps held from t to s   x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps-hat,   which is DDIM.
#pragma once

#include "samplers/path.h"

namespace ito {

// +inf where alpha = 0.
inline double ratio(const Path& path, Time t) { return path.sigma(t) / path.alpha(t); }

// The two coefficients of that step, from alpha_t > 0.
struct RatioStep {
  double of_x;    // alpha_s/alpha_t
  double of_eps;  // alpha_s (r_s - r_t)

  RatioStep(const Path& path, Time t, Time s)
      : of_x(path.alpha(s) / path.alpha(t)), of_eps(path.alpha(s) * (ratio(path, s) - ratio(path, t))) {}
};

}  // namespace ito
