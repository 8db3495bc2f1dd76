#include <algorithm>
#include <cstring>

#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

const GivenParameters kTight = {{"rtol", 1e-12}, {"atol", 1e-12}};

Tensor starts(std::int64_t n) { return initial_noise({n, 2}, DType::f64, 5); }

// The flow in long double, its error of order 4 taken out.
State truth(const Path& path, double t, double s, const State& x) {
  const State coarse = exact_flow(kTwoLumps, path, Time(t), Time(s), x, 800);
  const State fine = exact_flow(kTwoLumps, path, Time(t), Time(s), x, 1600);
  return sum({{16.0L / 15, fine}, {-1.0L / 15, coarse}});
}

TEST(DormandPrinceSolver, SolvesTheOdeToTheTolerance) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    const double t = name == "edm" ? 9.0 : 0.8, s = name == "edm" ? 0.1 : 0.2;
    expect_state(walked("dormand_prince", kTight, path, {t, s}), truth(*path, t, s, kStart), 1e-11, name);
    // The grid's inner times are stops and nothing else.
    expect_state(walked("dormand_prince", kTight, path, {t, 0.55 * t + 0.45 * s, 0.1 * t + 0.9 * s, s}),
                 truth(*path, t, s, kStart), 1e-11, name);
  }
}

// From pure noise to the clean end on Gaussian data N(m, v): x_0 = m + sqrt(v) x_1, since y = x there.
TEST(DormandPrinceSolver, WalksFromPureNoiseToTheCleanEnd) {
  for (const char* name : {"flow", "cosine", "trig"})
    for (const Prediction kind : {Prediction::sample, Prediction::v}) {
      const PathPtr path = make_path(name);
      const Tensor end = walk(*make_solver("dormand_prince", kTight), mixture_denoiser(kOneGaussian, path, kind), path,
                              Grid(*path, {1.0, 0.0}, "grid 'ends'"), Tensor::from(std::vector{0.9, -1.7}, {1, 2}));
      expect_state(end, {0.6L + 0.5L * 0.9L, -0.3L - 0.5L * 1.7L}, 2e-12, name);
    }
}

// Data that are one point, whose eps-hat does not vanish at the clean end.
TEST(DormandPrinceSolver, EndsOnSingularDataAsWell) {
  for (const char* name : {"flow", "vp"}) {
    const PathPtr path = make_path(name);
    const Denoiser point =
        make_denoiser("point", Prediction::sample, path, [](const Tensor& x, std::span<const double>, const Tensor&) {
          return Tensor::full(x.shape(), 0.7, DType::f64);
        });
    const Tensor end = walk(*make_solver("dormand_prince", kTight), point, path,
                            Grid(*path, {path->t_max().value, 0.0}, "grid 'ends'"), starts(20));
    for (const double value : end.span<double>()) EXPECT_NEAR(value, 0.7, 5e-11) << name;
  }
}

// Paths that end above sigma = 0: the ODE to that end, and x_0-hat from there.
TEST(DormandPrinceSolver, ClosesWithX0WhereThePathEndsBeforeTheCleanEnd) {
  const PathPtr path = make_path("edm");
  const State last = truth(*path, 3.0, 0.002, kStart);
  expect_state(walked("dormand_prince", kTight, path, {3.0, 0.0}), x0_of(*path, last, 0.002), 1e-9);
}

TEST(DormandPrinceSolver, ErrorIsInProportionToTheTolerance) {
  const PathPtr path = make_path("vp");
  const double t = 0.9, s = 0.05;
  const State exact = truth(*path, t, s, kStart);
  for (const double tolerance : {1e-4, 1e-6, 1e-8, 1e-10, 1e-12}) {
    const Tensor end = walked("dormand_prince", {{"rtol", tolerance}, {"atol", tolerance}}, path, {t, s});
    const double error = std::hypot(end.span<double>()[0] - static_cast<double>(exact[0]),
                                    end.span<double>()[1] - static_cast<double>(exact[1]));
    EXPECT_LE(error, 20 * tolerance);
    EXPECT_GE(error, 0.005 * tolerance);
  }
}

SampleResult drawn(const PathPtr& path, const Grid& grid, std::int64_t count, std::int64_t batch, DType dtype) {
  return sample(mixture_denoiser(kTwoLumps, path), path, grid, *make_solver("dormand_prince"),
                {.seed = 3, .count = count, .batch = batch, .shape = {2}, .dtype = dtype});
}

// Each sample has its own steps: their number and the bits do not depend on who else is in the batch.
TEST(DormandPrinceSolver, StepsArePerSampleAndNoBitDependsOnTheBatch) {
  const WithThreads one(1);
  for (const auto& [dtype, name] : {std::pair{DType::f32, "edm"}, std::pair{DType::f64, "flow"}}) {
    const PathPtr path = make_path(name);
    const Grid grid = make_grid("lambda", *path, 2);
    const SampleResult whole = drawn(path, grid, 1000, 0, dtype), alone = drawn(path, grid, 1000, 1, dtype);
    EXPECT_EQ(whole.evaluations_of, alone.evaluations_of);
    const auto [fewest, most] = std::minmax_element(whole.evaluations_of.begin(), whole.evaluations_of.end());
    EXPECT_LT(*fewest, *most) << "all samples took the same steps";
    with_float_type(dtype, [&, &all = whole.samples]<class T>() {
      EXPECT_EQ(std::memcmp(all.span<T>().data(), alone.samples.span<T>().data(), 2000 * sizeof(T)), 0);
    });
  }
}

// Step sizes go on across the grid's times: stopping costs an evaluation and a cut step, not a new search.
TEST(DormandPrinceSolver, CarriesItsStepsAcrossTheGrid) {
  const PathPtr path = make_path("vp");
  const auto evaluations = [&](int stops) {
    return drawn(path, make_grid("lambda", *path, stops), 50, 0, DType::f64).evaluations;
  };
  const std::int64_t unstopped = evaluations(1);
  EXPECT_LE(evaluations(5), unstopped + 4 * 7);
  // A step of six evaluations: the first slope, then whole steps.
  const auto each = drawn(path, make_grid("lambda", *path, 1), 50, 0, DType::f64).evaluations_of;
  EXPECT_GT(*std::min_element(each.begin(), each.end()), 12);
}

// One step of order 5 in each interval: 6 evaluations, and none of a step that is thrown away.
TEST(DormandPrinceSolver, WithoutAdaptionTakesTheGridsSteps) {
  const PathPtr path = make_path("flow");
  const Grid grid(*path, {0.9, 0.6, 0.35, 0.1}, "grid 'test'");
  const SampleResult fixed =
      sample(mixture_denoiser(kTwoLumps, path), path, grid, *make_solver("dormand_prince", {{"adaptive", false}}),
             {.count = 3, .shape = {2}, .dtype = DType::f64});
  EXPECT_EQ(fixed.evaluations_of, (std::vector<std::int64_t>(3, 18)));
}

TEST(DormandPrinceSolver, SaysWhenTheToleranceCannotBeMet) {
  const PathPtr path = make_path("flow");
  EXPECT_EQ(
      message_of([&] {
        walked("dormand_prince", {{"rtol", 1e-12}, {"atol", 1e-12}, {"max_steps", std::int64_t{20}}}, path, {0.9, 0.1});
      }),
      "dormand_prince: sample 0 of the batch needs more than 20 steps between times 0.9 and 0.1 (rtol 1e-12, "
      "atol 1e-12)");
  // A model that leaves the numbers half-way: no step is small enough.
  const Denoiser broken =
      make_denoiser("broken", Prediction::sample, path, [](const Tensor& x, std::span<const double> t, const Tensor&) {
        return Tensor::full(x.shape(), t[0] < 0.5 ? std::nan("") : 0.0, DType::f64);
      });
  const std::string said = message_of([&] {
    walk(*make_solver("dormand_prince"), broken, path, Grid(*path, {0.9, 0.1}, "grid 'test'"), starts(1));
  });
  EXPECT_EQ(said,
            "dormand_prince: sample 0 of the batch has come to steps as small as rounding: its tolerance cannot be met "
            "between times 0.9 and 0.1 (rtol 1e-05, atol 1e-05)");
  // Tolerances below rounding count as rounding's: a float run at rtol 0 ends.
  const SampleResult rounded =
      sample(mixture_denoiser(kTwoLumps, path), path, Grid(*path, {0.9, 0.1}, "grid 'test'"),
             *make_solver("dormand_prince", {{"rtol", 0.0}, {"atol", 0.0}}), {.count = 5, .shape = {2}});
  EXPECT_TRUE(all_finite(rounded.samples));
}

TEST(DormandPrinceSolver, RefusesANoisePredictionFromPureNoise) {
  const PathPtr path = make_path("flow");
  EXPECT_EQ(message_of([&] {
              walked("dormand_prince", {}, path, {1.0, 0.5}, Prediction::eps);
            }),
            "solver 'dormand_prince': on path 'flow' at time 1 (alpha 0, sigma 1) a predicted eps does not determine "
            "v; start the grid at a lower time (t_start), or use a model that predicts sample, v or velocity");
}

}  // namespace
}  // namespace ito
