// Ancestral DPM-Solver-2 (Crowson 2022, k-diffusion's sample_dpm_2_ancestral, on sigma/alpha of any Gaussian path; the
// midpoint of Karras et al. 2022, algorithm 3, in log sigma) for a step t -> s:
//
//   up, down, h_down: ancestral.h;   m at lambda_m = lambda_t + h_down/2
//   x_m = (alpha_m/alpha_t) x_t - sigma_m (e^(h_down/2) - 1) eps-hat_t
//   x_s = (alpha_s/alpha_t) x_t - sigma_s down (e^(h_down) - 1) eps-hat_m + s_noise sigma_s up z
//
// Both lines are Euler's step along dx/dsigma = eps (x, sigma over alpha), the second one with the slope of the middle.
// m lies in the step: at s itself for eta = 1. From pure noise (alpha_t = 0) and to the clean end it is
// euler_ancestral's step, of one evaluation and without noise at the end.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Dpm2Ancestral final : public Solver {
 public:
  Dpm2Ancestral(double eta, double s_noise) : eta_(eta), s_noise_(s_noise) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_2_ancestral", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_half_down("dpm_2_ancestral", path, grid, prediction, {Prediction::eps}, eta_);
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ancestral_euler_step(trajectory, st, hat, eta_, s_noise_);

    const Ancestral part(st.h, eta_);
    const Time m = time_between(path, st, 0.5 * part.h_down);
    const double alpha_m = path.alpha(m), sigma_m = path.sigma(m);
    const Tensor x_m = combine({{alpha_m / st.alpha_t, x}, {-sigma_m * math::expm1(0.5 * part.h_down), hat.eps()}});
    const Tensor eps_m = trajectory.evaluate(x_m, m).eps();
    const double of_x = st.alpha_s / st.alpha_t, of_eps = -st.sigma_s * part.down * math::expm1(part.h_down);
    if (eta_ == 0.0) return combine({{of_x, x}, {of_eps, eps_m}});
    return combine({{of_x, x}, {of_eps, eps_m}, {s_noise_ * st.sigma_s * part.up, trajectory.noise(x, eta_)}});
  }

  int calls_per_step() const override { return 2; }

 private:
  double eta_, s_noise_;
};

const Register<Solver> dpm_2_ancestral{
    {.name = "dpm_2_ancestral",
     .order = "1, weak and strong; 2 with eta = 0",
     .evaluations = "2 (1 to the clean end)",
     .paper = "Crowson 2022 (k-diffusion), sample_dpm_2_ancestral",
     .summary = "The midpoint rule in log(sigma/alpha) to less noise than the next time has, and fresh noise up to it.",
     .formula = "x_m = (alpha_m/alpha_t) x_t - sigma_m (e^(h_down/2) - 1) eps-hat_t\n"
                "x_s = (alpha_s/alpha_t) x_t - sigma_s down (e^(h_down) - 1) eps-hat_m + s_noise sigma_s up z\n"
                "up = eta sqrt(1 - e^(-2h)),  down = sqrt(1 - up^2),  h_down = h - log(down)",
     .parameters = {ancestral_eta_parameter(), s_noise_parameter()},
     .orders = {{.order = 2, .parameters = {{"eta", 0.0}}},
                {.order = 1, .kind = "strong"},
                {.order = 1, .kind = "weak"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<Dpm2Ancestral>(parameters.number("eta"), parameters.number("s_noise"));
    }};

}  // namespace
}  // namespace ito
