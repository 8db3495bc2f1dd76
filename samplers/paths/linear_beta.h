// beta(t) linear in t, which the VP and the sub-VP SDE of Song et al. 2021 share (eq. 32-34).
//
//   beta(t) = beta_min + t (beta_max - beta_min)
//   log alpha = -(1/2) int_0^t beta = -t^2 (beta_max - beta_min)/4 - t beta_min/2
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "samplers/registry.h"

namespace ito {

class LinearBeta {
 public:
  LinearBeta(const std::string& path, const Parameters& parameters)
      : beta_min_(parameters.number("beta_min")), beta_max_(parameters.number("beta_max")) {
    if (beta_max_ < beta_min_)
      throw InputError("path '" + path + "': beta_max " + value_text(beta_max_) + " is below beta_min " +
                       value_text(beta_min_));
  }

  double log_alpha(double t) const { return -t * (0.25 * t * (beta_max_ - beta_min_) + 0.5 * beta_min_); }
  double d_log_alpha(double t) const { return -0.5 * (beta_min_ + t * (beta_max_ - beta_min_)); }
  // The root of t^2 (beta_max - beta_min)/4 + t beta_min/2 + l = 0, in the form without cancellation.
  double time_of_log_alpha(double l) const {
    const double root = std::sqrt(0.25 * beta_min_ * beta_min_ - (beta_max_ - beta_min_) * l);
    return -2.0 * l / (0.5 * beta_min_ + root);
  }

 private:
  double beta_min_, beta_max_;
};

inline std::vector<Parameter> linear_beta_parameters() {
  return {
      {.name = "beta_min", .default_value = 0.1, .meaning = "beta at t = 0, per unit of t", .min = 1e-6, .max = 1e4},
      {.name = "beta_max", .default_value = 20.0, .meaning = "beta at t = 1, per unit of t", .min = 1e-6, .max = 1e4}};
}

}  // namespace ito
