#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(FlowHeunSolver, IsHeunOnFlow) {
  const PathPtr path = make_path("flow");
  const std::vector<double> times = {1.0, 0.8, 0.45, 0.1, 0.0};
  for (const Prediction kind : {Prediction::sample, Prediction::v, Prediction::velocity})
    expect_same(walked("flow_heun", {}, path, times, kind), walked("heun", {}, path, times, kind), 1e-15);
}

TEST(FlowHeunSolver, IsItsFormula) {
  const PathPtr path = make_path("flow");
  const double t = 0.7, s = 0.4;
  const auto u = [&](const State& x, double time) {
    return sum({{1, eps_of(*path, x, time)}, {-1, x0_of(*path, x, time)}});
  };
  const State u_t = u(kStart, t), u_s = u(sum({{1, kStart}, {s - t, u_t}}), s);
  expect_state(walked("flow_heun", {}, path, {t, s}), sum({{1, kStart}, {(s - t) / 2, u_t}, {(s - t) / 2, u_s}}),
               1e-14);
}

TEST(FlowHeunSolver, RefusesOtherPaths) {
  EXPECT_EQ(message_of([&] {
              walked("flow_heun", {}, make_path("vp"), {0.7, 0.4});
            }),
            "solver 'flow_heun' walks the path 'flow', not 'vp'; there heun (in time) or edm_heun (in sigma/alpha) "
            "serve");
  EXPECT_EQ(make_solver("flow_heun")->calls_per_step(), 2);
}

}  // namespace
}  // namespace ito
