// Lipman et al. 2023, Liu et al. 2023: Euler's method on the straight path, where x_t = (1 - t) x_0 + t eps:
//
//   x_s = x_t + (s - t) u(x_t, t),   u = eps-hat - x_0-hat
//
// On this path it equals ddim with eta = 0, and Euler on edm's clock sigma = t/(1 - t) in the variable x/(1 - t).
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class FlowEuler final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    if (path.name() != "flow")
      throw InputError("solver 'flow_euler' walks the path 'flow', not '" + path.name() +
                       "'; there euler (in time) or ddim (the same step in lambda) serve");
    check_reads("flow_euler", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Time t = trajectory.from(), s = trajectory.to();
    const Tensor u = trajectory.evaluate(x, t).velocity();
    return combine({{1.0, x}, {s.value - t.value, u}});
  }
};

const Register<Solver> flow_euler{
    {.name = "flow_euler",
     .order = "1",
     .evaluations = "1",
     .paper = "Lipman et al. 2023 (Flow matching), section 6; Liu et al. 2023 (Rectified flow), algorithm 1",
     .summary = "Follows the predicted straight line from noise to data; the path must be flow.",
     .formula = "x_s = x_t + (s - t) (eps-hat - x_0-hat)",
     .orders = {{.order = 1, .clock = "time"}}},
    [](const Parameters&) { return std::make_unique<FlowEuler>(); }};

}  // namespace
}  // namespace ito
