// Ancestral Euler (Crowson 2022, k-diffusion's sample_euler_ancestral, on sigma/alpha of any Gaussian path) for a step
// t -> s:
//
//   up = eta sqrt(1 - e^(-2h)),   down = sqrt(1 - up^2),   h = lambda_s - lambda_t         (ancestral.h)
//   x_s = alpha_s x_0-hat + sigma_s down eps-hat + s_noise sigma_s up z
//
// The first two terms are Euler's step along dx/dsigma = eps (x, sigma over alpha) from sigma_t to the lower noise
// sigma_s down; the third comes back up to sigma_s. With s_noise = 1 this is ddim(eta). No noise in the step to the
// clean end.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class EulerAncestral final : public Solver {
 public:
  EulerAncestral(double eta, double s_noise) : eta_(eta), s_noise_(s_noise) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("euler_ancestral", path, grid, prediction, {Prediction::sample, Prediction::eps});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    return ancestral_euler_step(trajectory, st, trajectory.evaluate(x, st.t), eta_, s_noise_);
  }

 private:
  double eta_, s_noise_;
};

const Register<Solver> euler_ancestral{
    {.name = "euler_ancestral",
     .order = "1, weak and strong",
     .evaluations = "1",
     .paper = "Crowson 2022 (k-diffusion), sample_euler_ancestral; Song, Meng, Ermon 2021 (DDIM), eq. 16",
     .summary = "Euler's step in sigma/alpha to less noise than the next time has, and fresh noise up to it: DDIM's "
                "eta, with a factor for the noise.",
     .formula = "x_s = alpha_s x_0-hat + sigma_s down eps-hat + s_noise sigma_s up z\n"
                "up = eta sqrt(1 - e^(-2h)),  down = sqrt(1 - up^2)",
     .parameters = {ancestral_eta_parameter(), s_noise_parameter()},
     .orders = {{.order = 1, .parameters = {{"eta", 0.0}}},
                {.order = 1, .kind = "strong"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "strong", .nu = 0.5},
                {.order = 1, .kind = "weak"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<EulerAncestral>(parameters.number("eta"), parameters.number("s_noise"));
    }};

}  // namespace
}  // namespace ito
