#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters gamma(double value) { return {{"gamma", value}}; }

Tensor sampled(const std::string& solver, const GivenParameters& given, const PathPtr& path, const Grid& grid) {
  const SampleRequest request{.seed = 7, .count = 5, .shape = {2}, .dtype = DType::f64};
  return sample(mixture_denoiser(kTwoLumps, path), path, grid, *make_solver(solver, given), request).samples;
}

TEST(Tcd, GammaRunsFromDdimToLcm) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    const Grid grid(*path, {0.9, 0.7, 0.4, 0.2, path->clean_end().value}, "grid 'test'");
    expect_same(sampled("tcd", gamma(0.0), path, grid), sampled("ddim", {}, path, grid), 1e-14, name);
    expect_same(sampled("tcd", gamma(1.0), path, grid), sampled("lcm", {}, path, grid), 1e-14, name);
  }
}

// Algorithm 4 in the letters of the published code (abar), on vp.
TEST(Tcd, IsThePapersStep) {
  const PathPtr path = make_path("vp");
  const double t = 0.7, s = 0.5, over = 0.6 * s;
  const auto abar = [&](double time) { return powl(path->alpha(Time(time)), 2); };
  const State x0 = x0_of(*path, kStart, t), e = eps_of(*path, kStart, t);
  const State x_over = sum({{sqrtl(abar(over)), x0}, {sqrtl(1 - abar(over)), e}});
  const State x_s = sum({{sqrtl(abar(s) / abar(over)), x_over}, {sqrtl(1 - abar(s) / abar(over)) * 0.8L, {1, 1}}});
  const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
  const Grid grid(*path, {t, s, 0.2}, "grid 'two'");
  Trajectory trajectory(mixture_denoiser(kTwoLumps, path), path, grid, 1, {}, listed_noise({0.8, 0.0}, 1));
  const auto solver = make_solver("tcd", gamma(0.4));
  solver->start(*path, trajectory.grid(), trajectory.prediction());
  trajectory.begin_step(0);
  expect_state(solver->step(trajectory, x), x_s, 1e-14);
  // The last step is DDIM's, without noise.
  trajectory.begin_step(1);
  expect_same(solver->step(trajectory, x), walked("ddim", {}, path, {s, 0.2}), 1e-14);
}

// Of a plain denoiser, finer grids change the variance towards no law: at gamma = 0.3 what is left at 16 steps is left
// at 256.
TEST(Tcd, OfAPlainDenoiserDoesNotConverge) {
  const WithThreads one(1);
  const PathPtr path = make_path("vp");
  const auto error = [&](double g, int n) {
    const Grid grid = even_in_lambda(*path, 0.8, 0.05, n);
    return std::abs(law_by_probes(*make_solver("tcd", gamma(g)), path, grid, 1).variance -
                    marginal_variance_of(*path, grid.back()));
  };
  EXPECT_LT(error(0.0, 256), 0.1 * error(0.0, 16));
  EXPECT_GT(error(0.3, 256), 0.5 * error(0.3, 16));
  EXPECT_GT(error(0.3, 256), 0.02);
}

TEST(Tcd, RoundsToTrainingTimesOfClocksOnly) {
  const GivenParameters rounded = {{"training_times", std::int64_t{1000}}};
  const PathPtr edm = make_path("edm");
  EXPECT_EQ(
      message_of([&] { make_solver("tcd", rounded)->start(*edm, make_grid("karras", *edm, 4), Prediction::sample); }),
      "solver 'tcd': training_times rounds times of a clock on [0, 1]; path 'edm' ends at 80 (use "
      "training_times = 0)");
  const PathPtr path = make_path("vp");
  Time over;
  const Noise noise = [&](const NoiseRequest& request) {
    over = request.from;
    return Tensor::zeros_like(request.like);
  };
  walk(*make_solver("tcd", rounded), mixture_denoiser(kTwoLumps, path), path,
       Grid(*path, {0.8, 0.4, 0.1}, "grid 'two'"), Tensor::full({1, 2}, 0.3, DType::f64), noise);
  EXPECT_EQ(over.value, 0.28);  // index 399, 0.7 of it is 279.3
}

// s below the first training time: s' is s itself, and the step ddim's.
TEST(Tcd, RoundsNeverAboveS) {
  const PathPtr path = make_path("vp");
  const auto end = [&](const char* solver, const GivenParameters& given, const std::vector<double>& times) {
    return walk(*make_solver(solver, given), mixture_denoiser(kTwoLumps, path), path, Grid(*path, times, "grid 'test'"),
                Tensor::full({1, 2}, 0.3, DType::f64), counter_noise(3));
  };
  for (const auto& [T, s] : {std::pair<std::int64_t, double>{1000, 0.0006}, {100, 0.006}}) {
    const std::vector<double> times = {0.1, s, 0.5 * s};
    expect_same(end("tcd", {{"training_times", T}}, times), end("ddim", {}, times), 1e-14, std::to_string(s));
  }
}

}  // namespace
}  // namespace ito
