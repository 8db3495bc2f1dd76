// Karras, Aittala, Aila, Laine 2022 (EDM), table 1 and eq. 5: the clock is sigma itself.
//
//   alpha = 1,  sigma(t) = t,  f = 0,  g^2 = 2 sigma,  lambda = -log sigma
//
// sigma_min and sigma_max are the ends that grids and networks see; sigma = 0, the clean end, may close a grid.
// sigma_data is the scale of the data, which a network's preconditioning reads.
#include <limits>

#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

class EdmPath final : public Path {
 public:
  explicit EdmPath(const Parameters& parameters)
      : signature_(path_signature(name_, parameters)),
        sigma_min_(parameters.number("sigma_min")),
        sigma_max_(parameters.number("sigma_max")) {
    if (!(sigma_min_ < sigma_max_))
      throw InputError("path 'edm': sigma_min " + value_text(sigma_min_) + " is not below sigma_max " +
                       value_text(sigma_max_));
  }

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(sigma_min_); }
  Time t_max() const override { return Time(sigma_max_); }
  Time clean_end() const override { return Time(0.0); }

  double alpha(Time t) const override { return checked(t), 1.0; }
  double sigma(Time t) const override { return checked(t); }
  double d_alpha(Time t) const override { return checked(t), 0.0; }
  double d_sigma(Time t) const override { return checked(t), 1.0; }
  Lambda lambda(Time t) const override { return Lambda(-math::log(checked(t))); }
  Time time(Lambda lambda) const override {
    return Time(std::clamp(math::exp(-check_lambda(*this, lambda)), sigma_min_, sigma_max_));
  }

 private:
  // The formulas hold for every sigma >= 0; grids keep to [sigma_min, sigma_max] and the clean end.
  double checked(Time t) const {
    check_time(*this, t, 0.0, std::numeric_limits<double>::max());
    return t.value;
  }
  std::string name_ = "edm";
  std::string signature_;
  double sigma_min_, sigma_max_;
};

const Register<Path> edm{
    {.name = "edm",
     .paper = "Karras et al. 2022 (EDM), table 1",
     .summary = "Noise is added and the data never scaled; time is sigma itself, and a grid may close with sigma = 0.",
     .formula = "alpha = 1,  sigma = t;  t in [sigma_min, sigma_max]",
     .parameters = {{.name = "sigma_min",
                     .default_value = 0.002,
                     .meaning = "least noise a grid visits before the clean end",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "sigma_max",
                     .default_value = 80.0,
                     .meaning = "noise that sampling starts from",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "sigma_data",
                     .default_value = 0.5,
                     .meaning = "standard deviation of the data, for preconditioning",
                     .min = 1e-9,
                     .max = 1e6}}},
    [](const Parameters& parameters) { return std::make_shared<EdmPath>(parameters); }};

}  // namespace
}  // namespace ito
