// Song, Meng, Ermon 2021 (DDIM), eq. 12 and 16, for a step t -> s < t on any Gaussian path:
//
//   x_s = alpha_s x_0-hat + sqrt(sigma_s^2 - eta_t^2) eps-hat + eta_t z
//   eta_t = eta sigma_s sqrt(1 - e^(-2h)),   h = lambda_s - lambda_t
//
// eta_t is the paper's sigma_t(eta) = eta sqrt((1 - abar_s)/(1 - abar_t)) sqrt(1 - abar_t/abar_s), written without the
// cancellation. eta = 0: exponential Euler in lambda (DPM-Solver-1); eta = 1: the DDPM posterior (ddpm, fixed_small).
#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Ddim final : public Solver {
 public:
  explicit Ddim(double eta) : eta_(eta) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("ddim", path, grid, prediction, {Prediction::sample, Prediction::eps});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    const double alpha_s = path.alpha(s), sigma_s = path.sigma(s);
    if (ends_clean(path, s)) return combine({{alpha_s, hat.x0()}});

    const double h = path.lambda(s).value - path.lambda(t).value;
    const double eta_t = eta_ * sigma_s * std::sqrt(-math::expm1(-2.0 * h));
    const double of_eps = sigma_s * std::sqrt(kept(h));
    if (eta_ == 0.0) return combine({{alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}});
    return combine({{alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}, {eta_t, trajectory.noise(x, eta_)}});
  }

 private:
  // 1 - (eta_t/sigma_s)^2 = 1 - eta^2 (1 - e^(-2h)), which loses its digits for long steps at eta = 1 unless it is
  // written as a sum.
  double kept(double h) const {
    const double renewed = -eta_ * eta_ * math::expm1(-2.0 * h);
    return renewed < 0.5 ? 1.0 - renewed : (1.0 - eta_) * (1.0 + eta_) + eta_ * eta_ * math::exp(-2.0 * h);
  }

  double eta_;
};

const Register<Solver> ddim{
    {.name = "ddim",
     .order = "1",
     .evaluations = "1",
     .paper = "Song, Meng, Ermon 2021 (DDIM), eq. 12 and 16",
     .summary = "Steps to the state that the predicted x_0 and eps would make at the next time, with as much fresh "
                "noise as eta asks.",
     .formula = "x_s = alpha_s x_0-hat + sqrt(sigma_s^2 - eta_t^2) eps-hat + eta_t z\n"
                "eta_t = eta sigma_s sqrt(1 - e^(-2h)),  h = lambda_s - lambda_t",
     .parameters = {{.name = "eta",
                     .default_value = 0.0,
                     .meaning = "share of fresh noise: 0 deterministic, 1 the DDPM posterior",
                     .min = 0,
                     .max = 1}},
     .orders = {{.order = 1},
                {.order = 1, .parameters = {{"eta", 1.0}}, .kind = "strong"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "strong", .nu = 0.5},
                {.order = 1, .parameters = {{"eta", 1.0}}, .kind = "weak"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "weak", .nu = 0.5}},
     .numerics = 2},
    [](const Parameters& parameters) { return std::make_unique<Ddim>(parameters.number("eta")); }};

}  // namespace
}  // namespace ito
