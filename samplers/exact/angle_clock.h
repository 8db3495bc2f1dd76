// The clock in which the probability-flow ODE of every Gaussian path is regular at both of its ends, alpha = 0 and
// sigma = 0 included. On the angle theta = atan(sigma/alpha), for y = x / r, r = sqrt(alpha^2 + sigma^2),
//   dy/dtheta = (cos(theta) y - x_0-hat) / sin(theta)             (at theta = 0: 0, where data have a finite score)
// and time runs in
//   w = log((sin + a cos) / (cos + b sin)),   a = b = `finest`:
// logarithmic in sigma/alpha where data have structure, linear beyond, below a and above 1/b.
#pragma once

#include <cmath>

#include "kernels/core/math.h"
#include "samplers/path.h"

namespace ito {

struct AngleClock {
  double finest;  // the smallest standard deviation of the data worth resolving, relative to 1

  double w(double alpha, double sigma) const { return math::log((sigma + finest * alpha) / (alpha + finest * sigma)); }

  struct Angle {
    double cosine, sine, speed;  // speed: d theta / d w
  };
  Angle angle(double w) const {
    const double e = math::exp(w);
    const double c = 1 - finest * e, s = e - finest;
    const double squared = c * c + s * s, norm = std::sqrt(squared);
    return {c / norm, s / norm, e * (1 - finest * finest) / squared};
  }
};

// sqrt(alpha^2 + sigma^2): x = radius y.
inline double radius(const Path& path, Time t) {
  return std::sqrt(path.alpha(t) * path.alpha(t) + path.sigma(t) * path.sigma(t));
}

}  // namespace ito
