// Karras, Aittala, Aila, Laine 2022 (EDM), algorithm 1, on any path by its clock r = sigma/alpha and state x/alpha
// (appendix B: every Gaussian path is this one after scaling). In x itself, for a step t -> s:
//
//   x'  = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps-hat(x_t, t)
//   x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) (eps-hat(x_t, t) + eps-hat(x', s))/2
//
// eps-hat is the algorithm's d = (x - D(x; sigma))/sigma. The step to the clean end is alpha_s x_0-hat, as in the
// algorithm; the step from pure noise (alpha_t = 0, r infinite) is DDIM's. Both take one evaluation. With churn this
// is algorithm 2 (edm_churn).
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class EdmHeun final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("edm_heun", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_inside("edm_heun", path, grid, prediction, {Prediction::eps}, {1.0});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);

    const RatioStep in_ratio(path, st.t, st.s);
    const Tensor eps_t = hat.eps();
    const Tensor x_euler = combine({{in_ratio.of_x, x}, {in_ratio.of_eps, eps_t}});
    const Tensor eps_s = trajectory.evaluate(x_euler, st.s).eps();
    return combine({{in_ratio.of_x, x}, {0.5 * in_ratio.of_eps, eps_t}, {0.5 * in_ratio.of_eps, eps_s}});
  }

  int calls_per_step() const override { return 2; }
};

const Register<Solver> edm_heun{
    {.name = "edm_heun",
     .order = "2",
     .evaluations = "2 (1 in the step to the clean end)",
     .paper = "Karras et al. 2022 (EDM), algorithm 1",
     .summary = "The trapezoidal rule in sigma/alpha for x/alpha, the clock in which the flow's lines are straightest.",
     .formula = "x' = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps_t,  r = sigma/alpha,\n"
                "x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) (eps_t + eps(x', s))/2",
     .orders = {{.order = 2, .clock = "ratio"}, {.order = 2, .clock = "lambda"}}},
    [](const Parameters&) { return std::make_unique<EdmHeun>(); }};

}  // namespace
}  // namespace ito
