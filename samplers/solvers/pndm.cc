// Liu, Ren, Lin, Zhao 2022 (PNDM), section 3.3. The transfer part is DDIM with a given eps, r = sigma/alpha:
//
//   phi(x_t, e, t, s) = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) e
//
// Gradient part of the pseudo linear multistep method, with the outputs of this step and the three before:
//
//   e' = (55 e_0 - 59 e_1 + 37 e_2 - 9 e_3)/24,   x_s = phi(x_t, e', t, s)
//
// F-PNDM (algorithm 2) starts with three pseudo Runge-Kutta steps, m = (t + s)/2 in the path's own time:
//
//   e_1 = eps(x_t, t)                        e_2 = eps(phi(x_t, e_1, t, m), m)
//   e_3 = eps(phi(x_t, e_2, t, m), m)        e_4 = eps(phi(x_t, e_3, t, s), s)
//   x_s = phi(x_t, (e_1 + 2 e_2 + 2 e_3 + e_4)/6, t, s)
//
// skip_prk: PLMS as in Stable Diffusion. The first step is e' = (e_t + eps(phi(x_t, e_t, t, s), s))/2, so that s is
// evaluated twice (there, and where the second step starts); the next two steps use Adams-Bashforth's weights for the
// two and three outputs that there are.
// The weights suit steps that are equal in r, and only there has the method order 4; elsewhere 2. The step from pure
// noise is DDIM's and leaves no output (r infinite); the step to the clean end is alpha_s x_0-hat.
#include "samplers/factories.h"
#include "samplers/solvers/adams_bashforth.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class Pndm final : public Solver {
 public:
  explicit Pndm(bool skip_prk) : skip_prk_(skip_prk) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("pndm", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_starting_steps(path, grid, prediction);
    history_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(ratio(path, estimate.t()), estimate.eps());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);

    const Tensor e_t = hat.eps();
    const RatioStep phi(path, st.t, st.s);
    Tensor x_s;
    if (!skip_prk_ && history_.size() < 3)
      x_s = pseudo_runge_kutta(trajectory, x, e_t);
    else if (history_.size() == 0)
      x_s = pseudo_heun(trajectory, x, e_t);
    else
      x_s = adams_bashforth_step(phi.of_x, x, phi.of_eps, e_t, history_);
    history_.add(ratio(path, st.t), e_t);
    return x_s;
  }

  int calls_per_step() const override { return 1; }  // 3 x 3 more at the start; 1 more with skip_prk

 private:
  // The first bounded steps, which evaluate at m and s too.
  void check_starting_steps(const Path& path, const Grid& grid, Prediction prediction) const {
    int left = skip_prk_ ? 1 : 3;
    for (int i = 0; i < grid.steps() && left > 0; ++i) {
      if (Step(path, grid[i], grid[i + 1]).unbounded()) continue;
      if (!skip_prk_) check_reads_at("pndm", path, middle(grid[i], grid[i + 1]), prediction, {Prediction::eps});
      check_reads_at("pndm", path, grid[i + 1], prediction, {Prediction::eps});
      --left;
    }
  }

  static Time middle(Time t, Time s) { return Time(t.value + 0.5 * (s.value - t.value)); }

  static Tensor pseudo_runge_kutta(Trajectory& trajectory, const Tensor& x, const Tensor& e_1) {
    const Time t = trajectory.from(), s = trajectory.to();
    const Time m = middle(t, s);
    const RatioStep half(trajectory.path(), t, m), whole(trajectory.path(), t, s);
    const Tensor e_2 = trajectory.evaluate(combine({{half.of_x, x}, {half.of_eps, e_1}}), m).eps();
    const Tensor e_3 = trajectory.evaluate(combine({{half.of_x, x}, {half.of_eps, e_2}}), m).eps();
    const Tensor e_4 = trajectory.evaluate(combine({{whole.of_x, x}, {whole.of_eps, e_3}}), s).eps();
    const double e = whole.of_eps;
    return combine({{whole.of_x, x}, {e / 6, e_1}, {e / 3, e_2}, {e / 3, e_3}, {e / 6, e_4}});
  }

  static Tensor pseudo_heun(Trajectory& trajectory, const Tensor& x, const Tensor& e_t) {
    const Time s = trajectory.to();
    const RatioStep phi(trajectory.path(), trajectory.from(), s);
    const Tensor e_s = trajectory.evaluate(combine({{phi.of_x, x}, {phi.of_eps, e_t}}), s).eps();
    return combine({{phi.of_x, x}, {0.5 * phi.of_eps, e_t}, {0.5 * phi.of_eps, e_s}});
  }

  bool skip_prk_;
  History history_{3};
};

const Register<Solver> pndm{
    {.name = "pndm",
     .order = "4 on grids uniform in sigma/alpha, elsewhere 2",
     .evaluations = "1 (4 in each of the first three steps; with skip_prk 2 in the first alone)",
     .paper = "Liu et al. 2022 (PNDM), section 3.3, algorithm 2 (F-PNDM)",
     .summary = "DDIM with an eps of Adams-Bashforth's weights for equal steps, started by pseudo Runge-Kutta steps.",
     .formula = "x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) e',  r = sigma/alpha,\n"
                "e' = (55 e_0 - 59 e_1 + 37 e_2 - 9 e_3)/24;  at the start (e_1 + 2 e_2 + 2 e_3 + e_4)/6",
     .parameters = {{.name = "skip_prk",
                     .default_value = false,
                     .meaning = "start as Stable Diffusion's PLMS: one pseudo Heun step, then orders 2 and 3"}},
     .orders = {{.order = 4, .clock = "ratio", .history = 3},
                {.order = 2, .clock = "lambda", .history = 3},
                {.order = 2, .clock = "lambda"},
                {.order = 2, .parameters = {{"skip_prk", true}}, .clock = "lambda"}}},
    [](const Parameters& parameters) { return std::make_unique<Pndm>(parameters.boolean("skip_prk")); }};

}  // namespace
}  // namespace ito
