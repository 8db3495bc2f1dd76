// Heun's method on the probability-flow ODE dx/dt = u(x, t), in the path's own clock (Karras et al. 2022, algorithm 1,
// is this on edm):
//
//   x'  = x_t + (s - t) u(x_t, t)
//   x_s = x_t + (s - t) (u(x_t, t) + u(x', s))/2
//
// The step to the clean end, where u need not exist, is alpha_s x_0-hat and takes one evaluation.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Heun final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_moves("heun", path, grid);
    check_reads("heun", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (ends_clean(path, s)) return combine({{path.alpha(s), hat.x0()}});

    const double step = s.value - t.value;
    const Tensor u_t = hat.velocity();
    const Tensor x_euler = combine({{1.0, x}, {step, u_t}});
    const Tensor u_s = trajectory.evaluate(x_euler, s).velocity();
    return combine({{1.0, x}, {0.5 * step, u_t}, {0.5 * step, u_s}});
  }

  int calls_per_step() const override { return 2; }
};

const Register<Solver> heun{
    {.name = "heun",
     .order = "2",
     .evaluations = "2 (1 in the step to the clean end)",
     .paper = "Karras et al. 2022 (EDM), algorithm 1",
     .summary = "The trapezoidal rule along the probability-flow ODE, its end predicted by an Euler step.",
     .formula = "x' = x_t + (s - t) u(x_t, t),  x_s = x_t + (s - t) (u(x_t, t) + u(x', s))/2",
     .orders = {{.order = 2, .clock = "time"}}},
    [](const Parameters&) { return std::make_unique<Heun>(); }};

}  // namespace
}  // namespace ito
