#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// sample_dpm_2 of k-diffusion, on the state x/alpha at sigma/alpha: log sigma_mid is the mean of the logs.
TEST(Dpm2Solver, IsKDiffusionsFormulaOnEveryPathsOwnState) {
  for (const char* name : {"edm", "vp", "flow", "cosine"}) {
    const PathPtr path = make_path(name);
    const double t = 0.8, s = 0.3;
    const long double alpha_t = path->alpha(Time(t)), alpha_s = path->alpha(Time(s));
    const long double r_t = ratio_of(*path, t), r_s = ratio_of(*path, s), r_m = std::exp((logl(r_t) + logl(r_s)) / 2);
    const auto d = [](const State& x, long double r) {
      return sum({{1 / r, x}, {-1 / r, posterior_mean(kTwoLumps, 1, r, x)}});
    };
    const State y = sum({{1 / alpha_t, kStart}}), y_m = sum({{1, y}, {r_m - r_t, d(y, r_t)}});
    const State y_s = sum({{1, y}, {r_s - r_t, d(y_m, r_m)}});
    expect_state(walked("dpm_2", {}, path, {t, s}), sum({{alpha_s, y_s}}), 1e-13, name);
  }
}

TEST(Dpm2Solver, EvaluatesAtTheGeometricMean) {
  const PathPtr path = make_path("edm");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {8.0, 2.0, 0.0}, "grid 'test'");
  Trajectory trajectory(model, path, grid, 1, {}, {});
  const auto solver = make_solver("dpm_2");
  solver->start(*path, grid, Prediction::sample);
  Tensor x = Tensor::full({1, 2}, 0.5, DType::f64);
  for (int step = 0; step < 2; ++step) {
    trajectory.begin_step(step);
    x = solver->step(trajectory, x);
  }
  ASSERT_EQ(trajectory.evaluated_times().size(), 3u);
  EXPECT_NEAR(trajectory.evaluated_times()[1], 4.0, 1e-14);
  EXPECT_EQ(trajectory.evaluated_times()[2], 2.0);
  EXPECT_EQ(solver->calls_per_step(), 2);
}

TEST(Dpm2Solver, FromPureNoiseIsDdim) { expect_ddim_from_pure_noise("dpm_2", {}); }

}  // namespace
}  // namespace ito
