// Stochastic DPM-Solver++, singlestep (Crowson 2022, k-diffusion's sample_dpmpp_sde, on any Gaussian path) for a step
// t -> s with r in (0, 1], m at lambda_m = lambda_t + r h:
//
//   (up, down, h_down) of r h:   x_m = (sigma_m down/sigma_t) x_t - alpha_m (e^(-h_down) - 1) x0_t + sigma_m up z_{t,m}
//   D = (1 - 1/(2r)) x0_t + 1/(2r) x0_m
//   (up, down, h_down) of h:     x_s = (sigma_s down/sigma_t) x_t - alpha_s (e^(-h_down) - 1) D + sigma_s up z_{t,s}
//
// (ancestral.h; both z times s_noise). z_{t,m} and z_{t,s} are normalised increments of one Brownian path, as in the
// source, here in the clock of the SDE: z_{t,s} is put together of the two parts' own,
//   sqrt(tau_s - tau_t) z_{t,s} = sqrt(tau_m - tau_t) z_{t,m} + sqrt(tau_s - tau_m) z_{m,s},   tau = e^(2 eta^2 lambda)
// so that counter noise keeps their correlation. (The source's tree runs in sigma.) From pure noise (alpha_t = 0) and
// to the clean end it is euler_ancestral's step, of one evaluation and without noise at the end.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class DpmSolverPpSde final : public Solver {
 public:
  DpmSolverPpSde(double eta, double s_noise, double r) : eta_(eta), s_noise_(s_noise), r_(r) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_sde", path, grid, prediction, {Prediction::sample, Prediction::eps});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ancestral_euler_step(trajectory, st, hat, eta_, s_noise_);

    const Time m = time_between(path, st, r_ * st.h);
    const Step to_m(path, st.t, m);
    const double h_m = to_m.h;
    const Tensor x0_t = hat.x0();
    Tensor z_m, z_s;
    if (eta_ > 0.0) {
      z_m = trajectory.noise(x, 0, st.t, m, eta_);
      z_s = m == st.s ? z_m : whole(st.h, h_m, z_m, trajectory.noise(x, 1, m, st.s, eta_));
    }
    const Tensor x_m = moved(to_m, x, x0_t, z_m);
    const Tensor x0_m = trajectory.evaluate(x_m, m).x0();
    const double of_m = 1.0 / (2.0 * r_);
    const Tensor D = combine({{1.0 - of_m, x0_t}, {of_m, x0_m}});
    return moved(st, x, D, z_s);
  }

  int calls_per_step() const override { return 2; }

 private:
  // Down along the ODE with x_0 held, and up.
  Tensor moved(const Step& to, const Tensor& x, const Tensor& x0, const Tensor& z) const {
    const Ancestral part(to.h, eta_);
    const double of_x = to.sigma_s * part.down / to.sigma_t, of_x0 = -to.alpha_s * math::expm1(-part.h_down);
    if (eta_ == 0.0) return combine({{of_x, x}, {of_x0, x0}});
    return combine({{of_x, x}, {of_x0, x0}, {s_noise_ * to.sigma_s * part.up, z}});
  }

  // z_{t,s} of z_{t,m} and z_{m,s}, all over e^(2 eta^2 lambda_s).
  Tensor whole(double h, double h_m, const Tensor& z_tm, const Tensor& z_ms) const {
    const double k = std::max(eta_ * eta_, 1e-60);  // where it vanishes, the limit: shares by length
    const double all = -math::expm1(-2.0 * k * h), last = -math::expm1(-2.0 * k * (h - h_m));
    const double first = -math::expm1(-2.0 * k * h_m) * math::exp(-2.0 * k * (h - h_m));
    return combine({{std::sqrt(first / all), z_tm}, {std::sqrt(last / all), z_ms}});
  }

  double eta_, s_noise_, r_;
};

const Register<Solver> dpm_solver_pp_sde{
    {.name = "dpm_solver_pp_sde",
     .order = "strong 1, weak 1 or 2; 2 with eta = 0",
     .evaluations = "2 (1 to the clean end)",
     .paper = "Crowson 2022 (k-diffusion), sample_dpmpp_sde; Lu et al. 2022 (DPM-Solver++), section 5",
     .summary = "Singlestep DPM-Solver++ for the SDE: x_0 is extrapolated through an evaluation inside the step, which "
                "itself was reached with noise.",
     .formula = "x_m = (sigma_m down/sigma_t) x_t - alpha_m (e^(-h_down) - 1) x0_t + s_noise sigma_m up z_{t,m}   "
                "(ancestral, of r h)\n"
                "D   = (1 - 1/(2r)) x0_t + 1/(2r) x0_m\n"
                "x_s = (sigma_s down/sigma_t) x_t - alpha_s (e^(-h_down) - 1) D + s_noise sigma_s up z_{t,s}   (of h)"
                "\nweak order: 2 with eta = 1 (on Gaussian data), 1 with 0 < eta < 1",
     .parameters = {ancestral_eta_parameter(),
                    s_noise_parameter(),
                    {.name = "r",
                     .default_value = 0.5,
                     .meaning = "where in the step, in lambda, the second evaluation stands",
                     .min = 0.01,
                     .max = 1}},
     .orders = {{.order = 2, .parameters = {{"eta", 0.0}}},
                {.order = 1, .kind = "strong"},
                {.order = 2, .kind = "weak"},
                {.order = 1, .parameters = {{"eta", 0.5}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPpSde>(parameters.number("eta"), parameters.number("s_noise"),
                                              parameters.number("r"));
    }};

}  // namespace
}  // namespace ito
