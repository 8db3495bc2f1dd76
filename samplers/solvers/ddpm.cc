// Ho, Jain, Abbeel 2020 (DDPM), algorithm 2 with eq. 6-7, for a step t -> s < t on any Gaussian path:
//
//   sigma_{t|s}^2 = sigma_t^2 - (alpha_t/alpha_s)^2 sigma_s^2 = sigma_t^2 (1 - e^(-2h))         (their beta_t)
//   mean          = alpha_s x_0-hat + (alpha_t/alpha_s) (sigma_s^2/sigma_t) eps-hat             (their mu-tilde, eq. 7)
//   x_s           = mean + c z,   c = sigma_s sigma_{t|s}/sigma_t   fixed_small: the posterior's (their beta-tilde)
//                                 c = sigma_{t|s}                   fixed_large
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

class Ddpm final : public Solver {
 public:
  Ddpm(bool large, bool noise) : large_(large), noise_(noise) {}

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
    const double c = large_ ? sigma_ts : sigma_s * sigma_ts / sigma_t;
    return combine({{alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}, {c, trajectory.noise(x)}});
  }

 private:
  bool large_, noise_;
};

const Register<Solver> ddpm{
    {.name = "ddpm",
     .order = "1 weak",
     .evaluations = "1",
     .paper = "Ho, Jain, Abbeel 2020 (DDPM), algorithm 2, eq. 6-7",
     .summary =
         "Ancestral sampling: each step draws from the Gaussian posterior of x_s given x_t and the predicted x_0.",
     .formula = "x_s = alpha_s x_0-hat + (alpha_t/alpha_s)(sigma_s^2/sigma_t) eps-hat + c z\n"
                "c = sigma_s sigma_{t|s}/sigma_t (fixed_small) or sigma_{t|s} (fixed_large),  "
                "sigma_{t|s}^2 = sigma_t^2 - (alpha_t/alpha_s)^2 sigma_s^2",
     .parameters = {{.name = "variance",
                     .default_value = std::string("fixed_small"),
                     .meaning = "variance of a step: the posterior's for known x_0 (right for point data), or the "
                                "forward step's (right for N(0, I))",
                     .choices = {"fixed_small", "fixed_large"}},
                    {.name = "noise", .default_value = true, .meaning = "false leaves the noise out: the means alone"}},
     .orders = {{.order = 1, .kind = "strong"},
                {.order = 1, .kind = "weak"},
                {.order = 1, .parameters = {{"variance", std::string("fixed_large")}}, .kind = "weak"}}},
    [](const Parameters& parameters) {
      return std::make_unique<Ddpm>(parameters.text("variance") == "fixed_large", parameters.boolean("noise"));
    }};

}  // namespace
}  // namespace ito
