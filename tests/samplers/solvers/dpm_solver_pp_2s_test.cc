#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// Algorithm 1's lines, with e^{-h} written out.
TEST(DpmSolverPp2S, IsItsPapersFormula) {
  for (const char* name : {"vp", "flow", "edm", "cosine"})
    for (const double r : {0.5, 0.7}) {
      const PathPtr path = make_path(name);
      const double t = 0.8, s = 0.3;
      const auto alpha = [&](double u) -> long double { return path->alpha(Time(u)); };
      const auto sigma = [&](double u) -> long double { return path->sigma(Time(u)); };
      const long double lambda_t = -logl(ratio_of(*path, t)), h = -logl(ratio_of(*path, s)) - lambda_t;
      const double s_1 = path->time(Lambda(static_cast<double>(lambda_t + r * h))).value;
      const State x0_t = x0_of(*path, kStart, t);
      const State u = sum({{sigma(s_1) / sigma(t), kStart}, {-alpha(s_1) * (expl(-r * h) - 1), x0_t}});
      const State D = sum({{1 - 1 / (2 * r), x0_t}, {1 / (2 * r), x0_of(*path, u, s_1)}});
      expect_state(walked("dpm_solver_pp_2s", {{"r", r}}, path, {t, s}),
                   sum({{sigma(s) / sigma(t), kStart}, {-alpha(s) * (expl(-h) - 1), D}}), 1e-13, name);
    }
}

// At r = 1 the second evaluation stands at the step's end, and nothing is asked of times outside the path.
TEST(DpmSolverPp2S, ReachesTheEndOfTheClock) {
  const PathPtr path = make_path("ve");
  EXPECT_TRUE(all_finite(walked("dpm_solver_pp_2s", {{"r", 1.0}}, path, {1.0, 0.5, 0.0})));
}

TEST(DpmSolverPp2S, FromPureNoiseIsDdim) {
  const PathPtr path = make_path("trig");
  expect_same(walked("dpm_solver_pp_2s", {}, path, {1.0, 0.6}), walked("ddim", {}, path, {1.0, 0.6}), 1e-15);
  expect_same(walked("dpm_solver_pp_2s", {}, path, {1.0, 0.6}, Prediction::v), walked("ddim", {}, path, {1.0, 0.6}),
              1e-15);
}

}  // namespace
}  // namespace ito
