// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver++), algorithm 1 (2S), singlestep, in x_0, for a step t -> s with
// h = lambda_s - lambda_t and one time s_1 = t(lambda_t + r h) inside it:
//
//   u   = (sigma_{s_1}/sigma_t) x_t - alpha_{s_1} (e^{-r h} - 1) x0_t
//   D   = (1 - 1/(2r)) x0_t + 1/(2r) x0(u, s_1)
//   x_s = (sigma_s/sigma_t) x_t - alpha_s (e^{-h} - 1) D
//
// Every step stands alone: no start, no end; a step from pure noise (alpha_t = 0) or to the clean end is of order 1
// (DPM-Solver++ 1 = DDIM) and takes one evaluation.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class DpmSolverPp2S final : public Solver {
 public:
  explicit DpmSolverPp2S(double r) : r_(r) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_2s", path, grid, prediction, {Prediction::sample});
    check_reads_inside("dpm_solver_pp_2s", path, grid, prediction, {Prediction::sample}, {r_});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Tensor x0_t = trajectory.evaluate(x, st.t).x0();
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, x0_t}});
    const double of_x = st.sigma_s / st.sigma_t;
    const double of_D = -st.alpha_s * math::expm1(-st.h);
    if (st.unbounded()) return combine({{of_x, x}, {of_D, x0_t}});

    const Time s_1 = st.inside(path, r_);
    const Tensor u = combine({{path.sigma(s_1) / st.sigma_t, x}, {-path.alpha(s_1) * math::expm1(-r_ * st.h), x0_t}});
    const Tensor x0_1 = trajectory.evaluate(u, s_1).x0();
    const double share = 1.0 / (2.0 * r_);
    return combine({{of_x, x}, {of_D * (1.0 - share), x0_t}, {of_D * share, x0_1}});
  }

  int calls_per_step() const override { return 2; }

 private:
  double r_;
};

const Register<Solver> dpm_solver_pp_2s{
    {.name = "dpm_solver_pp_2s",
     .order = "2",
     .evaluations = "2 (1 from pure noise and in the step to the clean end)",
     .paper = "Lu et al. 2022 (DPM-Solver++), algorithm 1",
     .summary = "Exponential midpoint method in lambda on the predicted x_0; each step stands alone, so that it "
                "neither starts nor ends differently.",
     .formula = "u = (sigma_{s_1}/sigma_t) x_t - alpha_{s_1} (e^(-r h) - 1) x0_t,  s_1 = t(lambda_t + r h)\n"
                "D = (1 - 1/(2r)) x0_t + 1/(2r) x0(u, s_1),\n"
                "x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) D",
     .parameters = {{.name = "r",
                     .default_value = 0.5,
                     .meaning = "where in the step, in lambda, the second evaluation stands",
                     .min = 0.01,
                     .max = 1}},
     .orders = {{.order = 2}, {.order = 2, .parameters = {{"r", 0.8}}}}},
    [](const Parameters& parameters) { return std::make_unique<DpmSolverPp2S>(parameters.number("r")); }};

}  // namespace
}  // namespace ito
