// Euler-Maruyama on the family of reverse-time SDEs that share the path's marginals (Song et al. 2021, eq. 6 and
// appendix D.1; the family: Zhang, Chen 2023, eq. 6, Karras et al. 2022, eq. 6):
//
//   dx  = [f x - (1 + nu^2)/2 g^2 score] dt + nu g dw-bar
//   x_s = x_t - d [f x_t - (1 + nu^2)/2 g^2 score] + nu g sqrt(d) z,   d = t - s > 0
//
// nu = 0 is euler; nu = 1 is Anderson's reverse of the forward SDE. Where alpha(t) = 0 the SDE is singular and the grid
// must start below. The step to the clean end is alpha_s x_0-hat, without noise.
#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

class EulerMaruyama final : public Solver {
 public:
  explicit EulerMaruyama(double nu) : nu_(nu) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    if (path.alpha(grid.front()) == 0.0)
      throw InputError("solver 'euler_maruyama': the reverse SDE on path '" + path.name() + "' is singular at time " +
                       value_text(grid.front().value) + ", where alpha = 0; start the grid at a lower time (t_start)");
    check_moves("euler_maruyama", path, grid);
    check_reads("euler_maruyama", path, grid, prediction, {Prediction::score});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Estimate hat = trajectory.evaluate(x, t);
    if (ends_clean(path, s)) return combine({{path.alpha(s), hat.x0()}});

    const double f = path.drift(t), g_squared = path.diffusion_squared(t);
    const double d = t.value - s.value;
    const double of_score = 0.5 * (1.0 + nu_ * nu_) * g_squared * d;
    const Tensor score = hat.as(Prediction::score);
    if (nu_ == 0.0) return combine({{1.0 - d * f, x}, {of_score, score}});
    return combine({{1.0 - d * f, x}, {of_score, score}, {nu_ * std::sqrt(g_squared * d), trajectory.noise(x, nu_)}});
  }

 private:
  double nu_;
};

const Register<Solver> euler_maruyama{
    {.name = "euler_maruyama",
     .order = "1, weak and strong; 1 with nu = 0",
     .evaluations = "1",
     .paper = "Song et al. 2021 (Score SDE), eq. 6 and appendix D",
     .summary = "One explicit step of the reverse-time SDE in the path's own time; nu says how much noise is renewed.",
     .formula = "x_s = x_t - d [f x_t - (1 + nu^2)/2 g^2 score] + nu g sqrt(d) z,  d = t - s",
     .parameters = {{.name = "nu",
                     .default_value = 1.0,
                     .meaning = "noise of the family: 0 the probability-flow ODE, 1 the reverse of the forward SDE",
                     .min = 0,
                     .max = 10}},
     .orders = {{.order = 1, .parameters = {{"nu", 0.0}}, .clock = "time"},
                {.order = 1, .clock = "time", .kind = "strong"},
                {.order = 1, .clock = "time", .kind = "weak"},
                {.order = 1, .parameters = {{"nu", 0.5}}, .clock = "time", .kind = "weak", .nu = 0.5}}},
    [](const Parameters& parameters) { return std::make_unique<EulerMaruyama>(parameters.number("nu")); }};

}  // namespace
}  // namespace ito
