// Ancestral DPM-Solver++ 2S (Crowson 2022, k-diffusion's sample_dpmpp_2s_ancestral, on any Gaussian path; the step down
// is Lu et al. 2022, algorithm 1, with r = 1/2) for a step t -> s:
//
//   up, down, h_down: ancestral.h;   m at lambda_m = lambda_t + h_down/2
//   x_m = (sigma_m/sigma_t) x_t - alpha_m (e^(-h_down/2) - 1) x0_t
//   x_s = (sigma_s down/sigma_t) x_t - alpha_s (e^(-h_down) - 1) x0_m + s_noise sigma_s up z
//
// m lies in the step: at s itself for eta = 1. From pure noise (alpha_t = 0) and to the clean end it is
// euler_ancestral's step, of one evaluation and without noise at the end.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class DpmSolverPp2SAncestral final : public Solver {
 public:
  DpmSolverPp2SAncestral(double eta, double s_noise) : eta_(eta), s_noise_(s_noise) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_2s_ancestral", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_half_down("dpm_solver_pp_2s_ancestral", path, grid, prediction, {Prediction::sample}, eta_);
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ancestral_euler_step(trajectory, st, hat, eta_, s_noise_);

    const Ancestral part(st.h, eta_);
    const Time m = time_between(path, st, 0.5 * part.h_down);
    const Tensor x_m =
        combine({{path.sigma(m) / st.sigma_t, x}, {-path.alpha(m) * math::expm1(-0.5 * part.h_down), hat.x0()}});
    const Tensor x0_m = trajectory.evaluate(x_m, m).x0();
    const double of_x = st.sigma_s * part.down / st.sigma_t, of_x0 = -st.alpha_s * math::expm1(-part.h_down);
    if (eta_ == 0.0) return combine({{of_x, x}, {of_x0, x0_m}});
    return combine({{of_x, x}, {of_x0, x0_m}, {s_noise_ * st.sigma_s * part.up, trajectory.noise(x, eta_)}});
  }

  int calls_per_step() const override { return 2; }

 private:
  double eta_, s_noise_;
};

const Register<Solver> dpm_solver_pp_2s_ancestral{
    {.name = "dpm_solver_pp_2s_ancestral",
     .order = "1, weak and strong; 2 with eta = 0",
     .evaluations = "2 (1 to the clean end)",
     .paper = "Crowson 2022 (k-diffusion), sample_dpmpp_2s_ancestral; Lu et al. 2022 (DPM-Solver++), algorithm 1",
     .summary = "DPM-Solver++ 2S to less noise than the next time has, and fresh noise up to it.",
     .formula = "x_m = (sigma_m/sigma_t) x_t - alpha_m (e^(-h_down/2) - 1) x0_t\n"
                "x_s = (sigma_s down/sigma_t) x_t - alpha_s (e^(-h_down) - 1) x0_m + s_noise sigma_s up z\n"
                "up = eta sqrt(1 - e^(-2h)),  down = sqrt(1 - up^2),  h_down = h - log(down)",
     .parameters = {ancestral_eta_parameter(), s_noise_parameter()},
     .orders = {{.order = 2, .parameters = {{"eta", 0.0}}},
                {.order = 1, .kind = "strong"},
                {.order = 1, .kind = "weak"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp2SAncestral>(parameters.number("eta"), parameters.number("s_noise"));
    }};

}  // namespace
}  // namespace ito
