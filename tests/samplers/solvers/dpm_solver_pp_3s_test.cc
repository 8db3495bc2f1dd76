#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// DPM-Solver's algorithm 5 with -h, sigma and alpha in each other's place, and x_0 for eps.
TEST(DpmSolverPp3S, IsAlgorithm5InX0) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    const double t = 0.8, s = 0.3;
    const auto alpha = [&](double u) -> long double { return path->alpha(Time(u)); };
    const auto sigma = [&](double u) -> long double { return path->sigma(Time(u)); };
    const long double lambda_t = -logl(ratio_of(*path, t)), h = -logl(ratio_of(*path, s)) - lambda_t;
    const long double r_1 = 1 / 3.0L, r_2 = 2 / 3.0L;
    const auto at = [&](long double r) { return path->time(Lambda(static_cast<double>(lambda_t + r * h))).value; };
    const double s_1 = at(r_1), s_2 = at(r_2);
    const State m = x0_of(*path, kStart, t);
    const State u_1 = sum({{sigma(s_1) / sigma(t), kStart}, {-alpha(s_1) * (expl(-r_1 * h) - 1), m}});
    const State D_1 = sum({{1, x0_of(*path, u_1, s_1)}, {-1, m}});
    const State u_2 = sum({{sigma(s_2) / sigma(t), kStart},
                           {-alpha(s_2) * (expl(-r_2 * h) - 1), m},
                           {alpha(s_2) * r_2 / r_1 * ((expl(-r_2 * h) - 1) / (r_2 * h) + 1), D_1}});
    const State D_2 = sum({{1, x0_of(*path, u_2, s_2)}, {-1, m}});
    expect_state(walked("dpm_solver_pp_3s", {}, path, {t, s}),
                 sum({{sigma(s) / sigma(t), kStart},
                      {-alpha(s) * (expl(-h) - 1), m},
                      {alpha(s) / r_2 * ((expl(-h) - 1) / h + 1), D_2}}),
                 1e-13, name);
  }
}

TEST(DpmSolverPp3S, FromPureNoiseIsDdim) {
  const PathPtr path = make_path("trig");
  expect_same(walked("dpm_solver_pp_3s", {}, path, {1.0, 0.6}), walked("ddim", {}, path, {1.0, 0.6}), 1e-15);
}

}  // namespace
}  // namespace ito
