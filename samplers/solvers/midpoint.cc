// The explicit midpoint rule (Runge 1895) on the probability-flow ODE dx/dt = u(x, t), in the path's own clock:
//
//   m   = (t + s)/2
//   x_m = x_t + (m - t) u(x_t, t)
//   x_s = x_t + (s - t) u(x_m, m)
//
// The step to the clean end, where u may grow without bound, is alpha_s x_0-hat and takes one evaluation.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Midpoint final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_moves("midpoint", path, grid);
    check_reads("midpoint", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (ends_clean(path, s)) return combine({{path.alpha(s), hat.x0()}});

    const Time m(t.value + 0.5 * (s.value - t.value));
    const Tensor x_m = combine({{1.0, x}, {m.value - t.value, hat.velocity()}});
    return combine({{1.0, x}, {s.value - t.value, trajectory.evaluate(x_m, m).velocity()}});
  }

  int calls_per_step() const override { return 2; }
};

const Register<Solver> midpoint{
    {.name = "midpoint",
     .order = "2",
     .evaluations = "2 (1 in the step to the clean end)",
     .paper = "Runge 1895; Lipman et al. 2024 (Flow Matching Guide and Code) walk flows with it",
     .summary = "Steps along the probability-flow ODE with the velocity found half-way by an Euler step.",
     .formula = "m = (t + s)/2,  x_m = x_t + (m - t) u(x_t, t),  x_s = x_t + (s - t) u(x_m, m)",
     .orders = {{.order = 2, .clock = "time"}}},
    [](const Parameters&) { return std::make_unique<Midpoint>(); }};

}  // namespace
}  // namespace ito
