// diffusers' habits, for golden data. The lists were printed by diffusers 0.42.1 (T = 1000, numpy 2.4), those of sigma
// recomputed in float64: numpy.interp(linspace(0, T-1, n)[::-1], arange(T), sqrt((1 - abar)/abar)).
#include "tests/samplers/grids/support.h"

namespace ito {
namespace {

using namespace testing_support;

const GivenParameters kMultistep = {{"compat", std::string("multistep")}}, kEuler = {{"compat", std::string("euler")}};

TEST(TrainingTimeGrids, MultistepSolversLeaveTheLowestOfOneMoreOut) {
  EXPECT_EQ(training_indices("linspace", 1, kMultistep), (Indices{999}));
  EXPECT_EQ(training_indices("linspace", 7, kMultistep), (Indices{999, 856, 714, 571, 428, 285, 143}));
  EXPECT_EQ(training_indices("leading", 1, kMultistep), (Indices{500}));
  EXPECT_EQ(training_indices("leading", 7, kMultistep), (Indices{875, 750, 625, 500, 375, 250, 125}));
  GivenParameters with_offset = kMultistep;
  with_offset["offset"] = std::int64_t{1};
  EXPECT_EQ(training_indices("leading", 3, with_offset), (Indices{751, 501, 251}));
  EXPECT_EQ(message_of([] { make_grid("leading", *make_path("vp"), 1000, kMultistep); }),
            "grid 'leading': 1000 steps (and one left out), but there are only 1000 training times");
  EXPECT_EQ(make_grid("leading", *make_path("vp"), 999, kMultistep).steps(), 999);
}

TEST(TrainingTimeGrids, EulerInterpolatesSigma) {
  const PathPtr path = make_path("ddpm_linear");
  const Grid grid = make_grid("linspace", *path, 7, kEuler);
  const std::vector<double> sigmas = {157.40728081040757, 33.66372652573973,  9.488920229525215,   3.433551865784932,
                                      1.4623566969975688, 0.5856083686963109, 0.010000500037502575};
  ASSERT_EQ(grid.steps(), 7);
  for (int i = 0; i < 7; ++i)
    EXPECT_NEAR(std::exp(-path->lambda(grid[i]).value) / sigmas[static_cast<std::size_t>(i)], 1.0, 1e-11) << i;
  EXPECT_EQ(grid.back().value, 0.0);
  // One step is a step from training index 0: almost no noise.
  EXPECT_EQ(make_grid("linspace", *path, 1, kEuler).times(), (std::vector<double>{0.001, 0.0}));
  // Pure noise at the last index does not meet the interpolation.
  for (const int n : {2, 7, 1000})
    EXPECT_EQ(make_grid("linspace", *make_path("zero_terminal_snr"), n, kEuler).steps(), n);
  EXPECT_THROW(make_grid("linspace", *make_path("edm"), 7, kEuler), InputError);
  GivenParameters first = kEuler;
  first["final"] = std::string("first");
  EXPECT_THROW(make_grid("linspace", *path, 7, first), InputError);
}

// Every n, by whole numbers: round(p/q) with ties to even. Against ties upwards it matters at 62 n for trailing and 175
// for linspace (166 in numpy, whose linspace misses some ties by rounding).
TEST(TrainingTimeGrids, RoundToNearestTiesToEven) {
  constexpr int T = 1000;
  const auto nearest_even = [](int p, int q) {
    const int low = p / q, twice = 2 * (p % q);
    return low + (twice > q || (twice == q && low % 2 == 1) ? 1 : 0);
  };
  const auto nearest_up = [](int p, int q) { return (2 * p + q) / (2 * q); };
  int trailing_ties = 0, linspace_ties = 0;
  for (int n = 1; n <= T; ++n) {
    Indices trailing, linspace, trailing_up, linspace_up;
    for (int i = 0; i < n; ++i) {
      trailing.push_back(nearest_even(T * n - i * T, n) - 1);
      trailing_up.push_back(nearest_up(T * n - i * T, n) - 1);
      linspace.push_back(n == 1 ? T - 1 : nearest_even((n - 1 - i) * (T - 1), n - 1));
      linspace_up.push_back(n == 1 ? T - 1 : nearest_up((n - 1 - i) * (T - 1), n - 1));
    }
    trailing_ties += trailing != trailing_up;
    linspace_ties += linspace != linspace_up;
    if (n > 200 && n % 7 != 0) continue;  // the grids themselves, of many n
    EXPECT_EQ(training_indices("trailing", n), trailing) << n;
    EXPECT_EQ(training_indices("linspace", n), linspace) << n;
  }
  EXPECT_EQ(trailing_ties, 62);
  EXPECT_EQ(linspace_ties, 175);
}

// diffusers counts trailing indices by numpy.arange(T, 0, -T/n), whose rounding gives n + 1 of them at 62 of the n up
// to 1000, the last of them -1: at n = 61 .. 15, -1. Ours are n, and end where they should.
TEST(TrainingTimeGrids, TrailingHasAsManyTimesAsSteps) {
  const Indices list = training_indices("trailing", 61);
  ASSERT_EQ(list.size(), 61u);
  EXPECT_EQ(Indices(list.begin(), list.begin() + 8), (Indices{999, 983, 966, 950, 933, 917, 901, 884}));
  EXPECT_EQ(list.back(), 15);
  for (const int n : {103, 121, 122, 201, 206, 217, 223, 227, 233})
    EXPECT_EQ(training_indices("trailing", n).size(), static_cast<std::size_t>(n));
}

// diffusers 0.42.1, EulerDiscreteScheduler on Stable Diffusion's schedule with use_karras_sigmas, and with
// use_exponential_sigmas (the same list as DPM-Solver's use_lu_lambdas), n = 6; recomputed by numpy 2.4 in float64.
TEST(SigmaGrids, AreDiffusersKarrasAndExponentialLists) {
  const PathPtr path = make_path("scaled_linear");
  const std::vector<double> karras = {14.614641229333643, 6.082149208471242,  2.232154544358539,
                                      0.6925703768065329, 0.1697565757572342, 0.02916715815172038};
  const std::vector<double> exponential = {14.614641229333637, 4.215114244752603,   1.2157115469009985,
                                           0.3506321488458646, 0.10112835081452129, 0.029167158151720367};
  for (const auto& [name, sigmas] : {std::pair("karras", karras), std::pair("lambda", exponential)}) {
    const Grid grid = make_grid(name, *path, 6);
    for (int i = 0; i < 6; ++i)
      EXPECT_NEAR(std::exp(-path->lambda(grid[i]).value) / sigmas[static_cast<std::size_t>(i)], 1.0, 1e-11)
          << name << " " << i;
    EXPECT_EQ(grid.back().value, 0.0) << name;
  }
}

}  // namespace
}  // namespace ito
