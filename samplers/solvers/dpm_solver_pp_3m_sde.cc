// Three-step SDE-DPM-Solver++ (Crowson 2023, k-diffusion's sample_dpmpp_3m_sde, whose eta is k = nu^2, with the
// corrected D2 of MATHS.md section 4; on any Gaussian path) for a step t -> s with two previous x_0:
//
//   r0 = h_prev/h,   r1 = h_prev2/h,   D1_0 = (x0_t - x0_p)/r0,   D1_1 = (x0_p - x0_pp)/r1
//   D1 = D1_0 + r0/(r0 + r1) (D1_0 - D1_1)                      h times the slope of x_0 at lambda_t
//   D2 = 2 (D1_0 - D1_1)/(r0 + r1)                              h^2 times its second derivative
//   a = (1 + k) h,   phi_2 = 1 - (1 - e^(-a))/a,   phi_3 = phi_2/a - 1/2
//   x_s = (sigma_s/sigma_t) e^(-k h) x_t + alpha_s (1 - e^(-a)) x0_t + alpha_s (phi_2 D1 - phi_3 D2)
//         + s_noise sigma_s sqrt(1 - e^(-2 k h)) z
//
// compat = "published" drops the 2 in D2, as the published code does; with eta = 0 its order is 2. The first step takes
// D1 = D2 = 0 and the second D1 = D1_0, D2 = 0. From pure noise (alpha_t = 0) the formula is finite for k > 0, for k =
// 0 it is DDIM's step. The step to the clean end is alpha_s x0_t.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exact_noise.h"
#include "samplers/solvers/history.h"

namespace ito {
namespace {

class DpmSolverPp3MSde final : public Solver {
 public:
  DpmSolverPp3MSde(double k, double s_noise, bool published) : k_(k), s_noise_(s_noise), published_(published) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_3m_sde", path, grid, prediction, {Prediction::sample});
    history_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(path.lambda(estimate.t()).value, estimate.x0());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    const Tensor x0_t = hat.x0();
    if (st.sigma_s == 0.0) return ddim_step(st, hat);

    const ExactNoise exact(st, k_);
    std::vector<Term> terms = {{exact.of_x, x}, {exact.of_x0, x0_t}};
    if (history_.size() > 0) {
      const double a = (1.0 + k_) * st.h, phi_2 = 1.0 + math::expm1(-a) / a;
      const double r0 = (st.lambda_t - history_[0].at) / st.h;
      // What D1_0 and D1_1 are multiplied by.
      double of_D1_0 = st.alpha_s * phi_2, of_D1_1 = 0.0, r1 = 1.0;
      if (history_.size() > 1) {
        r1 = (history_[0].at - history_[1].at) / st.h;
        const double phi_3 = phi_2 / a - 0.5;
        const double of_change = st.alpha_s * (phi_2 * r0 - (published_ ? 1.0 : 2.0) * phi_3) / (r0 + r1);
        of_D1_0 += of_change;
        of_D1_1 = -of_change;
      }
      terms[1].coefficient += of_D1_0 / r0;
      terms.push_back({of_D1_1 / r1 - of_D1_0 / r0, history_[0].value});
      if (history_.size() > 1) terms.push_back({-of_D1_1 / r1, history_[1].value});
    }
    if (k_ > 0.0) terms.push_back({s_noise_ * exact.of_z, trajectory.noise(x, std::sqrt(k_))});
    history_.add(st.lambda_t, x0_t);
    return combine(terms);
  }

 private:
  double k_, s_noise_;
  bool published_;
  History history_{2};
};

const Register<Solver> dpm_solver_pp_3m_sde{
    {.name = "dpm_solver_pp_3m_sde",
     .order = "weak 2, strong 1; 3 with eta = 0",
     .evaluations = "1",
     .paper = "Crowson 2023 (k-diffusion), sample_dpmpp_3m_sde, D2 corrected",
     .summary = "The SDE's exact step in lambda with x_0 extrapolated from this evaluation and the last two.",
     .formula = "x_s = (sigma_s/sigma_t) e^(-k h) x_t + alpha_s (1 - e^(-a)) x0_t + alpha_s (phi_2 D1 - phi_3 D2)\n"
                "      + s_noise sigma_s sqrt(1 - e^(-2 k h)) z,   k = eta,  a = (1 + k) h\n"
                "D1, D2: h and h^2 times the slopes of x_0 by divided differences,\n"
                "phi_2 = 1 - (1 - e^(-a))/a,  phi_3 = phi_2/a - 1/2"
                "\nweak 2: on Gaussian data",
     .parameters = {nu_squared_parameter(),
                    s_noise_parameter(),
                    {.name = "compat",
                     .default_value = std::string("none"),
                     .meaning =
                         "\"published\": half of D2, as k-diffusion and diffusers have it (order 2 with eta = 0)",
                     .choices = {"none", "published"}}},
     .orders = {{.order = 3, .parameters = {{"eta", 0.0}}, .history = 2},
                {.order = 2, .parameters = {{"eta", 0.0}, {"compat", std::string("published")}}, .history = 2},
                {.order = 1, .kind = "strong"},
                {.order = 2, .kind = "weak"},
                {.order = 2, .parameters = {{"eta", 0.25}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp3MSde>(parameters.number("eta"), parameters.number("s_noise"),
                                                parameters.text("compat") == "published");
    }};

}  // namespace
}  // namespace ito
