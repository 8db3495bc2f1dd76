#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// Kutta's method on dx/dt = u(x, t).
State kutta(const Path& path, const State& x, double t, double s) {
  const long double h = static_cast<long double>(s) - t;
  const double m = t + (s - t) / 2;
  const State k_1 = velocity_of(path, x, t);
  const State k_2 = velocity_of(path, sum({{1, x}, {h / 2, k_1}}), m);
  const State k_3 = velocity_of(path, sum({{1, x}, {h / 2, k_2}}), m);
  const State k_4 = velocity_of(path, sum({{1, x}, {h, k_3}}), s);
  return sum({{1, x}, {h / 6, k_1}, {h / 3, k_2}, {h / 3, k_3}, {h / 6, k_4}});
}

TEST(Rk4Solver, IsItsFormulaAndOnFlowStartsAtPureNoise) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    expect_state(walked("rk4", {}, path, {0.8, 0.3}), kutta(*path, kStart, 0.8, 0.3), 1e-13, name);
  }
  const PathPtr flow = make_path("flow");
  expect_state(walked("rk4", {}, flow, {1.0, 0.6, 0.2}), kutta(*flow, kutta(*flow, kStart, 1.0, 0.6), 0.6, 0.2), 1e-13);
}

// 4 evaluations a step, at t, m, m and s; 1 in the step to the clean end.
TEST(Rk4Solver, EvaluatesInsideItsStep) {
  const PathPtr path = make_path("flow");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.75, 0.25, 0.0}, "grid 'test'");
  Trajectory trajectory(model, path, grid, 1, {}, {});
  const auto solver = make_solver("rk4");
  solver->start(*path, grid, Prediction::sample);
  Tensor x = Tensor::full({1, 2}, 0.5, DType::f64);
  for (int step = 0; step < 2; ++step) {
    trajectory.begin_step(step);
    x = solver->step(trajectory, x);
  }
  EXPECT_EQ(trajectory.evaluated_times(), (std::vector<double>{0.75, 0.5, 0.5, 0.25, 0.25}));
  EXPECT_EQ(solver->calls_per_step(), 4);
}

// With u = u(t) alone it is Simpson's rule: exact for cubics in t. x = 0 and eps-hat = p(t) on edm, where u = eps-hat.
TEST(Rk4Solver, IsSimpsonsRuleWhereTheVelocityDoesNotDependOnTheState) {
  const PathPtr path = make_path("edm");
  const Denoiser cubic =
      make_denoiser("cubic", Prediction::eps, path, [](const Tensor& x, std::span<const double> times, const Tensor&) {
        const double t = times[0];
        return Tensor::full(x.shape(), 1 - t + 3 * t * t - 2 * t * t * t, DType::f64);
      });
  const Tensor end =
      walk(*make_solver("rk4"), cubic, path, Grid(*path, {2.0, 1.0}, "grid 'test'"), Tensor::zeros({1, 1}, DType::f64));
  const auto integral = [](double t) { return t - t * t / 2 + t * t * t - t * t * t * t / 2; };
  EXPECT_NEAR(end.item(), integral(1.0) - integral(2.0), 1e-14);
}

TEST(Rk4Solver, RefusesAClippedPath) {
  const PathPtr sigmoid = make_path("sigmoid");
  EXPECT_EQ(message_of([&] {
              walked("rk4", {}, sigmoid, {1.0, 0.5});
            }),
            "solver 'rk4': the path 'sigmoid' is clipped at time 1 and does not move there; start the grid at a lower "
            "time (t_start)");
}

}  // namespace
}  // namespace ito
