// Heun's method on the straight path x_t = (1 - t) x_0 + t eps of Lipman et al. 2023 and Liu et al. 2023 (diffusers'
// FlowMatchHeun is this without churn):
//
//   x'  = x_t + (s - t) u(x_t, t),   u = eps-hat - x_0-hat
//   x_s = x_t + (s - t) (u(x_t, t) + u(x', s))/2
//
// The step to t = 0 is x_t - t u = x_0-hat and takes one evaluation. heun on this path is the same method.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class FlowHeun final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    if (path.name() != "flow")
      throw InputError("solver 'flow_heun' walks the path 'flow', not '" + path.name() +
                       "'; there heun (in time) or edm_heun (in sigma/alpha) serve");
    check_reads("flow_heun", path, grid, prediction, {Prediction::velocity});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (s.value == 0.0) return hat.x0();

    const double step = s.value - t.value;
    const Tensor u_t = hat.velocity();
    const Tensor u_s = trajectory.evaluate(combine({{1.0, x}, {step, u_t}}), s).velocity();
    return combine({{1.0, x}, {0.5 * step, u_t}, {0.5 * step, u_s}});
  }

  int calls_per_step() const override { return 2; }
};

const Register<Solver> flow_heun{
    {.name = "flow_heun",
     .order = "2",
     .evaluations = "2 (1 in the step to the clean end)",
     .paper = "Heun 1900, on the flow of Lipman et al. 2023 and Liu et al. 2023",
     .summary = "The trapezoidal rule along the predicted straight lines; the path must be flow.",
     .formula = "x' = x_t + (s - t) u(x_t, t),  x_s = x_t + (s - t) (u(x_t, t) + u(x', s))/2,  u = eps-hat - x_0-hat",
     .orders = {{.order = 2, .clock = "time"}}},
    [](const Parameters&) { return std::make_unique<FlowHeun>(); }};

}  // namespace
}  // namespace ito
