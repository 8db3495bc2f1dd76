// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver++), the multistep method of order 3 of the authors' code (eq. 9 with
// derivatives by divided differences), for a step t -> s with the x_0 of the last two steps:
//
//   h = lambda_s - lambda_t,   r0 = (lambda_t - lambda_p)/h,   r1 = (lambda_p - lambda_pp)/h
//   D1_0 = (x0_t - x0_p)/r0,   D1_1 = (x0_p - x0_pp)/r1
//   D1   = D1_0 + r0/(r0 + r1) (D1_0 - D1_1),   D2 = 2 (D1_0 - D1_1)/(r0 + r1)
//   x_s  = (sigma_s/sigma_t) x_t - alpha_s (e^{-h} - 1) x0_t + alpha_s ((e^{-h} - 1)/h + 1) D1
//          - alpha_s ((e^{-h} - 1 + h)/h^2 - 1/2) D2
//
// D2 estimates h^2 x0'', and (D1_0 - D1_1)/(r0 + r1) is half of that. The authors' code, and after it diffusers and
// k-diffusion (3M SDE), leave the 2 out, which leaves order 2: compat = "published". With the 2 this is UniP-3.
//
// The first step has no past and is of order 1, the second of order 2 (2M). Towards the end, if lower_order_final is on
// and there are fewer than 15 steps, the last but one is of order 2 and the last of order 1; so is a step from pure
// noise (alpha_t = 0), whose output is not kept, and one to the clean end, where x_s = alpha_s x0_t.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class DpmSolverPp3M final : public Solver {
 public:
  DpmSolverPp3M(double of_difference, bool lower_order_final)
      : of_difference_(of_difference), lower_order_final_(lower_order_final) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_3m", path, grid, prediction, {Prediction::sample});
    history_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(path.lambda(estimate.t()).value, estimate.x0());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Tensor x0_t = trajectory.evaluate(x, st.t).x0();
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, x0_t}});

    const double of_x = st.sigma_s / st.sigma_t, of_x0 = -st.alpha_s * math::expm1(-st.h);
    const int past = static_cast<int>(history_.size());
    const int order = lower_order_final_ ? order_left(trajectory, past + 1) : past + 1;
    Tensor x_s;
    if (order == 1) {
      x_s = combine({{of_x, x}, {of_x0, x0_t}});
    } else if (order == 2) {
      const double of_difference = 0.5 / ((st.lambda_t - history_[0].at) / st.h);
      x_s = combine({{of_x, x}, {of_x0 * (1.0 + of_difference), x0_t}, {-of_x0 * of_difference, history_[0].value}});
    } else {
      const double r0 = (st.lambda_t - history_[0].at) / st.h, r1 = (history_[0].at - history_[1].at) / st.h;
      const double of_D1 = st.alpha_s * st.h * phi(2, -st.h), of_D2 = st.alpha_s * st.h * phi(3, -st.h);
      // D1 = D1_0 + r0/(r0 + r1) (D1_0 - D1_1) and D2 = of_difference/(r0 + r1) (D1_0 - D1_1)
      const double of_D1_1 = -(of_D1 * r0 + of_D2 * of_difference_) / (r0 + r1), of_D1_0 = of_D1 - of_D1_1;
      x_s = combine({{of_x, x},
                     {of_x0 + of_D1_0 / r0, x0_t},
                     {of_D1_1 / r1 - of_D1_0 / r0, history_[0].value},
                     {-of_D1_1 / r1, history_[1].value}});
    }
    history_.add(st.lambda_t, x0_t);
    return x_s;
  }

 private:
  double of_difference_;
  bool lower_order_final_;
  History history_{2};
};

const Register<Solver> dpm_solver_pp_3m{
    {.name = "dpm_solver_pp_3m",
     .order = "3 (2 as published)",
     .evaluations = "1",
     .paper = "Lu et al. 2022 (DPM-Solver++), eq. 9, and the authors' code with its D2 doubled",
     .summary = "Exponential three-step method in lambda on the predicted x_0; starts with a step of order 1 and one "
                "of order 2, and ends so where lower_order_final asks.",
     .formula =
         "r0 = (lambda_t - lambda_p)/h,  r1 = (lambda_p - lambda_pp)/h,  D1_0 = (x0_t - x0_p)/r0,  D1_1 = (x0_p - "
         "x0_pp)/r1,\n"
         "D1 = D1_0 + r0/(r0 + r1)(D1_0 - D1_1),  D2 = 2 (D1_0 - D1_1)/(r0 + r1)   (published: without the 2),\n"
         "x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) x0_t + alpha_s ((e^(-h) - 1)/h + 1) D1\n"
         "      - alpha_s ((e^(-h) - 1 + h)/h^2 - 1/2) D2",
     .parameters = {{.name = "compat",
                     .default_value = std::string("none"),
                     .meaning = "published: D2 without its factor 2, as in the authors' code, diffusers and "
                                "k-diffusion, which is of order 2",
                     .choices = {"none", "published"}},
                    lower_order_final_parameter()},
     .orders = {{.order = 3, .parameters = {{"lower_order_final", false}}, .history = 2},
                {.order = 2,
                 .parameters = {{"compat", std::string("published")}, {"lower_order_final", false}},
                 .history = 2}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp3M>(parameters.text("compat") == "published" ? 1.0 : 2.0,
                                             parameters.boolean("lower_order_final"));
    }};

}  // namespace
}  // namespace ito
