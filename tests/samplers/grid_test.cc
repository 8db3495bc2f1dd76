#include "samplers/grid.h"

#include "tests/samplers/analytic.h"

namespace ito {
namespace {

std::vector<int> indices(const char* name, int n, GivenParameters given = {}, int T = 1000) {
  const Grid grid = make_grid(name, *make_path("ddpm_linear"), n, given);
  std::vector<int> list;
  for (int i = 0; i < grid.steps(); ++i) {
    const double place = grid[i].value * T - 1;
    list.push_back(static_cast<int>(std::lround(place)));
    EXPECT_NEAR(place, list.back(), 1e-9);
  }
  return list;
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

using Indices = std::vector<int>;

// The lists that diffusers 0.29 prints for DDIMScheduler(timestep_spacing=...).set_timesteps(n) with T = 1000.
TEST(Grids, TrainingIndicesAreThePublishedLists) {
  EXPECT_EQ(indices("leading", 10), (Indices{900, 800, 700, 600, 500, 400, 300, 200, 100, 0}));
  EXPECT_EQ(indices("leading", 7), (Indices{852, 710, 568, 426, 284, 142, 0}));
  EXPECT_EQ(indices("leading", 4, {{"offset", std::int64_t{1}}}), (Indices{751, 501, 251, 1}));
  EXPECT_EQ(indices("leading", 1), (Indices{0}));
  EXPECT_EQ(indices("trailing", 10), (Indices{999, 899, 799, 699, 599, 499, 399, 299, 199, 99}));
  EXPECT_EQ(indices("trailing", 7), (Indices{999, 856, 713, 570, 428, 285, 142}));
  EXPECT_EQ(indices("trailing", 3), (Indices{999, 666, 332}));
  EXPECT_EQ(indices("trailing", 1), (Indices{999}));
  EXPECT_EQ(indices("linspace", 10), (Indices{999, 888, 777, 666, 555, 444, 333, 222, 111, 0}));
  EXPECT_EQ(indices("linspace", 5), (Indices{999, 749, 500, 250, 0}));
  EXPECT_EQ(indices("linspace", 7), (Indices{999, 832, 666, 500, 333, 166, 0}));
  EXPECT_EQ(indices("linspace", 1), (Indices{999}));
  EXPECT_EQ(indices("linspace", 1000).size(), 1000u);
}

// Halves go to the even neighbour: 1000 - 3 1000/16 = 812.5 -> 812, index 811.
TEST(Grids, TiesGoToEven) {
  EXPECT_EQ(indices("trailing", 16),
            (Indices{999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61}));
  // i 999/(n-1) = k + 1/2: n = 3 gives 499.5 -> 500; n = 7: 166.5 -> 166, 499.5 -> 500, 832.5 -> 832.
  EXPECT_EQ(indices("linspace", 3), (Indices{999, 500, 0}));
}

TEST(Grids, TheFinalStepEndsCleanOrOnIndexZero) {
  const PathPtr path = make_path("ddpm_linear");
  EXPECT_EQ(make_grid("leading", *path, 10).back().value, 0.0);
  const GivenParameters first = {{"final", std::string("first")}};
  EXPECT_EQ(make_grid("trailing", *path, 10, first).back().value, 0.001);
  EXPECT_EQ(
      make_grid("leading", *path, 10, {{"final", std::string("first")}, {"offset", std::int64_t{1}}}).back().value,
      0.001);
  EXPECT_THROW(make_grid("leading", *path, 10, first), InputError);
  EXPECT_THROW(make_grid("linspace", *path, 10, first), InputError);
}

TEST(Grids, ImpossibleTrainingGridsAreRefused) {
  const PathPtr path = make_path("ddpm_linear");
  EXPECT_EQ(message_of([&] { make_grid("leading", *path, 0); }), "grid 'leading': steps is 0; expected at least 1");
  EXPECT_EQ(message_of([&] { make_grid("leading", *path, 1001); }),
            "grid 'leading': 1001 steps, but there are only 1000 training times");
  EXPECT_EQ(message_of([&] {
              make_grid("leading", *path, 1000, {{"offset", std::int64_t{1}}});
            }),
            "grid 'leading': training index 1000 is outside 0 to 999");
  EXPECT_EQ(
      message_of([&] { make_grid("trailing", *make_path("edm"), 10); }),
      "grid 'trailing': training times stand in [0, 1]; path 'edm' runs from 0.002 to 80 (uniform, lambda and karras "
      "serve it)");
  for (const char* name : {"leading", "trailing", "linspace"})
    for (int n = 1; n <= 1000; n += n < 60 ? 1 : 47)
      EXPECT_EQ(make_grid(name, *path, n).steps(), n) << name << " " << n;  // no index repeats
}

TEST(Grids, UniformIsUniformInTheClock) {
  const Grid flow = make_grid("uniform", *make_path("flow"), 4);
  EXPECT_EQ(flow.times(), (std::vector<double>{1, 0.75, 0.5, 0.25, 0}));
  const Grid edm = make_grid("uniform", *make_path("edm"), 4);
  EXPECT_EQ(edm.times(), (std::vector<double>{80, 60, 40, 20, 0}));
  const Grid part = make_grid("uniform", *make_path("vp"), 2, {{"t_start", 0.5}, {"t_end", 0.1}});
  EXPECT_EQ(part.front().value, 0.5);
  EXPECT_DOUBLE_EQ(part[1].value, 0.3);
  EXPECT_EQ(part.back().value, 0.1);
  EXPECT_EQ(make_grid("uniform", *make_path("vp"), 1).times(), (std::vector<double>{1, 0}));
}

TEST(Grids, LambdaIsUniformInLambda) {
  for (const std::string& name : testing_support::all_paths()) {
    const PathPtr path = make_path(name);
    const Grid grid = make_grid("lambda", *path, 9);
    EXPECT_EQ(grid.back().value, path->clean_end().value) << name;
    EXPECT_EQ(path->sigma(grid.back()), 0.0) << name;
    const double h = path->lambda(grid[1]).value - path->lambda(grid[0]).value;
    // Near t = 1 a path may fall faster than an ULP of the clock resolves: |lambda'| = g^2/(2 sigma^2).
    const auto clock_error = [&](int i) {
      const double sigma = path->sigma(grid[i]);
      return 1e-16 * path->diffusion_squared(grid[i]) / (2 * sigma * sigma);
    };
    for (int i = 0; i + 2 < grid.steps(); ++i)
      EXPECT_NEAR(path->lambda(grid[i + 1]).value - path->lambda(grid[i]).value, h,
                  1e-11 + clock_error(i) + clock_error(i + 1) + clock_error(1))
          << name << i;
    const Grid open = make_grid("lambda", *path, 9, {{"final", std::string("end")}});
    EXPECT_EQ(open.steps(), 9);
    EXPECT_EQ(open.back().value, path->clean_at_min() ? 0.001 : path->t_min().value) << name;
    EXPECT_EQ(make_grid("lambda", *path, 1).steps(), 1);
  }
  EXPECT_EQ(make_grid("lambda", *make_path("flow"), 3).front().value, 0.999);
  EXPECT_EQ(make_grid("lambda", *make_path("vp"), 3).front().value, 1.0);
  EXPECT_EQ(message_of([] {
              make_grid("lambda", *make_path("flow"), 3, {{"t_start", 1.0}});
            }),
            "grid 'lambda' on path 'flow': lambda is -inf at t_start 1 and 6.906754778648554 at t_end 0.001; expected "
            "finite ends");
}

// The ends may be given as noise levels, so that grids on different paths stand at the same lambdas.
TEST(Grids, LambdaBetweenGivenNoiseLevelsIsTheSameOnEveryPath) {
  const GivenParameters levels = {{"sigma_max", 14.6}, {"sigma_min", 0.02}};
  for (const std::string& name : testing_support::all_paths()) {
    const PathPtr path = make_path(name);
    const Grid grid = make_grid("lambda", *path, 8, levels);
    for (int i = 0; i < 8; ++i)
      EXPECT_NEAR(path->lambda(grid[i]).value, -std::log(14.6) + i / 7.0 * (std::log(14.6) - std::log(0.02)), 1e-11)
          << name << " " << i;
    EXPECT_EQ(path->sigma(grid.back()), 0.0) << name;
    GivenParameters open = levels;
    open["final"] = std::string("end");
    EXPECT_NEAR(path->lambda(make_grid("lambda", *path, 8, open).back()).value, -std::log(0.02), 1e-12) << name;
  }
  EXPECT_EQ(message_of([] {
              make_grid("lambda", *make_path("vp"), 3, {{"t_start", 0.9}, {"sigma_max", 10.0}});
            }),
            "grid 'lambda': t_start and sigma_max are both given; expected one of them");
  EXPECT_THROW(make_grid("lambda", *make_path("vp"), 3, {{"sigma_max", 1000.0}}), InputError);
  EXPECT_THROW(make_grid("lambda", *make_path("vp"), 3, {{"sigma_max", 1.0}, {"sigma_min", 2.0}}), InputError);
}

// Where noise is left at t = 0 (ve, laplace) every grid that ends clean ends beyond the clock.
TEST(Grids, TheCleanEndIsAppendedWhereTheClockHasNone) {
  for (const char* name : {"ve", "laplace"}) {
    const PathPtr path = make_path(name);
    for (const char* grid : {"uniform", "lambda", "karras", "leading", "trailing", "linspace"})
      for (const int n : {1, 2, 10}) {
        const Grid made = make_grid(grid, *path, n);
        EXPECT_EQ(made.steps(), n) << grid << " on " << name;
        EXPECT_EQ(made.back().value, kBeyondTheClock) << grid << " on " << name;
        EXPECT_EQ(path->sigma(made.back()), 0.0) << grid << " on " << name;
        EXPECT_GE(made[n - 1].value, 0.0) << grid << " on " << name;
      }
    EXPECT_THROW(Grid(*path, {kBeyondTheClock, 0.0}, "g"), InputError);
    EXPECT_THROW(Grid(*path, {1.0, kBeyondTheClock, kBeyondTheClock}, "g"), InputError);
    EXPECT_THROW(Grid(*make_path("vp"), {1.0, kBeyondTheClock}, "g"), InputError);
    EXPECT_NO_THROW(Grid(*path, {1.0, 0.0, kBeyondTheClock}, "g"));
  }
  // ve's noise is geometric in t: the lambda grid is score_sde's list of N sigmas, then its denoising step.
  const PathPtr ve = make_path("ve");
  const Grid grid = make_grid("lambda", *ve, 11);
  for (int i = 0; i <= 10; ++i)
    EXPECT_NEAR(ve->sigma(grid[i]) / (0.01 * std::pow(5000.0, 1 - i / 10.0)), 1.0, 1e-13) << i;
  EXPECT_EQ(make_grid("uniform", *ve, 2, {{"t_end", 0.5}}).times(), (std::vector<double>{1, 0.75, 0.5}));
}

// Karras et al. 2022, eq. 5 with rho 7, 18 steps: the published list starts 80, 57.586, 40.786 and ends 0.002, 0.
TEST(Grids, KarrasIsThePublishedList) {
  const Grid grid = make_grid("karras", *make_path("edm"), 18);
  ASSERT_EQ(grid.steps(), 18);
  for (int i = 0; i < 18; ++i) {
    const long double root = powl(80.0L, 1 / 7.0L) + i / 17.0L * (powl(0.002L, 1 / 7.0L) - powl(80.0L, 1 / 7.0L));
    EXPECT_NEAR(grid[i].value / static_cast<double>(powl(root, 7)), 1.0, 1e-13) << i;
  }
  EXPECT_NEAR(grid[1].value, 57.5860, 5e-4);
  EXPECT_NEAR(grid[2].value, 40.7856, 5e-4);
  EXPECT_EQ(grid.back().value, 0.0);
  EXPECT_NEAR(make_grid("karras", *make_path("edm"), 1).front().value, 80.0, 1e-11);
  // On another path: in sigma/alpha.
  const PathPtr vp = make_path("vp");
  const Grid on_vp = make_grid("karras", *vp, 5, {{"rho", 1.0}, {"sigma_max", 10.0}, {"sigma_min", 2.0}});
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(std::exp(-vp->lambda(on_vp[i]).value), 10.0 - 2.0 * i, 1e-12) << i;
  EXPECT_THROW(make_grid("karras", *vp, 5, {{"sigma_max", 1000.0}}), InputError);
  EXPECT_THROW(make_grid("karras", *vp, 5, {{"sigma_max", 1.0}, {"sigma_min", 2.0}}), InputError);
}

TEST(Grids, OnlyFallingTimesInsideThePathAreAGrid) {
  const PathPtr vp = make_path("vp"), edm = make_path("edm");
  EXPECT_NO_THROW(Grid(*vp, {1.0, 0.5, 0.0}, "grid 'given'"));
  EXPECT_NO_THROW(Grid(*edm, {80.0, 0.002, 0.0}, "grid 'given'"));
  EXPECT_EQ(message_of([&] { Grid(*vp, {0.5}, "grid 'given'"); }),
            "grid 'given' on path 'vp': it has 1 times; expected at least 2");
  EXPECT_EQ(message_of([&] {
              Grid(*vp, {0.5, 0.5, 0.1}, "grid 'given'");
            }),
            "grid 'given' on path 'vp': times must fall, but time 1 is 0.5 after 0.5");
  EXPECT_EQ(message_of([&] {
              Grid(*vp, {0.5, 0.6}, "grid 'given'");
            }),
            "grid 'given' on path 'vp': times must fall, but time 1 is 0.6 after 0.5");
  EXPECT_EQ(message_of([&] {
              Grid(*vp, {1.5, 0.6}, "grid 'given'");
            }),
            "grid 'given' on path 'vp': time 0 is 1.5; expected 0 to 1");
  EXPECT_THROW(Grid(*vp, {0.5, std::nan("")}, "g"), InputError);
  EXPECT_THROW(Grid(*vp, {0.5, -0.1}, "g"), InputError);
  EXPECT_THROW(Grid(*edm, {0.001, 0.0}, "g"), InputError);
  EXPECT_THROW(Grid(*edm, {80.0, 0.001}, "g"), InputError);
  EXPECT_THROW(Grid(*edm, {80.0, 0.0, 0.002}, "g"), InputError);
}

}  // namespace
}  // namespace ito
