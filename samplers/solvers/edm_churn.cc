// Karras, Aittala, Aila, Laine 2022 (EDM), algorithm 2, on the EDM clock sigma/alpha of any Gaussian path (x there is
// x/alpha), for a step t -> s of N:
//
//   gamma = min(S_churn/N, sqrt(2) - 1) where S_tmin <= sigma_t/alpha_t <= S_tmax, else 0
//   t^:     sigma/alpha is (1 + gamma) sigma_t/alpha_t, or that of the path's noisiest time where gamma would leave it
//   x^    = (alpha^/alpha_t) x_t + S_noise sigma^ sqrt(1 - (1 + gamma)^(-2)) z                           (line 6)
//   x'    = (alpha_s/alpha^) x^ - sigma_s (e^h - 1) eps-hat^,   h = lambda_s - lambda^                   (line 8:
//   Euler) x_s   = (alpha_s/alpha^) x^ - sigma_s (e^h - 1) (eps-hat^ + eps-hat')/2                              (line
//   11: Heun)
//
// The step to the clean end is alpha_s x_0-hat at t^ (line 8 alone). From pure noise (alpha_t = 0), where there is
// nothing to churn, DDIM's step. S_churn = 0 is algorithm 1.
#include <algorithm>
#include <cmath>

#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class EdmChurn final : public Solver {
 public:
  EdmChurn(double churn, double tmin, double tmax, double noise)
      : churn_(churn), tmin_(tmin), tmax_(tmax), noise_(noise) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("edm_churn", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_inside("edm_churn", path, grid, prediction, {Prediction::eps}, {1.0});
    for (int i = 0; i < grid.steps(); ++i) {
      const Step st(path, grid[i], grid[i + 1]);
      const double gamma = gamma_of(path, grid.steps(), st);
      if (gamma > 0.0)
        check_reads_at("edm_churn", path, churned_time(path, st, gamma), prediction,
                       {Prediction::sample, Prediction::eps}, "lower S_churn or S_tmax");
    }
  }

  Tensor step(Trajectory& trajectory, const Tensor& x_t) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    if (st.alpha_t == 0.0) return ddim_step(st, trajectory.evaluate(x_t, st.t));

    Tensor x = x_t;
    Time churned = st.t;
    const double gamma = gamma_of(path, trajectory.grid().steps(), st);
    if (gamma > 0.0) {
      churned = churned_time(path, st, gamma);
      const double alpha = path.alpha(churned), sigma = path.sigma(churned);
      x = combine({{alpha / st.alpha_t, x_t},
                   {noise_ * sigma * std::sqrt(-math::expm1(-2.0 * math::log1p(gamma))),
                    trajectory.noise(x_t, 0, st.t, churned)}});
    }
    const Step from(path, churned, st.s);
    const Estimate hat = at_churned(trajectory, x, churned);
    if (from.sigma_s == 0.0) return ddim_step(from, hat);

    const double of_x = from.alpha_s / from.alpha_t, of_eps = -from.sigma_s * math::expm1(from.h);
    const Tensor eps = hat.eps();
    const Tensor x_euler = combine({{of_x, x}, {of_eps, eps}});
    return combine({{of_x, x}, {0.5 * of_eps, eps}, {0.5 * of_eps, trajectory.evaluate(x_euler, st.s).eps()}});
  }

  int calls_per_step() const override { return 2; }

 private:
  // The path's clock may go further than the model does.
  static Estimate at_churned(Trajectory& trajectory, const Tensor& x, Time churned) {
    if (!(churned > trajectory.from())) return trajectory.evaluate(x, churned);
    try {
      return trajectory.evaluate(x, churned);
    } catch (const InputError& error) {
      throw InputError(std::string("solver 'edm_churn': ") + error.what() + "; it goes back from time " +
                       value_text(trajectory.from().value) + ": lower S_tmax");
    }
  }

  // Stays on the path's clock; nothing is churned where lambda_t is infinite.
  double gamma_of(const Path& path, int steps, const Step& st) const {
    if (st.alpha_t == 0.0) return 0.0;
    const double sigma = st.sigma_t / st.alpha_t;
    if (sigma < tmin_ || sigma > tmax_) return 0.0;
    const double most = math::expm1(st.lambda_t - path.lambda(path.t_max()).value);
    return std::min({churn_ / steps, std::sqrt(2.0) - 1.0, most});
  }

  // The clamp takes back what rounding may add to the largest gamma.
  static Time churned_time(const Path& path, const Step& st, double gamma) {
    return path.time(Lambda(std::max(st.lambda_t - math::log1p(gamma), path.lambda(path.t_max()).value)));
  }

  double churn_, tmin_, tmax_, noise_;
};

const Register<Solver> edm_churn{
    {.name = "edm_churn",
     .order = "2 with S_churn = 0; weak 1 of the SDE that renews S_churn/(lambda's range)",
     .evaluations = "2 (1 to the clean end)",
     .paper = "Karras et al. 2022 (EDM), algorithm 2",
     .summary = "Adds noise to a step's state, going back to a noisier time, and takes Heun's step in sigma/alpha from "
                "there.",
     .formula = "gamma = min(S_churn/N, sqrt(2) - 1) where S_tmin <= sigma_t/alpha_t <= S_tmax, else 0\n"
                "x^ = (alpha^/alpha_t) x_t + S_noise sigma^ sqrt(1 - (1 + gamma)^(-2)) z at (1 + gamma) "
                "sigma_t/alpha_t\n"
                "x' = (alpha_s/alpha^) x^ - sigma_s (e^h - 1) eps-hat^,  h = lambda_s - lambda^\n"
                "x_s = (alpha_s/alpha^) x^ - sigma_s (e^h - 1) (eps-hat^ + eps-hat')/2",
     .parameters = {{.name = "S_churn",
                     .default_value = 40.0,
                     .meaning = "noise renewed over the whole walk; the defaults are the paper's for ImageNet-64",
                     .min = 0,
                     .max = 1e6},
                    {.name = "S_tmin",
                     .default_value = 0.05,
                     .meaning = "sigma/alpha below which nothing is churned",
                     .min = 0,
                     .max = 1e12},
                    {.name = "S_tmax",
                     .default_value = 50.0,
                     .meaning = "sigma/alpha above which nothing is churned",
                     .min = 0,
                     .max = 1e12},
                    {.name = "S_noise", .default_value = 1.003, .meaning = "factor of the noise", .min = 0, .max = 10}},
     .orders = {{.order = 2, .parameters = {{"S_churn", 0.0}}, .clock = "ratio"},
                {.order = 2, .parameters = {{"S_churn", 0.0}}},
                // nu^2 times a range of lambda of 2, which weak orders are measured on.
                {.order = 1,
                 .parameters = {{"S_churn", 2.0}, {"S_tmin", 0.0}, {"S_tmax", 1e9}, {"S_noise", 1.0}},
                 .kind = "weak"}}},
    [](const Parameters& parameters) {
      return std::make_unique<EdmChurn>(parameters.number("S_churn"), parameters.number("S_tmin"),
                                        parameters.number("S_tmax"), parameters.number("S_noise"));
    }};

}  // namespace
}  // namespace ito
