// Measured orders of convergence, in double, over five halvings or more, on smooth problems inside (0, 1), from exact
// history where a method has one, in the variable the method steps in (MATHS.md section 4). What a solver's entry
// claims (OrderClaim) is measured here, for solvers yet to be written as well, against a flow in long double that is
// written without any of the product's code but the path.
#include <algorithm>
#include <map>

#include "experiments/orders/measure_orders.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

// The place of a time in the variable in which a method's steps are equal, and back.
double place_of(const Path& path, Time t, const std::string& clock) {
  if (clock == "time") return t.value;
  return clock == "lambda" ? path.lambda(t).value : path.sigma(t) / path.alpha(t);
}

Time time_of(const Path& path, double place, const std::string& clock) {
  if (clock == "time") return Time(place);
  return path.time(Lambda(clock == "lambda" ? place : -std::log(place)));
}

// Steps `before` .. n, the first `before` of them earlier than `from`, each of the clock's length over n.
std::vector<Time> spaced_times(const Path& path, double from, double to, int n, const std::string& clock, int before) {
  const double a = place_of(path, Time(from), clock), b = place_of(path, Time(to), clock);
  std::vector<Time> times;
  for (int i = -before; i <= n; ++i)
    times.push_back(i == 0 ? Time(from)
                           : (i == n ? Time(to) : time_of(path, a + static_cast<double>(i) / n * (b - a), clock)));
  return times;
}

Grid spaced(const Path& path, double from, double to, int n, const std::string& clock) {
  std::vector<double> times;
  for (const Time t : spaced_times(path, from, to, n, clock, 0)) times.push_back(t.value);
  return Grid(path, times, "grid 'test'");
}

struct Case {
  std::string solver;
  std::string path;
  double from, to;
  std::string clock;
  double order;
  GivenParameters given = {};
  int history = 0;  // exact outputs that a multistep method is given before its first step
  const Mixture* problem = &kTwoLumps;
};

using State = std::vector<long double>;

// exact_flow, its error of order 4 taken out by Richardson: good to 1e-14 on these stretches. Remembered: many solvers
// end at one place.
State solution(const Mixture& problem, const std::string& path, Time from, Time to, const State& x) {
  static std::map<std::tuple<const Mixture*, std::string, double, double, State>, State> known;
  const auto key = std::tuple(&problem, path, from.value, to.value, x);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const PathPtr p = make_path(path);
  const State coarse = exact_flow(problem, *p, from, to, x, 500), fine = exact_flow(problem, *p, from, to, x, 1000);
  State result;
  for (std::size_t i = 0; i < x.size(); ++i) result.push_back(fine[i] + (fine[i] - coarse[i]) / 15);
  return known[key] = result;
}

// rms error over a few starts, against the exact flow.
double error_of(const Case& c, int n) {
  const PathPtr path = make_path(c.path);
  const Denoiser denoiser = mixture_denoiser(*c.problem, path);
  const Grid grid = spaced(*path, c.from, c.to, n, c.clock);
  const std::size_t d = c.problem->front().mean.size();
  const std::vector<State> all = {{1.2L, 0.3L}, {-0.7L, 0.9L}, {0.1L, -1.4L}, {0.4L, 0.2L}};
  std::vector<Time> before = spaced_times(*path, c.from, c.to, n, c.clock, c.history);
  before.resize(static_cast<std::size_t>(c.history));
  std::vector<double> start, end;
  std::vector<std::vector<double>> past_x(before.size()), past_x0(before.size());
  for (const State& direction : all) {
    State x(direction.begin(), direction.begin() + static_cast<std::ptrdiff_t>(d));
    for (long double& value : x) value *= path->sigma(grid.front());
    start.insert(start.end(), x.begin(), x.end());
    const State exact = solution(*c.problem, c.path, grid.front(), grid.back(), x);
    end.insert(end.end(), exact.begin(), exact.end());
    for (std::size_t k = 0; k < before.size(); ++k) {
      const State x_k = solution(*c.problem, c.path, grid.front(), before[k], x);
      const State x0_k = posterior_mean(*c.problem, path->alpha(before[k]), path->sigma(before[k]), x_k);
      past_x[k].insert(past_x[k].end(), x_k.begin(), x_k.end());
      past_x0[k].insert(past_x0[k].end(), x0_k.begin(), x0_k.end());
    }
  }
  const Shape shape{static_cast<std::int64_t>(all.size()), static_cast<std::int64_t>(d)};
  const auto solver = make_solver(c.solver, c.given);
  const Tensor walked = walk(*solver, denoiser, path, grid, Tensor::from(start, shape), {}, [&] {
    for (std::size_t k = 0; k < before.size(); ++k)
      solver->remember(*path,
                       Estimate(*path, before[k], Tensor::from(past_x[k], shape),
                                {.prediction = Tensor::from(past_x0[k], shape), .renoise = {}}, Prediction::sample));
  });
  double squares = 0;
  for (std::size_t i = 0; i < end.size(); ++i) squares += std::pow(walked.span<double>()[i] - end[i], 2);
  return std::sqrt(squares / static_cast<double>(end.size()));
}

// Over five halvings from `coarsest` steps (order 5 reaches rounding soon after 100 steps); 0: from 8 or the first
// doubling of it that leaves an error below 1e-5, where high orders begin to show. An order is a limit: they move to
// finer steps, the claim unseen, until the slopes of the halvings differ by less than 0.3, and never into rounding.
void expect_order(const Case& c, double tolerance = 0.08, int coarsest = 16) {
  if (coarsest == 0)
    for (coarsest = 8; error_of(c, coarsest) > 1e-5;) coarsest *= 2;
  std::vector<double> errors;
  int n = coarsest;
  for (; errors.size() < 6; n *= 2) errors.push_back(error_of(c, n));
  const auto bend = [&] {
    std::vector<double> slopes;
    for (std::size_t k = 1; k < errors.size(); ++k) slopes.push_back(std::log2(errors[k - 1] / errors[k]));
    const auto [least, most] = std::minmax_element(slopes.begin(), slopes.end());
    return *most - *least;
  };
  for (; bend() > 0.3 && n <= 16384; n *= 2) {
    const double finer = error_of(c, n);
    if (finer < 3e-13) break;
    errors.erase(errors.begin());
    errors.push_back(finer);
  }
  // On the short stretch of order 5 the solution is good to a few units in the last place.
  EXPECT_GT(errors.back(), c.order > 4 ? 2e-15 : 2e-14)
      << c.solver << " on " << c.path << ": rounding, not truncation, is measured";
  EXPECT_NEAR(measured_order(errors), c.order, tolerance)
      << c.solver << " on " << c.path << " in " << c.clock << ", error at " << n / 64 << " steps " << errors.front()
      << ", at " << n / 2 << " " << errors.back();
}

TEST(Order, EverySolverHasThoseThatItClaims) {
  const WithThreads one(1);
  struct Stretch {
    const char* path;
    double from, to;
  };
  constexpr Stretch kStretches[] = {{"vp", 0.8, 0.1}, {"flow", 0.9, 0.1}, {"edm", 4.0, 0.2}};
  int seen = 0;
  for (const Entry* entry : entries_of("solver"))
    for (const OrderClaim& claim : entry->orders) {
      if (claim.kind != "ode") continue;
      int walked = 0;
      for (const auto& [path, t_from, t_to] : kStretches) {
        if (!walks(entry->name, make_path(path))) continue;
        ++walked;
        // Steps equal in sigma/alpha need a stretch on which it does not grow beyond what they resolve.
        const bool in_ratio = claim.clock == "ratio";
        const double from = in_ratio ? time_of(*make_path(path), 2.0, "ratio").value : t_from;
        const double to = in_ratio ? time_of(*make_path(path), 0.5, "ratio").value : t_to;
        for (const Mixture* problem : {&kTwoLumps, &kThreeLumps})
          expect_order({.solver = entry->name,
                        .path = path,
                        // Equal steps in [0, 1] before the first must stay on the clock.
                        .from = claim.clock == "time" && claim.history > 0 && from < 1 ? 0.6 : from,
                        .to = to,
                        .clock = claim.clock,
                        .order = claim.order,
                        .given = claim.parameters,
                        .history = claim.history,
                        .problem = problem},
                       0.15, claim.order > 4 ? 5 : (claim.order > 3 ? 0 : 16));
      }
      EXPECT_GE(walked, 1) << entry->name;
      ++seen;
    }
  EXPECT_GE(seen, 5);
}

// No solver is without a claim, but for what is no method for an equation: the loops of distilled models.
TEST(Order, EverySolverClaimsOne) {
  const std::vector<std::string> none = {"lcm"};
  for (const Entry* entry : entries_of("solver"))
    EXPECT_EQ(entry->orders.empty(), std::count(none.begin(), none.end(), entry->name) == 1) << entry->name;
}

TEST(Order, Euler) {
  expect_order({"euler", "vp", 0.8, 0.1, "time", 1});
  expect_order({"euler", "cosine", 0.9, 0.1, "time", 1});
  expect_order({"euler", "flow", 0.9, 0.1, "time", 1});
}

// On each path's own clock, where it is smooth: between the knots' jumps and Laplace's at t = 1/2 there are none.
TEST(Order, EulerAndHeunOnTheClocksOfTheOtherPaths) {
  const std::vector<std::pair<const char*, std::array<double, 2>>> stretches = {{"sub_vp", {0.8, 0.1}},
                                                                                {"trig", {0.9, 0.1}},
                                                                                {"sigmoid", {0.9, 0.1}},
                                                                                {"ve", {0.7, 0.3}},
                                                                                {"laplace", {0.48, 0.05}}};
  for (const auto& [path, ends] : stretches) {
    expect_order({"euler", path, ends[0], ends[1], "time", 1}, 0.1);
    expect_order({"heun", path, ends[0], ends[1], "time", 2}, 0.1);
  }
}

TEST(Order, Heun) {
  expect_order({"heun", "vp", 0.8, 0.1, "time", 2});
  expect_order({"heun", "cosine", 0.9, 0.1, "time", 2});
  expect_order({"heun", "flow", 0.9, 0.1, "time", 2});
  expect_order({"heun", "edm", 4.0, 0.2, "time", 2});
}

TEST(Order, Ddim) {
  for (const std::string& path : all_paths())
    if (path != "edm") expect_order({"ddim", path, 0.8, 0.1, "lambda", 1});
}

TEST(Order, FlowEuler) { expect_order({"flow_euler", "flow", 0.9, 0.1, "time", 1}); }

TEST(Order, DpmSolverPp2MFromExactHistory) {
  for (const std::string& path : all_paths())
    if (path != "edm")
      expect_order({"dpm_solver_pp_2m", path, 0.8, 0.1, "lambda", 2, {{"lower_order_final", false}}, 1});
  expect_order({"dpm_solver_pp_2m", "edm", 4.0, 0.2, "lambda", 2, {{"lower_order_final", false}}, 1});
}

// One step of order 1 at the start costs a method of order 2 no order: its local error is h^2.
TEST(Order, DpmSolverPp2MFromItsOwnStart) {
  expect_order({"dpm_solver_pp_2m", "vp", 0.8, 0.1, "lambda", 2, {{"lower_order_final", false}}}, 0.15);
}

// A first step of order 1 caps a multistep method at 2, and at 3 where a corrector mends it; a last step of order 1,
// which UniPC takes by default at any number of steps, caps at 2 as well. (Begun in much noise the start's error is so
// small that rounding is met before the cap.)
TEST(Order, StartsAndEndsCapThoseOfHighOrder) {
  const WithThreads one(1);
  const GivenParameters whole = {{"lower_order_final", false}};
  const auto with = [&](GivenParameters given) {
    given.insert(whole.begin(), whole.end());
    return given;
  };
  for (const auto& [path, from, to] : {std::tuple{"flow", 0.6, 0.1}, {"edm", 2.0, 0.2}}) {
    expect_order({"dpm_solver_pp_3m", path, from, to, "lambda", 2, whole}, 0.15);
    expect_order({"deis", path, from, to, "lambda", 2, with({{"variant", std::string("logrhoab")}})}, 0.15);
    expect_order({"unipc", path, from, to, "lambda", 3, with({{"order", std::int64_t{3}}})}, 0.15);
    expect_order({"unipc", path, from, to, "lambda", 2, {{"order", std::int64_t{3}}}}, 0.15);
  }
  // Starting at order 1, a method of order 4 comes down to 2: pinned is what these halvings show. (ipndm is lms where
  // steps are equal in sigma/alpha.)
  for (const auto& [solver, measured] : {std::pair{"lms", 1.97}, {"ipndm", 1.97}}) {
    std::vector<double> errors;
    for (int n = 16; n <= 512; n *= 2) errors.push_back(error_of({solver, "flow", 2.0 / 3, 1.0 / 3, "ratio", 2}, n));
    EXPECT_NEAR(measured_order(errors), measured, 0.05) << solver;
  }
}

// Data of one point m: the probability flow keeps eps = (x - alpha m)/sigma, and x goes as sigma ~ sqrt(t) on vp. A
// method in t then errs by as much as is left, sigma at its last time before the clean end: order 1/2, whatever its
// order elsewhere (MATHS.md section 7), seen at once where beta hardly changes.
TEST(Order, OfOnePointFallsToAHalfOnTheWayToTheCleanEnd) {
  const WithThreads one(1);
  const PathPtr path = make_path("vp");
  constexpr double kPoint = 0.7, kStart = 0.01;
  const Denoiser point = make_denoiser("point", Prediction::sample, path, [](const Tensor& x, auto, const Tensor&) {
    return Tensor::full(x.shape(), kPoint, DType::f64);
  });
  for (const char* solver : {"euler", "heun"}) {
    std::vector<double> errors;
    for (int n = 256; n <= 8192; n *= 2) {
      std::vector<double> times;
      for (int i = 0; i < n; ++i) times.push_back(kStart * (n - i) / n);
      const Grid grid(*path, times, "grid 'to one step before the end'");
      const Time t = grid.front(), s = grid.back();
      const double eps = 1.3, x = path->alpha(t) * kPoint + path->sigma(t) * eps;
      const Tensor end = walk(*make_solver(solver), point, path, grid, Tensor::full({1, 1}, x, DType::f64));
      errors.push_back(std::abs(end.item() - path->alpha(s) * kPoint - path->sigma(s) * eps));
    }
    EXPECT_NEAR(measured_order(errors), 0.5, 0.02) << solver;
  }
}

// To the clean end itself over steps equal in time, from the solver's own start, over the halvings from 8 to 256 steps:
// what is measured, and what `ito orders` prints, not what the formula's order is.
TEST(Order, ToTheCleanEndAreAsPinned) {
  const std::map<std::string, double> pinned = {{"ddim", 0.98},
                                                {"euler", 1.30},
                                                {"dpm_solver_pp_2m", 2.06},
                                                {"dpm_solver_pp_2m(solver_type=heun)", 1.91},
                                                {"heun", 1.56},
                                                {"midpoint", 1.56},
                                                {"rk4", 1.56}};
  std::vector<std::string> solvers;
  for (const auto& [claim, order] : pinned)
    if (claim.find('(') == std::string::npos) solvers.push_back(claim);
  int seen = 0;
  for (const experiments::MeasuredOrder& row :
       experiments::measure_orders({.solvers = solvers, .paths = {"vp"}, .problems = {"two_lumps"}})) {
    if (row.claim.kind != "ode") continue;
    ++seen;
    const std::string claim = experiments::claim_text(row.solver, row.claim);
    EXPECT_NEAR(row.clean_end.value_or(0), pinned.at(claim), 0.03) << claim;
  }
  EXPECT_GE(seen, static_cast<int>(pinned.size()));
}

}  // namespace
}  // namespace ito
