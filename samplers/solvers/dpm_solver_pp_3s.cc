// Lu, Zhou, Bao, Chen, Li, Zhu 2022: DPM-Solver's algorithm 5 (singlestep, order 3) carried to x_0 as DPM-Solver++
// does, for a step t -> s with h = lambda_s - lambda_t and times s_i = t(lambda_t + r_i h) inside it, r_2 = 2/3:
//
//   u_1 = (sigma_{s_1}/sigma_t) x_t - alpha_{s_1} (e^{-r_1 h} - 1) x0_t,   D_1 = x0(u_1, s_1) - x0_t
//   u_2 = (sigma_{s_2}/sigma_t) x_t - alpha_{s_2} (e^{-r_2 h} - 1) x0_t
//         + alpha_{s_2} (r_2/r_1) ((e^{-r_2 h} - 1)/(r_2 h) + 1) D_1,      D_2 = x0(u_2, s_2) - x0_t
//   x_s = (sigma_s/sigma_t) x_t - alpha_s (e^{-h} - 1) x0_t + alpha_s/r_2 ((e^{-h} - 1)/h + 1) D_2
//
// The order is 3 for any r_1 but for r_2 = 2/3 alone: D_2 must carry x0'' with weight r_2/4 = 1/6. (diffusers'
// singlestep scheduler of solver_order 3 differs: it takes s_1 and s_2 from its list of times, where r_2 tends to 2/3
// with small steps on smooth grids, and u_2 by 2S from t.) Every step stands alone: no start, no end; a step from pure
// noise (alpha_t = 0) or to the clean end is of order 1 and takes one evaluation.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

constexpr double kR2 = 2.0 / 3.0;

class DpmSolverPp3S final : public Solver {
 public:
  explicit DpmSolverPp3S(double r_1) : r_1_(r_1) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_3s", path, grid, prediction, {Prediction::sample});
    check_reads_inside("dpm_solver_pp_3s", path, grid, prediction, {Prediction::sample}, {r_1_, kR2});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Tensor x0_t = trajectory.evaluate(x, st.t).x0();
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, x0_t}});
    const double h = st.h, of_x = st.sigma_s / st.sigma_t, of_x0 = -st.alpha_s * math::expm1(-h);
    if (st.unbounded()) return combine({{of_x, x}, {of_x0, x0_t}});

    constexpr double r_2 = kR2;
    const Time s_1 = st.inside(path, r_1_), s_2 = st.inside(path, r_2);
    const Tensor u_1 = combine({{path.sigma(s_1) / st.sigma_t, x}, {-path.alpha(s_1) * math::expm1(-r_1_ * h), x0_t}});
    const Tensor x0_1 = trajectory.evaluate(u_1, s_1).x0();
    const double alpha_s2 = path.alpha(s_2);
    const double of_D_1 = alpha_s2 * (r_2 / r_1_) * (r_2 * h) * phi(2, -r_2 * h);
    const Tensor u_2 = combine(
        {{path.sigma(s_2) / st.sigma_t, x}, {-alpha_s2 * math::expm1(-r_2 * h) - of_D_1, x0_t}, {of_D_1, x0_1}});
    const Tensor x0_2 = trajectory.evaluate(u_2, s_2).x0();
    const double of_D_2 = st.alpha_s / r_2 * h * phi(2, -h);
    return combine({{of_x, x}, {of_x0 - of_D_2, x0_t}, {of_D_2, x0_2}});
  }

  int calls_per_step() const override { return 3; }

 private:
  double r_1_;
};

const Register<Solver> dpm_solver_pp_3s{
    {.name = "dpm_solver_pp_3s",
     .order = "3",
     .evaluations = "3 (1 from pure noise and in the step to the clean end)",
     .paper = "Lu et al. 2022 (DPM-Solver, algorithm 5, in DPM-Solver++'s x_0)",
     .summary = "Exponential Runge-Kutta method of three stages in lambda on the predicted x_0; each step stands "
                "alone, so that it neither starts nor ends differently.",
     .formula =
         "s_i = t(lambda_t + r_i h), r_2 = 2/3;  e_i = (sigma_{s_i}/sigma_t) x_t - alpha_{s_i} (e^(-r_i h) - 1) x0_t\n"
         "D_1 = x0(e_1, s_1) - x0_t,  u_2 = e_2 + alpha_{s_2} (r_2/r_1) ((e^(-r_2 h) - 1)/(r_2 h) + 1) D_1,\n"
         "D_2 = x0(u_2, s_2) - x0_t,\n"
         "x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) x0_t + alpha_s/r_2 ((e^(-h) - 1)/h + 1) D_2",
     .parameters = {{.name = "r1",
                     .default_value = 1.0 / 3.0,
                     .meaning = "where in the step, in lambda, the second evaluation stands",
                     .min = 0.01,
                     .max = 1}},
     .orders = {{.order = 3}, {.order = 3, .parameters = {{"r1", 0.5}}}}},
    [](const Parameters& parameters) { return std::make_unique<DpmSolverPp3S>(parameters.number("r1")); }};

}  // namespace
}  // namespace ito
