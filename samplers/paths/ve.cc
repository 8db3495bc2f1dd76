// Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole 2021, eq. 30-31: the variance-exploding SDE.
//
//   alpha = 1,  sigma = sigma_min (sigma_max/sigma_min)^t,  sigma' = sigma L,  L = log(sigma_max/sigma_min)
//   f = 0,  g^2 = 2 sigma^2 L,  lambda = -log sigma = -log sigma_min - t L: a grid uniform in t is uniform in lambda
//
// The noise does not end at t = 0 but at sigma_min. sigma = 0 is the limit t -> -inf, and a grid that ends clean says
// so: its last time is clean_end() = -inf.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

class VePath final : public Path {
 public:
  explicit VePath(const Parameters& parameters)
      : signature_(path_signature(name_, parameters)),
        sigma_min_(parameters.number("sigma_min")),
        sigma_max_(parameters.number("sigma_max")) {
    if (!(sigma_min_ < sigma_max_))
      throw InputError("path 've': sigma_min " + value_text(sigma_min_) + " is not below sigma_max " +
                       value_text(sigma_max_));
    log_ratio_ = math::log(sigma_max_ / sigma_min_);
  }

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }
  Time clean_end() const override { return Time(kBeyondTheClock); }

  double alpha(Time t) const override { return check_clock(*this, t), 1.0; }
  double sigma(Time t) const override {
    check_clock(*this, t);
    return t.value == 1.0 ? sigma_max_ : sigma_min_ * math::exp(t.value * log_ratio_);
  }
  double d_alpha(Time t) const override { return check_clock(*this, t), 0.0; }
  double d_sigma(Time t) const override { return sigma(t) * log_ratio_; }
  Lambda lambda(Time t) const override { return Lambda(-math::log(sigma(t))); }
  Time time(Lambda lambda) const override {
    const double l = check_lambda(*this, lambda);
    return Time(std::clamp((-l - math::log(sigma_min_)) / log_ratio_, 0.0, 1.0));
  }
  double diffusion_squared(Time t) const override {
    const double sigma_t = sigma(t);
    return 2.0 * sigma_t * sigma_t * log_ratio_;
  }

 private:
  std::string name_ = "ve";
  std::string signature_;
  double sigma_min_, sigma_max_, log_ratio_ = 0.0;
};

const Register<Path> ve{
    {.name = "ve",
     .paper = "Song et al. 2021 (Score-based generative modeling through SDEs), eq. 30-31",
     .summary = "Noise is added and the data never scaled: sigma grows geometrically from sigma_min to sigma_max.",
     .formula = "alpha = 1,  sigma = sigma_min (sigma_max/sigma_min)^t;  t in [0, 1], the clean end appended by grids",
     .parameters = {{.name = "sigma_min",
                     .default_value = 0.01,
                     .meaning = "noise at t = 0, which a step to the clean end follows",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "sigma_max",
                     .default_value = 50.0,
                     .meaning = "noise at t = 1; of the order of the largest distance between two examples",
                     .min = 1e-9,
                     .max = 1e6}}},
    [](const Parameters& parameters) { return std::make_shared<VePath>(parameters); }};

}  // namespace
}  // namespace ito
