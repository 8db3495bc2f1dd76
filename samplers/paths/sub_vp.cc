// Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole 2021, section 3.4 and appendix B: the sub-VP SDE, whose
// variance stays below that of vp.
//
//   alpha as on vp,  sigma = 1 - alpha^2 = -expm1(2 log alpha),  f = -beta/2,  g^2 = beta (1 - alpha^4)
//   sigma' = -2 alpha^2 (log alpha)'         finite at t = 0, where sigma ~ beta_min t; alpha^2 + sigma^2 < 1 inside
//   lambda = log alpha - log sigma = -log(2 sinh(-log alpha))
//   inverse: log alpha = -asinh(r), r = e^(-lambda)/2, as
//            -log1p(r + r^2/(1 + sqrt(1 + r^2)))                                  lambda > 0
//            lambda - log1p(q/(2 (1 + sqrt(1 + q)))), q = 4 e^(2 lambda)          else: r does not overflow
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"
#include "samplers/paths/linear_beta.h"

namespace ito {
namespace {

class SubVpPath final : public Path {
 public:
  explicit SubVpPath(const Parameters& parameters)
      : signature_(path_signature(name_, parameters)), beta_(name_, parameters) {}

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }

  double alpha(Time t) const override { return math::exp(log_alpha(t)); }
  double sigma(Time t) const override { return -math::expm1(2.0 * log_alpha(t)); }
  double d_alpha(Time t) const override { return alpha(t) * drift(t); }
  double d_sigma(Time t) const override { return -2.0 * math::exp(2.0 * log_alpha(t)) * drift(t); }
  Lambda lambda(Time t) const override { return Lambda(log_alpha(t) - math::log(sigma(t))); }
  Time time(Lambda lambda) const override {
    const double l = -asinh_of_half_ratio(check_lambda(*this, lambda));
    return Time(std::clamp(beta_.time_of_log_alpha(l), 0.0, 1.0));
  }
  double drift(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    return beta_.d_log_alpha(t.value);
  }
  double diffusion_squared(Time t) const override { return 2.0 * drift(t) * math::expm1(4.0 * log_alpha(t)); }

 private:
  double log_alpha(Time t) const {
    check_time(*this, t, 0.0, 1.0);
    return beta_.log_alpha(t.value);
  }
  static double asinh_of_half_ratio(double lambda) {
    if (lambda > 0.0) {
      const double r = 0.5 * math::exp(-lambda);
      return math::log1p(r + r * r / (1.0 + std::sqrt(1.0 + r * r)));
    }
    const double q = 4.0 * math::exp(2.0 * lambda);
    return math::log1p(q / (2.0 * (1.0 + std::sqrt(1.0 + q)))) - lambda;
  }

  std::string name_ = "sub_vp";
  std::string signature_;
  LinearBeta beta_;
};

const Register<Path> sub_vp{
    {.name = "sub_vp",
     .paper = "Song et al. 2021 (Score-based generative modeling through SDEs), section 3.4",
     .summary = "The vp SDE with less noise for the same data: alpha^2 + sigma^2 dips below 1 between the ends.",
     .formula = "log alpha = -t^2 (beta_max - beta_min)/4 - t beta_min/2,  sigma = 1 - alpha^2,\n"
                "g^2 = beta (1 - alpha^4);  t in [0, 1]",
     .parameters = linear_beta_parameters()},
    [](const Parameters& parameters) { return std::make_shared<SubVpPath>(parameters); }};

}  // namespace
}  // namespace ito
