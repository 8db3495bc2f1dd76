// Nichol, Dhariwal 2021 (Improved DDPM), eq. 17, in continuous time and without the cap on beta.
//
//   abar(t) = f(t)/f(0),  f(t) = cos^2((t + s)/(1 + s) pi/2)
//
// With c = (pi/2)/(1 + s), theta = (t + s) c, theta_0 = s c (so cos theta_0 = sin c, cos theta = sin((1 - t) c)):
//
//   alpha   = cos theta / cos theta_0 = sin((1 - t) c)/sin c                       exactly 0 at t = 1
//   sigma^2 = (cos^2 theta_0 - cos^2 theta)/cos^2 theta_0 = sin(t c) sin((t + 2 s) c)/sin^2 c      no cancellation
//   inverse: sin theta = sqrt(sin^2 theta_0 + sigma^2 sin^2 c),  cos theta = alpha sin c,
//            t c = theta - theta_0 by its sine and cosine, where
//            sin(theta - theta_0) = sigma^2 sin^2 c / sin(theta + theta_0)
#include <limits>
#include <numbers>

#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

class CosinePath final : public Path {
 public:
  explicit CosinePath(const Parameters& parameters)
      : signature_(path_signature(name_, parameters)),
        s_(parameters.number("s")),
        c_(0.5 * std::numbers::pi / (1.0 + s_)),
        sin_c_(math::sin(c_)),
        sin_sc_(math::sin(s_ * c_)) {}

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }

  double alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return math::sin((1.0 - t.value) * c_) / sin_c_;
  }
  double sigma(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return std::sqrt(math::sin(t.value * c_) * math::sin((t.value + 2.0 * s_) * c_)) / sin_c_;
  }
  double d_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return -c_ * math::cos((1.0 - t.value) * c_) / sin_c_;
  }
  double d_sigma(Time t) const override {
    const double sigma_t = sigma(t);
    if (sigma_t == 0.0) return std::numeric_limits<double>::infinity();
    return -alpha(t) * d_alpha(t) / sigma_t;
  }
  Lambda lambda(Time t) const override { return Lambda(math::log(alpha(t)) - math::log(sigma(t))); }
  Time time(Lambda lambda) const override {
    const double l = check_lambda(*this, lambda);
    const double sigma_squared = 1.0 / (1.0 + math::exp(2.0 * l));
    const double cos_theta = sin_c_ / std::sqrt(1.0 + math::exp(-2.0 * l));
    const double sin_theta = std::sqrt(sin_sc_ * sin_sc_ + sigma_squared * sin_c_ * sin_c_);
    const double sin_tc = sigma_squared * sin_c_ * sin_c_ / (sin_theta * sin_c_ + cos_theta * sin_sc_);
    const double cos_tc = cos_theta * sin_c_ + sin_theta * sin_sc_;
    return Time(std::clamp(math::atan(sin_tc / cos_tc) / c_, 0.0, 1.0));
  }
  // alpha^2 + sigma^2 = 1, so g^2 = -2 f, finite at t = 0.
  double diffusion_squared(Time t) const override { return -2.0 * drift(t); }

 private:
  std::string name_ = "cosine";
  std::string signature_;
  double s_, c_, sin_c_, sin_sc_;
};

const Register<Path> cosine{
    {.name = "cosine",
     .paper = "Nichol, Dhariwal 2021 (Improved DDPM), eq. 17",
     .summary = "Variance-preserving, with abar a shifted squared cosine: noise is added more evenly; alpha(1) = 0.",
     .formula = "alpha^2 = f(t)/f(0),  f = cos^2((t + s)/(1 + s) pi/2),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = {{.name = "s",
                     .default_value = 0.008,
                     .meaning = "offset that keeps beta from vanishing near t = 0, in units of t",
                     .min = 1e-6,
                     .max = 1.0}}},
    [](const Parameters& parameters) { return std::make_shared<CosinePath>(parameters); }};

}  // namespace
}  // namespace ito
