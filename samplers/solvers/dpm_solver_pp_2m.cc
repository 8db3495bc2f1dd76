// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver++), algorithm 2 (2M), for a step t -> s with the previous step's x_0:
//
//   h = lambda_s - lambda_t,   h_prev = lambda_t - lambda_prev,   r = h_prev/h
//   D   = (1 + 1/(2r)) x0_t - 1/(2r) x0_prev
//   x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) D                                             ("midpoint")
//   x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) x0_t
//         + alpha_s ((e^(-h) - 1)/h + 1) (x0_t - x0_prev)/r                                          ("heun")
//
// heun (diffusers' name) integrates the line through both outputs exactly; midpoint puts (1 - e^(-h))/2 for the last
// factor, which agrees to the order of the method.
//
// The first step has no past and takes D = x0_t (order 1: DPM-Solver++ 1 = DDIM); so does the last one if
// lower_order_final is on and there are fewer than 15 steps, and any step to the clean end, where x_s = alpha_s x0_t.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class DpmSolverPp2M final : public Solver {
 public:
  DpmSolverPp2M(bool heun, bool lower_order_final) : heun_(heun), lower_order_final_(lower_order_final) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_2m", path, grid, prediction, {Prediction::sample});
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

    const double of_x = st.sigma_s / st.sigma_t;
    const double of_D = -st.alpha_s * math::expm1(-st.h);
    const bool first_order = history_.size() == 0 || (lower_order_final_ && few_steps_end(trajectory));
    Tensor x_s;
    if (first_order) {
      x_s = combine({{of_x, x}, {of_D, x0_t}});
    } else {
      const double r = (st.lambda_t - history_[0].at) / st.h;
      if (heun_) {
        const double of_difference = st.alpha_s * st.h * phi(2, -st.h) / r;
        x_s = combine({{of_x, x}, {of_D + of_difference, x0_t}, {-of_difference, history_[0].value}});
      } else {
        const double of_difference = 1.0 / (2.0 * r);
        x_s = combine({{of_x, x}, {of_D * (1.0 + of_difference), x0_t}, {-of_D * of_difference, history_[0].value}});
      }
    }
    history_.add(st.lambda_t, x0_t);
    return x_s;
  }

 private:
  bool heun_, lower_order_final_;
  History history_{1};
};

const Register<Solver> dpm_solver_pp_2m{
    {.name = "dpm_solver_pp_2m",
     .order = "2",
     .evaluations = "1",
     .paper = "Lu et al. 2022 (DPM-Solver++), algorithm 2",
     .summary = "Exponential two-step method in lambda: x_0 is extrapolated from this evaluation and the last.",
     .formula = "r = (lambda_t - lambda_prev)/h,  D = (1 + 1/(2r)) x0_t - 1/(2r) x0_prev,\n"
                "x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) D\n"
                "heun: ... - alpha_s (e^(-h) - 1) x0_t + alpha_s ((e^(-h) - 1)/h + 1) (x0_t - x0_prev)/r",
     .parameters = {{.name = "solver_type",
                     .default_value = std::string("midpoint"),
                     .meaning = "heun integrates the line through both outputs exactly, midpoint to the method's order",
                     .choices = {"midpoint", "heun"}},
                    lower_order_final_parameter()},
     .orders = {{.order = 2, .parameters = {{"lower_order_final", false}}, .history = 1},
                {.order = 2,
                 .parameters = {{"solver_type", std::string("heun")}, {"lower_order_final", false}},
                 .history = 1}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp2M>(parameters.text("solver_type") == "heun",
                                             parameters.boolean("lower_order_final"));
    }};

}  // namespace
}  // namespace ito
