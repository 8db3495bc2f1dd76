// Ho, Jain, Abbeel 2020 (DDPM), algorithm 2 with eq. 6-7, for a step t -> s < t on any Gaussian path:
//
//   sigma_{t|s}^2 = sigma_t^2 - (alpha_t/alpha_s)^2 sigma_s^2 = sigma_t^2 (1 - e^(-2h))         (their beta_t)
//   mean          = alpha_s x_0-hat + (alpha_t/alpha_s) (sigma_s^2/sigma_t) eps-hat             (their mu-tilde, eq. 7)
//   x_s           = mean + c z,   c = sigma_s sigma_{t|s}/sigma_t   fixed_small: the posterior's (their beta-tilde)
//                                 c = sigma_{t|s}                   fixed_large
//                                 log c^2 = v log sigma_{t|s}^2 + (1 - v) log(sigma_s sigma_{t|s}/sigma_t)^2   learned,
//                                 v in [0, 1] the model's, for each element (Nichol, Dhariwal 2021, eq. 15)
//
// No noise in the step to the clean end. noise = false keeps the mean alone: not DDPM, but what shows why DDPM adds
// noise (its samples collapse towards the data's mean).
#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

enum class Variance : unsigned char { fixed_small, fixed_large, learned };

// ratio^v z, the factor by which a learned deviation stands above the posterior's.
Tensor widened(const Tensor& z, const Tensor& v, double ratio) {
  const double log_ratio = math::log(ratio);
  Tensor result = Tensor::like(z);
  with_float_type(z.dtype(), [&]<class T>() {
    const auto in = z.span<T>(), share = v.span<T>();
    const auto out = result.mutable_span<T>();
    for (std::size_t i = 0; i < in.size(); ++i)
      out[i] = static_cast<T>(in[i] * math::exp(static_cast<double>(share[i]) * log_ratio));
  });
  return result;
}

class Ddpm final : public Solver {
 public:
  Ddpm(Variance variance, bool noise) : variance_(variance), noise_(noise) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("ddpm", path, grid, prediction, {Prediction::sample, Prediction::eps});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    const double alpha_s = path.alpha(s), sigma_s = path.sigma(s);
    if (ends_clean(path, s)) return combine({{alpha_s, hat.x0()}});

    const double alpha_t = path.alpha(t), sigma_t = path.sigma(t);
    const double h = path.lambda(s).value - path.lambda(t).value;
    const double sigma_ts = sigma_t * std::sqrt(-math::expm1(-2.0 * h));
    const double of_eps = alpha_t / alpha_s * (sigma_s * sigma_s / sigma_t);
    if (!noise_) return combine({{alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}});
    const double c = variance_ == Variance::fixed_large ? sigma_ts : sigma_s * sigma_ts / sigma_t;
    Tensor z = trajectory.noise(x);
    if (variance_ == Variance::learned) z = widened(z, hat.variance().packed(), sigma_t / sigma_s);
    return combine({{alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}, {c, z}});
  }

  bool reads_variance() const override { return variance_ == Variance::learned && noise_; }

 private:
  Variance variance_;
  bool noise_;
};

const Register<Solver> ddpm{
    {.name = "ddpm",
     .order = "1 weak",
     .evaluations = "1",
     .paper = "Ho, Jain, Abbeel 2020 (DDPM), algorithm 2, eq. 6-7; Nichol, Dhariwal 2021, eq. 15",
     .summary =
         "Ancestral sampling: each step draws from the Gaussian posterior of x_s given x_t and the predicted x_0.",
     .formula = "x_s = alpha_s x_0-hat + (alpha_t/alpha_s)(sigma_s^2/sigma_t) eps-hat + c z\n"
                "c = sigma_s sigma_{t|s}/sigma_t (fixed_small) or sigma_{t|s} (fixed_large),\n"
                "log c^2 = v log c_large^2 + (1 - v) log c_small^2 (learned, v the model's),  "
                "sigma_{t|s}^2 = sigma_t^2 - (alpha_t/alpha_s)^2 sigma_s^2",
     .parameters = {{.name = "variance",
                     .default_value = std::string("fixed_small"),
                     .meaning =
                         "variance of a step: the posterior's for known x_0 (right for point data), the "
                         "forward step's (right for N(0, I)), or between them as the model learned (which no model of "
                         "a recipe has: for denoisers given in code)",
                     .choices = {"fixed_small", "fixed_large", "learned"}},
                    {.name = "noise", .default_value = true, .meaning = "false leaves the noise out: the means alone"}},
     .orders = {{.order = 1, .kind = "strong"},
                {.order = 1, .kind = "weak"},
                {.order = 1, .parameters = {{"variance", std::string("fixed_large")}}, .kind = "weak"},
                {.order = 1, .parameters = {{"variance", std::string("fixed_large")}}, .kind = "strong"}}},
    [](const Parameters& parameters) {
      const std::string& name = parameters.text("variance");
      const Variance variance = name == "learned"       ? Variance::learned
                                : name == "fixed_large" ? Variance::fixed_large
                                                        : Variance::fixed_small;
      return std::make_unique<Ddpm>(variance, parameters.boolean("noise"));
    }};

}  // namespace
}  // namespace ito
