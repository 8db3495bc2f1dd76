// The embedded pair 5(4) of Dormand and Prince 1980 on the probability-flow ODE, with step sizes of its own, one for
// each sample (Song et al. 2021, Score SDE, section 4.3, sample with scipy's RK45, which is this pair, in t). On the
// angle theta = atan(sigma/alpha), y = x / sqrt(alpha^2 + sigma^2),
//
//   dy/dtheta = (alpha eps-hat - sigma x_0-hat) / sqrt(alpha^2 + sigma^2)
//
// taken in the clock w of samplers/exact/adaptive_flow.h, in which both ends are regular, by
//
//   k_i = y'(w + c_i h, y + h sum_j a_ij k_j),  i = 1 .. 7;   y' = y + h sum_j b_j k_j  (order 5, goes on)
//   e = h sum_j (b_j - b*_j) k_j                                                        (order 4's difference)
//   error = rms(e) / (atol + rtol max(rms y, rms y'));  kept where error <= 1
//   next h = h clamp(0.9 error^(-0.7/5) last_error^(0.4/5), 0.2, 5)                     (Gustafsson 1991)
//
// The grid's inner times are stops and nothing else: step sizes go on across them. The clean end is not the x_0-hat of
// other solvers but the ODE's own, where the path's clock reaches it; on paths that end above sigma = 0 (edm, ve,
// laplace) the ODE is walked to the path's own end, from where the step to the clean end is alpha_s x_0-hat.
// rtol and atol count as at least 8 units in the last place (float 9.5e-7, double 1.8e-15). A sample whose step shrinks
// to rounding, or that spends max_steps between two times, ends the run with a DivergedError that says so.
#include <algorithm>

#include "autograd/arithmetic.h"
#include "samplers/exact/adaptive_flow.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class DormandPrince final : public Solver {
 public:
  explicit DormandPrince(const FlowControl& control) : flow_(control) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dormand_prince", path, grid, prediction, {Prediction::v});
    if (path.sigma(grid.back()) > 0.0)  // a step's last slope stands at its end
      check_reads_at("dormand_prince", path, grid.back(), prediction, {Prediction::v});
    flow_.start();
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const auto model = [&](const Tensor& x_t, std::span<const double> times, std::span<const std::int64_t> rows) {
      return trajectory.evaluate(x_t, times, rows).as(Prediction::v);
    };
    if (s >= path.t_min()) return flow_.walk(path, x, t, s, model);
    // The clean end of a path that does not reach it: to within a hair of its last lambda, where a clipped path still
    // moves, and on from there.
    const Time edge = std::min(t, path.time(Lambda(path.lambda(path.t_min()).value - 1e-6)));
    return combine({{path.alpha(s), trajectory.evaluate(flow_.walk(path, x, t, edge, model), edge).x0()}});
  }

  int calls_per_step() const override { return 6; }  // of a step of its own; how many it takes the tolerance decides

 private:
  AdaptiveFlow flow_;
};

const Register<Solver> dormand_prince{
    {.name = "dormand_prince",
     .order = "5, with an error estimate of order 4",
     .evaluations = "6 a step of its own, refused ones included, and 1 a grid interval; as many steps as rtol asks",
     .paper = "Dormand, Prince 1980, table 2; Gustafsson 1991 (PI step control)",
     .summary = "Adaptive Runge-Kutta on the angle atan(sigma/alpha), each sample with its own steps; grid times are "
                "stops.",
     .formula = "y = x/sqrt(alpha^2 + sigma^2),  dy/dtheta = (alpha eps-hat - sigma x_0-hat)/sqrt(alpha^2 + sigma^2),\n"
                "error = rms(y_5 - y_4)/(atol + rtol max(rms y, rms y')) <= 1,\n"
                "next h = h clamp(0.9 error^(-0.7/5) last_error^(0.4/5), 0.2, 5)",
     .parameters = {{.name = "rtol",
                     .default_value = 1e-5,
                     .meaning = "error a step may make, relative to the state's rms; float: at least 9.5e-7",
                     .min = 0,
                     .max = 1},
                    {.name = "atol",
                     .default_value = 1e-5,
                     .meaning =
                         "error a step may make besides, in units of the state scaled by sqrt(alpha^2 + sigma^2)",
                     .min = 0,
                     .max = 1},
                    {.name = "max_steps",
                     .default_value = std::int64_t{10000},
                     .meaning = "steps a sample may take between two times of the grid, refused ones included",
                     .min = 1,
                     .max = 1e9},
                    {.name = "adaptive",
                     .default_value = true,
                     .meaning = "false: one step of order 5 between two times of the grid, for measuring its order"}},
     // On any smooth grid; in lambda its errors are below a double's rounding before the order is seen.
     .orders = {{.order = 5, .parameters = {{"adaptive", false}}, .clock = "ratio"}}},
    [](const Parameters& p) {
      return std::make_unique<DormandPrince>(FlowControl{.rtol = p.number("rtol"),
                                                         .atol = p.number("atol"),
                                                         .max_steps = p.integer("max_steps"),
                                                         .adaptive = p.boolean("adaptive")});
    }};

}  // namespace
}  // namespace ito
