// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver++), section 5 and eq. 18-19 (SDE-DPM-Solver++ 2M, k = 1), for any nu as
// in k-diffusion (sample_dpmpp_2m_sde), whose eta is k = nu^2; a step t -> s with the previous step's x_0:
//
//   h = lambda_s - lambda_t,   h_prev = lambda_t - lambda_prev,   D1 = (h/h_prev) (x0_t - x0_prev),   a = (1 + k) h
//   x_s = (sigma_s/sigma_t) e^(-k h) x_t + alpha_s (1 - e^(-a)) x0_t + alpha_s c D1 + s_noise sigma_s sqrt(1 - e^(-2 k
//   h)) z c   = (1 - e^(-a))/2 (midpoint)   or   1 - (1 - e^(-a))/a (heun)
//
// The first step has no past and takes D1 = 0; so does the last one if lower_order_final is on and there are fewer than
// 15 steps. From pure noise (alpha_t = 0) the formula is finite for k > 0, for k = 0 it is DDIM's step. The step to the
// clean end is alpha_s x0_t. eta = 0 with midpoint: dpm_solver_pp_2m.
#include "samplers/factories.h"
#include "samplers/solvers/ancestral.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exact_noise.h"
#include "samplers/solvers/history.h"

namespace ito {
namespace {

class DpmSolverPp2MSde final : public Solver {
 public:
  DpmSolverPp2MSde(double k, double s_noise, bool heun, bool lower_order_final)
      : k_(k), s_noise_(s_noise), heun_(heun), lower_order_final_(lower_order_final) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_2m_sde", path, grid, prediction, {Prediction::sample});
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
    const bool first_order = history_.size() == 0 || (lower_order_final_ && few_steps_end(trajectory));
    std::vector<Term> terms;
    if (first_order) {
      terms = {{exact.of_x, x}, {exact.of_x0, x0_t}};
    } else {
      const double a = (1.0 + k_) * st.h;
      const double c = heun_ ? st.alpha_s * (1.0 + math::expm1(-a) / a) : 0.5 * exact.of_x0;
      const double of_difference = c * st.h / (st.lambda_t - history_[0].at);
      terms = {{exact.of_x, x}, {exact.of_x0 + of_difference, x0_t}, {-of_difference, history_[0].value}};
    }
    if (k_ > 0.0) terms.push_back({s_noise_ * exact.of_z, trajectory.noise(x, std::sqrt(k_))});
    history_.add(st.lambda_t, x0_t);
    return combine(terms);
  }

 private:
  double k_, s_noise_;
  bool heun_, lower_order_final_;
  History history_{1};
};

const Register<Solver> dpm_solver_pp_2m_sde{
    {.name = "dpm_solver_pp_2m_sde",
     .order = "weak 2, strong 1; 2 with eta = 0",
     .evaluations = "1",
     .paper = "Lu et al. 2022 (DPM-Solver++), section 5; Crowson 2022 (k-diffusion), sample_dpmpp_2m_sde",
     .summary = "The SDE's exact step in lambda with x_0 extrapolated from this evaluation and the last.",
     .formula = "x_s = (sigma_s/sigma_t) e^(-k h) x_t + alpha_s (1 - e^(-a)) x0_t + alpha_s c D1\n"
                "      + s_noise sigma_s sqrt(1 - e^(-2 k h)) z,   k = eta,  a = (1 + k) h\n"
                "D1  = (h/h_prev)(x0_t - x0_prev),  c = (1 - e^(-a))/2 (midpoint) or 1 - (1 - e^(-a))/a (heun)"
                "\nweak 2: on Gaussian data",
     .parameters = {nu_squared_parameter(),
                    s_noise_parameter(),
                    {.name = "solver_type",
                     .default_value = std::string("midpoint"),
                     .meaning = "how the slope of x_0 is weighed: as at the step's middle, or integrated",
                     .choices = {"midpoint", "heun"}},
                    lower_order_final_parameter()},
     .orders = {{.order = 2, .parameters = {{"eta", 0.0}, {"lower_order_final", false}}, .history = 1},
                {.order = 2,
                 .parameters = {{"eta", 0.0}, {"solver_type", std::string("heun")}, {"lower_order_final", false}},
                 .history = 1},
                {.order = 1, .parameters = {{"lower_order_final", false}}, .kind = "strong"},
                {.order = 2, .parameters = {{"lower_order_final", false}}, .kind = "weak"},
                {.order = 2,
                 .parameters = {{"solver_type", std::string("heun")}, {"lower_order_final", false}},
                 .kind = "weak"},
                {.order = 2, .parameters = {{"eta", 0.25}, {"lower_order_final", false}}, .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp2MSde>(parameters.number("eta"), parameters.number("s_noise"),
                                                parameters.text("solver_type") == "heun",
                                                parameters.boolean("lower_order_final"));
    }};

}  // namespace
}  // namespace ito
