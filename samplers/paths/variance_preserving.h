// Paths with alpha^2 + sigma^2 = 1, given by log alpha(t), which falls from 0 at t = 0.
//
//   sigma = sqrt(1 - alpha^2) = sqrt(-expm1(2 log alpha))      (1 - alpha * alpha loses 8 digits at t = 1e-9)
//   f = alpha'/alpha = (log alpha)'      g^2 = -2 f            (= beta(t) of Song et al. 2021, eq. 11)
//   sigma' = -alpha alpha'/sigma         lambda = log alpha - log(-expm1(2 log alpha))/2
//   inverse: log alpha = -log1p(e^(-2 lambda))/2
#pragma once

#include <limits>
#include <string>

#include "kernels/core/math.h"
#include "samplers/paths/common.h"

namespace ito {

class VariancePreservingPath : public Path {
 public:
  VariancePreservingPath(std::string name, std::string signature)
      : name_(std::move(name)), signature_(std::move(signature)) {}
  VariancePreservingPath(const std::string& name, const Parameters& parameters)
      : VariancePreservingPath(name, path_signature(name, parameters)) {}

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }

  double alpha(Time t) const override { return math::exp(log_alpha(t)); }
  double sigma(Time t) const override { return std::sqrt(-math::expm1(2.0 * log_alpha(t))); }
  double d_alpha(Time t) const override { return alpha(t) * d_log_alpha(t); }
  double d_sigma(Time t) const override {
    const double sigma_t = sigma(t);
    if (sigma_t == 0.0) return std::numeric_limits<double>::infinity();
    return -alpha(t) * d_alpha(t) / sigma_t;
  }
  Lambda lambda(Time t) const override {
    const double l = log_alpha(t);
    return Lambda(l - 0.5 * math::log(-math::expm1(2.0 * l)));
  }
  Time time(Lambda lambda) const override {
    const double l = -0.5 * math::log1p(math::exp(-2.0 * check_lambda(*this, lambda)));
    return Time(std::clamp(time_of_log_alpha(l), 0.0, 1.0));
  }
  double drift(Time t) const override { return d_log_alpha(t); }
  double diffusion_squared(Time t) const override { return -2.0 * d_log_alpha(t); }

 protected:
  virtual double log_alpha(Time t) const = 0;    // refuses a time outside [0, 1]
  virtual double d_log_alpha(Time t) const = 0;  // its derivative
  virtual double time_of_log_alpha(double log_alpha) const = 0;

 private:
  std::string name_;
  std::string signature_;
};

}  // namespace ito
