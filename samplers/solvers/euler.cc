// Euler's method on the probability-flow ODE dx/dt = u(x, t) (Song et al. 2021, eq. 13), in the path's own clock:
//
//   x_s = x_t + (s - t) u(x_t, t)
//
// The step to the clean end is alpha_s x_0-hat, which on flow and edm is the same thing; on vp, where u grows like
// t^(-1/2), Euler's own last step would leave half of the remaining noise.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class Euler final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_moves("euler", path, grid);
    check_reads("euler", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (ends_clean(path, s)) return combine({{path.alpha(s), hat.x0()}});
    return combine({{1.0, x}, {s.value - t.value, hat.velocity()}});
  }
};

const Register<Solver> euler{{.name = "euler",
                              .order = "1",
                              .evaluations = "1",
                              .paper = "Song et al. 2021 (Score SDE), eq. 13, by Euler's method",
                              .summary = "One explicit step along the probability-flow ODE in the path's own time.",
                              .formula = "x_s = x_t + (s - t) u(x_t, t)",
                              .orders = {{.order = 1, .clock = "time"}}},
                             [](const Parameters&) { return std::make_unique<Euler>(); }};

}  // namespace
}  // namespace ito
