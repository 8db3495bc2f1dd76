// Albergo, Vanden-Eijnden 2023 (Building normalizing flows with stochastic interpolants): the trigonometric
// interpolant. Lu, Song 2025 (TrigFlow) run it with t in [0, pi/2] and noise of the data's standard deviation.
//
//   alpha = cos(pi t/2) = sin(pi (1 - t)/2),  exactly 0 at t = 1;   sigma = sin(pi t/2)
//   u = (pi/2)(alpha eps - sigma x_0) = (pi/2) v
//   lambda = -log tan(pi t/2);  f = -(pi/2) tan(pi t/2),  g^2 = pi tan(pi t/2)           singular at t = 1
//   inverse: t = (2/pi) atan(e^(-lambda)), for lambda < 0 as 1 - (2/pi) atan(e^lambda)
#include <numbers>

#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

constexpr double kQuarter = 0.5 * std::numbers::pi;

class TrigPath final : public Path {
 public:
  const std::string& name() const override { return name_; }
  std::string signature() const override { return "trig()"; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }

  double alpha(Time t) const override { return math::sin(kQuarter * (1.0 - checked(t))); }
  double sigma(Time t) const override { return math::sin(kQuarter * checked(t)); }
  double d_alpha(Time t) const override { return -kQuarter * sigma(t); }
  double d_sigma(Time t) const override { return kQuarter * alpha(t); }
  Lambda lambda(Time t) const override { return Lambda(math::log(alpha(t)) - math::log(sigma(t))); }
  Time time(Lambda lambda) const override {
    const double l = check_lambda(*this, lambda);
    const double t = l < 0.0 ? 1.0 - math::atan(math::exp(l)) / kQuarter : math::atan(math::exp(-l)) / kQuarter;
    return Time(std::clamp(t, 0.0, 1.0));
  }
  // alpha^2 + sigma^2 = 1, so g^2 = -2 f.
  double diffusion_squared(Time t) const override { return -2.0 * drift(t); }

 private:
  double checked(Time t) const {
    check_time(*this, t, 0.0, 1.0);
    return t.value;
  }
  std::string name_ = "trig";
};

const Register<Path> trig{
    {.name = "trig",
     .paper = "Albergo, Vanden-Eijnden 2023 (Stochastic interpolants); Lu, Song 2025 (TrigFlow)",
     .summary = "A quarter of a circle from data to noise at constant speed: variance-preserving, u = (pi/2) v.",
     .formula = "alpha = cos(pi t/2),  sigma = sin(pi t/2);  t in [0, 1];  alpha(1) = 0"},
    [](const Parameters&) { return std::make_shared<TrigPath>(); }};

}  // namespace
}  // namespace ito
