#include <algorithm>

#include "samplers/exact/sampler_law.h"
#include "samplers/grids/minimise.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

const std::vector<double> kVariances = {30, 4, 1, 0.3, 0.05, 0.004};

// The exact error that a grid gives a solver on the data N(0, diag(kVariances)).
double error_on(const PathPtr& path, const Grid& grid, const std::string& solver, bool by_kl = false) {
  const DiagonalGaussian data{std::vector<double>(kVariances.size(), 0.0), kVariances};
  const auto made = make_solver(solver);
  const DiagonalGaussian end = sampler_law(diagonal_denoiser(data, path), path, grid, *made,
                                           noise_law(*path, grid, kVariances.size()), {.solver = solver})
                                   .end;
  const DiagonalGaussian target = diffused(data, {path->alpha(grid.back()), path->sigma(grid.back())});
  return by_kl ? kl_divergence(end, target) : w2_distance(end, target);
}

GivenParameters with(GivenParameters given, const std::string& name, Value value) {
  given[name] = std::move(value);
  return given;
}

TEST(OptimalGrid, IsNeverWorseThanTheOthersWithItsEnds) {
  const WithThreads one(1);
  for (const char* name : {"vp", "flow", "edm", "cosine"})
    for (const char* solver : {"ddim", "dpm_solver_pp_2m", "ddpm"})
      for (const int n : {1, 2, 3, 6, 12}) {
        const PathPtr path = make_path(name);
        const std::string where = std::string(name) + " " + solver + " " + std::to_string(n);
        const Grid grid = make_grid("optimal", *path, n, {{"solver", std::string(solver)}, {"variances", kVariances}});
        const double found = error_on(path, grid, solver);
        EXPECT_EQ(grid.steps(), n) << where;
        const double t_start = make_grid("lambda", *path, 2).front().value;
        EXPECT_EQ(grid.front().value, t_start) << where;
        EXPECT_EQ(grid.back().value, path->clean_end().value) << where;
        double best = 1e300;
        for (const auto& [other, given] : std::vector<std::pair<std::string, GivenParameters>>{
                 {"karras", {}}, {"lambda", {}}, {"uniform", {{"t_start", t_start}}}})
          best = std::min(best, error_on(path, make_grid(other, *path, n, given), solver));
        EXPECT_LE(found, best * (1 + 1e-9)) << where;
        if (n == 6 && std::string(solver) == "ddim") {
          EXPECT_LT(found, 0.9 * best) << where;
        }
      }
}

// One free time: the whole curve, looked at.
TEST(OptimalGrid, OfTwoStepsIsTheMinimumOfAScan) {
  const WithThreads one(1);
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const Grid grid = make_grid("optimal", *path, 2, {{"variances", kVariances}});
    double least = 1e300;
    const double low = path->lambda(grid.front()).value, high = low + 12;
    for (int i = 1; i < 4000; ++i) {
      const double lambda = low + (high - low) * i / 4000;
      if (lambda > 6) break;  // t_end, 0.001 on these paths or beyond
      const Grid tried(*path, {grid.front().value, path->time(Lambda(lambda)).value, grid.back().value}, "scan");
      least = std::min(least, error_on(path, tried, "ddim"));
    }
    const double found = error_on(path, grid, "ddim");
    EXPECT_LE(found, least * (1 + 1e-9)) << name;
    EXPECT_GE(found, least * (1 - 1e-4)) << name;
  }
}

TEST(OptimalGrid, MinimisesWhatIsAsked) {
  const WithThreads one(1);
  const PathPtr path = make_path("vp");
  const GivenParameters w2 = {{"variances", kVariances}};
  const GivenParameters kl = with(w2, "error", std::string("kl"));
  const Grid by_w2 = make_grid("optimal", *path, 8, w2), by_kl = make_grid("optimal", *path, 8, kl);
  EXPECT_LT(error_on(path, by_w2, "ddim"), error_on(path, by_kl, "ddim"));
  EXPECT_LT(error_on(path, by_kl, "ddim", true), error_on(path, by_w2, "ddim", true));
  // An open end keeps both ends, and is compared with the law there.
  const GivenParameters open = {
      {"variances", kVariances}, {"final", std::string("end")}, {"t_start", 0.9}, {"t_end", 0.05}};
  const Grid grid = make_grid("optimal", *path, 5, open);
  EXPECT_EQ(grid.front().value, 0.9);
  EXPECT_EQ(grid.back().value, 0.05);
  const GivenParameters ends = {{"t_start", 0.9}, {"t_end", 0.05}};
  EXPECT_LT(error_on(path, grid, "ddim"), error_on(path, make_grid("uniform", *path, 5, ends), "ddim"));
  EXPECT_LT(error_on(path, grid, "ddim"),
            error_on(path, make_grid("lambda", *path, 5, with(ends, "final", std::string("end"))), "ddim"));
  // Counts: a variance that stands for two is one that is written twice.
  const Grid counted = make_grid("optimal", *path, 4,
                                 {{"variances", std::vector<double>{4, 0.1}}, {"counts", std::vector<double>{1, 2}}});
  const Grid written = make_grid("optimal", *path, 4, {{"variances", std::vector<double>{4, 0.1, 0.1}}});
  for (int i = 0; i <= 4; ++i) EXPECT_NEAR(counted[i].value, written[i].value, 1e-4) << i;
}

TEST(OptimalGrid, RefusesWhatItCannotMinimise) {
  const PathPtr path = make_path("vp");
  const auto message = [&](int steps, const GivenParameters& given) {
    return message_of([&] { make_grid("optimal", *path, steps, given); });
  };
  EXPECT_EQ(message(65, {}), "grid 'optimal': steps is 65; expected 1 to 64");
  EXPECT_EQ(message(4, {{"solver", std::string("ddimm")}}), "no solver is called 'ddimm'; nearest: ddim");
  EXPECT_EQ(message(4, {{"means", std::vector<double>{1, 2}}}),
            "grid 'optimal': 2 means for 19 variances; expected as many, at least one");
  EXPECT_NE(message(4, {{"t_start", 0.1}, {"t_end", 0.2}}).find("expected finite ends, the first below the last"),
            std::string::npos);
}

// Rosenbrock's valley, whose minimum is at (1, 1); and where nothing is better, x itself.
TEST(Minimise, FindsTheEndOfAValley) {
  const auto valley = [](const std::vector<double>& x) {
    return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
  };
  const std::vector<double> found = minimise(valley, {-1.2, 1.0}, {.iterations = 300, .enough = 1e-16});
  EXPECT_NEAR(found[0], 1.0, 1e-3);
  EXPECT_NEAR(found[1], 1.0, 2e-3);
  const std::vector<double> flat = {0.3, 0.7};
  EXPECT_EQ(minimise([](const std::vector<double>&) { return 2.0; }, flat), flat);
}

}  // namespace
}  // namespace ito
