// Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole 2021, eq. 32-33: the VP SDE with beta linear in t.
//
//   beta(t) = beta_min + t (beta_max - beta_min)
//   log alpha = -(1/2) int_0^t beta = -t^2 (beta_max - beta_min)/4 - t beta_min/2
#include "samplers/factories.h"
#include "samplers/paths/variance_preserving.h"

namespace ito {
namespace {

class VpPath final : public VariancePreservingPath {
 public:
  explicit VpPath(const Parameters& parameters)
      : VariancePreservingPath("vp", parameters),
        beta_min_(parameters.number("beta_min")),
        beta_max_(parameters.number("beta_max")) {
    if (beta_max_ < beta_min_)
      throw InputError("path 'vp': beta_max " + value_text(beta_max_) + " is below beta_min " + value_text(beta_min_));
  }

 private:
  double log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return -t.value * (0.25 * t.value * (beta_max_ - beta_min_) + 0.5 * beta_min_);
  }
  double d_log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return -0.5 * (beta_min_ + t.value * (beta_max_ - beta_min_));
  }
  // The root of t^2 (beta_max - beta_min)/4 + t beta_min/2 + l = 0, in the form without cancellation.
  double time_of_log_alpha(double l) const override {
    const double root = std::sqrt(0.25 * beta_min_ * beta_min_ - (beta_max_ - beta_min_) * l);
    return -2.0 * l / (0.5 * beta_min_ + root);
  }

  double beta_min_, beta_max_;
};

const Register<Path> vp{
    {.name = "vp",
     .paper = "Song et al. 2021 (Score-based generative modeling through SDEs), eq. 32-33",
     .summary =
         "The variance-preserving SDE with beta linear in t, continuous; near ddpm_linear but not the same path.",
     .formula = "log alpha = -t^2 (beta_max - beta_min)/4 - t beta_min/2,  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = {{.name = "beta_min",
                     .default_value = 0.1,
                     .meaning = "beta at t = 0, per unit of t",
                     .min = 1e-6,
                     .max = 1e4},
                    {.name = "beta_max",
                     .default_value = 20.0,
                     .meaning = "beta at t = 1, per unit of t",
                     .min = 1e-6,
                     .max = 1e4}}},
    [](const Parameters& parameters) { return std::make_shared<VpPath>(parameters); }};

}  // namespace
}  // namespace ito
