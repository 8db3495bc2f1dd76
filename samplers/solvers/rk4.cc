// The classical Runge-Kutta method (Kutta 1901) on the probability-flow ODE dx/dt = u(x, t), in the path's own clock
// (Song et al. 2021, Score SDE, appendix D, walk this ODE by Runge-Kutta):
//
//   m   = (t + s)/2
//   k_1 = u(x_t, t)                          k_2 = u(x_t + (s - t)/2 k_1, m)
//   k_3 = u(x_t + (s - t)/2 k_2, m)          k_4 = u(x_t + (s - t) k_3, s)
//   x_s = x_t + (s - t) (k_1 + 2 k_2 + 2 k_3 + k_4)/6
//
// The step to the clean end, where u may grow without bound, is alpha_s x_0-hat and takes one evaluation.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Rk4 final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_moves("rk4", path, grid);
    check_reads("rk4", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (ends_clean(path, s)) return combine({{path.alpha(s), hat.x0()}});

    const double step = s.value - t.value;
    const Time m(t.value + 0.5 * step);
    const Tensor k_1 = hat.velocity();
    const Tensor k_2 = trajectory.evaluate(combine({{1.0, x}, {0.5 * step, k_1}}), m).velocity();
    const Tensor k_3 = trajectory.evaluate(combine({{1.0, x}, {0.5 * step, k_2}}), m).velocity();
    const Tensor k_4 = trajectory.evaluate(combine({{1.0, x}, {step, k_3}}), s).velocity();
    return combine({{1.0, x}, {step / 6, k_1}, {step / 3, k_2}, {step / 3, k_3}, {step / 6, k_4}});
  }

  int calls_per_step() const override { return 4; }
};

const Register<Solver> rk4{
    {.name = "rk4",
     .order = "4",
     .evaluations = "4 (1 in the step to the clean end)",
     .paper = "Kutta 1901",
     .summary = "The classical Runge-Kutta method along the probability-flow ODE in the path's own time.",
     .formula = "k_1 = u(x_t, t),  k_2 = u(x_t + (s - t)/2 k_1, m),  k_3 = u(x_t + (s - t)/2 k_2, m),\n"
                "k_4 = u(x_t + (s - t) k_3, s),  m = (t + s)/2,\n"
                "x_s = x_t + (s - t) (k_1 + 2 k_2 + 2 k_3 + k_4)/6",
     .orders = {{.order = 4, .clock = "time"}}},
    [](const Parameters&) { return std::make_unique<Rk4>(); }};

}  // namespace
}  // namespace ito
