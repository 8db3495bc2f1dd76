#include "tests/samplers/golden/golden.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters order(std::int64_t p) { return {{"order", p}}; }

// One step by the paper's own lines (algorithms 4 and 5), e^h written out.
TEST(DpmSolver, IsItsPapersFormula) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    const double t = 0.8, s = 0.3;
    const auto alpha = [&](double u) -> long double { return path->alpha(Time(u)); };
    const auto sigma = [&](double u) -> long double { return path->sigma(Time(u)); };
    const long double lambda_t = -logl(ratio_of(*path, t)), h = -logl(ratio_of(*path, s)) - lambda_t;
    const auto at = [&](long double r) { return path->time(Lambda(static_cast<double>(lambda_t + r * h))).value; };
    const State e = eps_of(*path, kStart, t);
    // algorithm 4
    const long double r_1 = 0.5L;
    const double s_1 = at(r_1);
    const State u = sum({{alpha(s_1) / alpha(t), kStart}, {-sigma(s_1) * (expl(r_1 * h) - 1), e}});
    const State e_u = eps_of(*path, u, s_1);
    expect_state(walked("dpm_solver", {}, path, {t, s}),
                 sum({{alpha(s) / alpha(t), kStart},
                      {-sigma(s) * (expl(h) - 1), e},
                      {-sigma(s) / (2 * r_1) * (expl(h) - 1), sum({{1, e_u}, {-1, e}})}}),
                 1e-12, name);
    // algorithm 5
    const long double q_1 = 1 / 3.0L, q_2 = 2 / 3.0L;
    const double t_1 = at(q_1), t_2 = at(q_2);
    const State u_1 = sum({{alpha(t_1) / alpha(t), kStart}, {-sigma(t_1) * (expl(q_1 * h) - 1), e}});
    const State D_1 = sum({{1, eps_of(*path, u_1, t_1)}, {-1, e}});
    const State u_2 = sum({{alpha(t_2) / alpha(t), kStart},
                           {-sigma(t_2) * (expl(q_2 * h) - 1), e},
                           {-sigma(t_2) * q_2 / q_1 * ((expl(q_2 * h) - 1) / (q_2 * h) - 1), D_1}});
    const State D_2 = sum({{1, eps_of(*path, u_2, t_2)}, {-1, e}});
    expect_state(walked("dpm_solver", order(3), path, {t, s}),
                 sum({{alpha(s) / alpha(t), kStart},
                      {-sigma(s) * (expl(h) - 1), e},
                      {-sigma(s) / q_2 * ((expl(h) - 1) / h - 1), D_2}}),
                 1e-12, name);
  }
}

TEST(DpmSolver, OfOrderOneIsDdim) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    expect_same(walked("dpm_solver", order(1), path, {0.8, 0.5, 0.2}), walked("ddim", {}, path, {0.8, 0.5, 0.2}), 0.0,
                name);
  }
}

TEST(DpmSolver, FromPureNoiseIsDdim) {
  expect_ddim_from_pure_noise("dpm_solver", order(2));
  expect_ddim_from_pure_noise("dpm_solver", order(3));
}

TEST(DpmSolver, EvaluatesInsideTheStepAndOnceAtItsEnds) {
  const PathPtr path = make_path("edm");
  const Grid grid(*path, {8.0, 1.0, 0.0}, "grid 'test'");
  for (const std::int64_t p : {1, 2, 3}) {
    Trajectory trajectory(mixture_denoiser(kTwoLumps, path), path, grid, 1, {}, {});
    const auto solver = make_solver("dpm_solver", order(p));
    solver->start(*path, grid, Prediction::sample);
    Tensor x = Tensor::full({1, 2}, 0.5, DType::f64);
    for (int step = 0; step < 2; ++step) {
      trajectory.begin_step(step);
      x = solver->step(trajectory, x);
    }
    const std::vector<std::vector<double>> expected = {{8, 1}, {8, std::sqrt(8.0), 1}, {8, 4, 2, 1}};
    const std::vector<double>& times = trajectory.evaluated_times();
    ASSERT_EQ(times.size(), expected[static_cast<std::size_t>(p - 1)].size());
    for (std::size_t i = 0; i < times.size(); ++i)
      EXPECT_NEAR(times[i], expected[static_cast<std::size_t>(p - 1)][i], 1e-14);
    EXPECT_EQ(solver->calls_per_step(), p);
  }
}

// sample_dpm_fast of k-diffusion: equal steps of lambda, of order 3 but for the last ones, which spend what is left of
// the evaluations.
TEST(DpmSolver, MakesKDiffusionsDpmFast) {
  const NamedTensors& recorded = golden_file("k_diffusion/samplers.npz");
  const PathPtr path = ratio_path();
  const std::map<int, std::vector<std::int64_t>> orders = {{7, {3, 3, 1}}, {11, {3, 3, 3, 2}}, {12, {3, 3, 3, 2, 1}}};
  for (const auto& [evaluations, each] : orders) {
    const std::string name = "dpm_fast_" + std::to_string(evaluations);
    const Tensor& states = recorded.at(name + ".states");
    const double from = std::log(14.6), to = std::log(0.03), m = static_cast<double>(each.size());
    Tensor x = Tensor::from(row(states, 0), {1, states.dim(1)});
    for (std::size_t i = 0; i < each.size(); ++i) {
      const double k = static_cast<double>(i);
      const Grid step(*path, {std::exp(from + k / m * (to - from)), std::exp(from + (k + 1) / m * (to - from))},
                      "grid 'test'");
      x = walk(*make_solver("dpm_solver", order(each[i])), two_points(path, Prediction::sample), path, step, x);
    }
    const std::vector<double> expected = row(states, states.dim(0) - 1);
    expect_state(x, State(expected.begin(), expected.end()), 1e-9, name);
  }
}

TEST(DpmSolver, RefusesEpsOfPureNoise) {
  const PathPtr flow = make_path("flow");
  EXPECT_EQ(message_of([&] {
              walked("dpm_solver", {}, flow, {1.0, 0.5}, Prediction::eps);
            }).substr(0, 56),
            "solver 'dpm_solver': on path 'flow' at time 1 (alpha 0, ");
  EXPECT_NE(message_of([] { make_solver("dpm_solver", order(4)); }), "no error");
}

}  // namespace
}  // namespace ito
