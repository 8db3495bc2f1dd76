// Lipman et al. 2023 (flow matching), Liu et al. 2023 (rectified flow): the straight line from data to noise.
//
//   x_t = (1 - t) x_0 + t eps,   u = eps - x_0           (both papers run time the other way: 1 - t for our t)
//   f = -1/(1 - t),  g^2 = 2 t/(1 - t)                    singular at t = 1
//   lambda = log((1 - t)/t) = -logit(t)
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

class FlowPath final : public Path {
 public:
  const std::string& name() const override { return name_; }
  std::string signature() const override { return "flow()"; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }

  double alpha(Time t) const override { return 1.0 - checked(t); }
  double sigma(Time t) const override { return checked(t); }
  double d_alpha(Time t) const override { return checked(t), -1.0; }
  double d_sigma(Time t) const override { return checked(t), 1.0; }
  Lambda lambda(Time t) const override { return Lambda(-math::logit(checked(t))); }
  Time time(Lambda lambda) const override { return Time(math::sigmoid(-check_lambda(*this, lambda))); }
  double diffusion_squared(Time t) const override { return 2.0 * t.value / alpha(t); }

 private:
  double checked(Time t) const {
    check_time(*this, t, 0.0, 1.0);
    return t.value;
  }
  std::string name_ = "flow";
};

const Register<Path> flow{
    {.name = "flow",
     .paper = "Lipman et al. 2023 (Flow matching), eq. 22 with sigma_min = 0; Liu et al. 2023 (Rectified flow), eq. 1",
     .summary =
         "The straight line between data and noise, on which the velocity of one sample is constant; alpha(1) = 0.",
     .formula = "alpha = 1 - t,  sigma = t,  u = eps - x_0;  t in [0, 1]"},
    [](const Parameters&) { return std::make_shared<FlowPath>(); }};

}  // namespace
}  // namespace ito
