#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(MidpointSolver, IsItsFormula) {
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const double t = 0.8, s = 0.3, m = 0.55;
    const State x_m = sum({{1, kStart}, {(s - t) / 2, velocity_of(*path, kStart, t)}});
    const State x_s = sum({{1, kStart}, {s - t, velocity_of(*path, x_m, m)}});
    expect_state(walked("midpoint", {}, path, {t, s}), x_s, 1e-13, name);
  }
}

TEST(MidpointSolver, StartsAtPureNoiseInThePathsOwnTime) {
  const PathPtr path = make_path("flow");
  const State x_m = sum({{1, kStart}, {-0.25L, velocity_of(*path, kStart, 1.0)}});
  const State x_s = sum({{1, kStart}, {-0.5L, velocity_of(*path, x_m, 0.75)}});
  expect_state(walked("midpoint", {}, path, {1.0, 0.5}), x_s, 1e-13);
}

TEST(MidpointSolver, RefusesAClippedPathAndCountsItsCalls) {
  const PathPtr laplace = make_path("laplace");
  EXPECT_EQ(message_of([&] {
              walked("midpoint", {}, laplace, {1.0, 0.5});
            }),
            "solver 'midpoint': the path 'laplace' is clipped at time 1 and does not move there; start the grid at a "
            "lower time (t_start)");
  EXPECT_EQ(make_solver("midpoint")->calls_per_step(), 2);
}

}  // namespace
}  // namespace ito
