// Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole 2021, eq. 32-33: the VP SDE with beta linear in t.
//
//   beta(t) = beta_min + t (beta_max - beta_min)
//   log alpha = -(1/2) int_0^t beta = -t^2 (beta_max - beta_min)/4 - t beta_min/2
#include "samplers/factories.h"
#include "samplers/paths/linear_beta.h"
#include "samplers/paths/variance_preserving.h"

namespace ito {
namespace {

class VpPath final : public VariancePreservingPath {
 public:
  explicit VpPath(const Parameters& parameters) : VariancePreservingPath("vp", parameters), beta_("vp", parameters) {}

 private:
  double log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return beta_.log_alpha(t.value);
  }
  double d_log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return beta_.d_log_alpha(t.value);
  }
  double time_of_log_alpha(double l) const override { return beta_.time_of_log_alpha(l); }

  LinearBeta beta_;
};

const Register<Path> vp{
    {.name = "vp",
     .paper = "Song et al. 2021 (Score-based generative modeling through SDEs), eq. 32-33",
     .summary =
         "The variance-preserving SDE with beta linear in t, continuous; near ddpm_linear but not the same path.",
     .formula = "log alpha = -t^2 (beta_max - beta_min)/4 - t beta_min/2,  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = linear_beta_parameters()},
    [](const Parameters& parameters) { return std::make_shared<VpPath>(parameters); }};

}  // namespace
}  // namespace ito
