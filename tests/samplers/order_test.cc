// Measured orders of convergence, in double, over five halvings or more, on smooth problems inside (0, 1), from exact
// history where a method has one, in the variable the method steps in (MATHS.md section 4).
#include <algorithm>

#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

enum class Variable { time, lambda };

Grid spaced(const Path& path, double from, double to, int n, Variable variable) {
  std::vector<double> times;
  const double a = path.lambda(Time(from)).value, b = path.lambda(Time(to)).value;
  for (int i = 0; i <= n; ++i) {
    const double fraction = static_cast<double>(i) / n;
    times.push_back(variable == Variable::time ? from + fraction * (to - from)
                                               : path.time(Lambda(a + fraction * (b - a))).value);
  }
  return Grid(path, times, "grid 'test'");
}

struct Case {
  std::string solver;
  const char* path;
  double from, to;
  Variable variable;
  double order;
  GivenParameters given = {};
  int history = 0;  // exact outputs that a multistep method is given before its first step
};

// rms error over a few starts, against the exact flow.
double error_of(const Case& c, int n) {
  const PathPtr path = make_path(c.path);
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  const Grid grid = spaced(*path, c.from, c.to, n, c.variable);
  const std::vector<std::vector<long double>> directions = {{1.2L, 0.3L}, {-0.7L, 0.9L}, {0.1L, -1.4L}, {0.4L, 0.2L}};
  std::vector<double> start;
  std::vector<std::vector<long double>> ends;
  // The past in steps as long as the first one, the oldest first: its times and the model's outputs there.
  const double h = path->lambda(grid[1]).value - path->lambda(grid[0]).value;
  std::vector<Time> before;
  for (int k = c.history; k >= 1; --k) before.push_back(path->time(Lambda(path->lambda(grid[0]).value - k * h)));
  std::vector<std::vector<double>> past(before.size());
  for (std::vector<long double> x : directions) {
    for (long double& value : x) value *= path->sigma(grid.front());
    for (const long double value : x) start.push_back(static_cast<double>(value));
    ends.push_back(exact_flow(kTwoLumps, *path, grid.front(), grid.back(), x));
    for (std::size_t k = 0; k < before.size(); ++k) {
      const auto x_before = exact_flow(kTwoLumps, *path, grid.front(), before[k], x);
      for (const long double value :
           posterior_mean(kTwoLumps, path->alpha(before[k]), path->sigma(before[k]), x_before))
        past[k].push_back(static_cast<double>(value));
    }
  }
  const Shape shape{static_cast<std::int64_t>(directions.size()), 2};
  const auto solver = make_solver(c.solver, c.given);
  const Tensor end = walk(*solver, denoiser, path, grid, Tensor::from(start, shape), {}, [&] {
    for (std::size_t k = 0; k < before.size(); ++k) solver->remember(*path, before[k], Tensor::from(past[k], shape));
  });
  double squares = 0;
  for (std::size_t i = 0; i < start.size(); ++i)
    squares += std::pow(end.span<double>()[i] - static_cast<double>(ends[i / 2][i % 2]), 2);
  return std::sqrt(squares / static_cast<double>(start.size()));
}

void expect_order(const Case& c, double tolerance = 0.08) {
  std::vector<double> errors;
  for (int n = 16; n <= 512; n *= 2) errors.push_back(error_of(c, n));
  EXPECT_NEAR(measured_order(errors), c.order, tolerance)
      << c.solver << " on " << c.path << ", error at 16 steps " << errors.front() << ", at 512 " << errors.back();
}

// What `ito list solvers` prints is what is measured here, for solvers yet to be written as well: an order that is a
// number alone is that of a deterministic method, on a smooth stretch of a path that it walks.
TEST(Order, EveryDeterministicSolverHasTheOneItStates) {
  int seen = 0;
  for (const Entry* entry : entries_of("solver")) {
    if (entry->order.find_first_not_of("0123456789") != std::string::npos) continue;
    ++seen;
    const char* path = walks(entry->name, make_path("vp")) ? "vp" : "flow";
    expect_order({.solver = entry->name,
                  .path = path,
                  .from = 0.8,
                  .to = 0.1,
                  .variable = Variable::lambda,
                  .order = std::stod(entry->order),
                  .history = 3},
                 0.15);
  }
  EXPECT_GE(seen, 5);
}

TEST(Order, Euler) {
  expect_order({"euler", "vp", 0.8, 0.1, Variable::time, 1});
  expect_order({"euler", "cosine", 0.9, 0.1, Variable::time, 1});
  expect_order({"euler", "flow", 0.9, 0.1, Variable::time, 1});
}

// On each path's own clock, where it is smooth: between the knots' jumps and Laplace's at t = 1/2 there are none.
TEST(Order, EulerAndHeunOnTheClocksOfTheOtherPaths) {
  const std::vector<std::pair<const char*, std::array<double, 2>>> stretches = {{"sub_vp", {0.8, 0.1}},
                                                                                {"trig", {0.9, 0.1}},
                                                                                {"sigmoid", {0.9, 0.1}},
                                                                                {"ve", {0.7, 0.3}},
                                                                                {"laplace", {0.48, 0.05}}};
  for (const auto& [path, ends] : stretches) {
    expect_order({"euler", path, ends[0], ends[1], Variable::time, 1}, 0.1);
    expect_order({"heun", path, ends[0], ends[1], Variable::time, 2}, 0.1);
  }
}

TEST(Order, Heun) {
  expect_order({"heun", "vp", 0.8, 0.1, Variable::time, 2});
  expect_order({"heun", "cosine", 0.9, 0.1, Variable::time, 2});
  expect_order({"heun", "flow", 0.9, 0.1, Variable::time, 2});
  expect_order({"heun", "edm", 4.0, 0.2, Variable::time, 2});
}

TEST(Order, Ddim) {
  for (const std::string& path : all_paths())
    if (path != "edm") expect_order({"ddim", path.c_str(), 0.8, 0.1, Variable::lambda, 1});
}

TEST(Order, FlowEuler) { expect_order({"flow_euler", "flow", 0.9, 0.1, Variable::time, 1}); }

TEST(Order, DpmSolverPp2MFromExactHistory) {
  for (const std::string& path : all_paths())
    if (path != "edm")
      expect_order(
          {"dpm_solver_pp_2m", path.c_str(), 0.8, 0.1, Variable::lambda, 2, {{"lower_order_final", false}}, 1});
  expect_order({"dpm_solver_pp_2m", "edm", 4.0, 0.2, Variable::lambda, 2, {{"lower_order_final", false}}, 1});
}

// One step of order 1 at the start costs a method of order 2 no order: its local error is h^2.
TEST(Order, DpmSolverPp2MFromItsOwnStart) {
  expect_order({"dpm_solver_pp_2m", "vp", 0.8, 0.1, Variable::lambda, 2, {{"lower_order_final", false}}}, 0.15);
}

// Stochastic solvers on a Gaussian are affine in x and in each step's noise, so their law follows from probes: x = 0
// and x = 1 without noise, and x = 0 with unit noise in step k. Mean and variance without sampling error.
struct Law {
  double gain;  // d x_end / d x_start
  double mean;  // from the path's own law at the start
  double variance;
};

constexpr double kMean = 0.6, kVariance = 0.25;  // of the data

double marginal_variance(const Path& path, Time t) {
  return path.alpha(t) * path.alpha(t) * kVariance + path.sigma(t) * path.sigma(t);
}

Law law_of(Solver& solver, const PathPtr& path, const Grid& grid) {
  const Denoiser denoiser = mixture_denoiser({{1.0L, {kMean}, sqrtl(kVariance)}}, path);
  const int n = grid.steps();
  std::vector<double> start(static_cast<std::size_t>(n) + 2, 0.0);
  start[1] = 1.0;
  const Noise probe = [](const NoiseRequest& request) {
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[static_cast<std::size_t>(request.step) + 2] = 1.0;
    return z;
  };
  const Tensor end = walk(solver, denoiser, path, grid, Tensor::from(start, {n + 2, 1}), probe);
  const auto y = end.span<double>();
  Law law;
  law.gain = y[1] - y[0];
  law.mean = y[0] + law.gain * path->alpha(grid.front()) * kMean;
  law.variance = law.gain * law.gain * marginal_variance(*path, grid.front());
  for (int k = 0; k < n; ++k) law.variance += std::pow(y[static_cast<std::size_t>(k) + 2] - y[0], 2);
  return law;
}

// The nu-family on Gaussian data of marginal variance V = alpha^2 S + sigma^2 keeps the marginals, and shrinks the
// distance to their mean by (V_s/V_t)^((1 + nu^2)/2) (alpha_t/alpha_s)^(nu^2), since V' = 2 f V + g^2.
void expect_weak_order_one(const Case& c, double nu) {
  const bool ancestral = c.solver != "euler_maruyama";
  const PathPtr path = make_path(c.path);
  const Time t(c.from), s(c.to);
  const double V_t = marginal_variance(*path, t), V_s = marginal_variance(*path, s);
  const double gain = std::pow(V_s / V_t, (1 + nu * nu) / 2) * std::pow(path->alpha(t) / path->alpha(s), nu * nu);
  std::vector<double> gain_errors, variance_errors;
  for (int n = 16; n <= 512; n *= 2) {
    const auto solver = make_solver(c.solver, c.given);
    const Law law = law_of(*solver, path, spaced(*path, c.from, c.to, n, c.variable));
    gain_errors.push_back(std::abs(law.gain - gain));
    variance_errors.push_back(std::abs(law.variance - V_s));
    EXPECT_NEAR(law.mean, path->alpha(s) * kMean, 2.0 / n) << c.solver << " mean of the path's own law";
  }
  if (ancestral && nu == 1) {  // the posterior step's gain is that of the SDE at every step size
    EXPECT_LT(*std::max_element(gain_errors.begin(), gain_errors.end()), 1e-13) << c.solver;
  } else {
    EXPECT_NEAR(measured_order(gain_errors), c.order, 0.08) << c.solver << " mean, at 512 " << gain_errors.back();
  }
  EXPECT_NEAR(measured_order(variance_errors), c.order, 0.08)
      << c.solver << " variance, at 512 " << variance_errors.back();
}

TEST(Order, EulerMaruyamaIsWeakOrderOne) {
  const WithThreads one(1);
  expect_weak_order_one({"euler_maruyama", "vp", 0.7, 0.1, Variable::time, 1}, 1);
  expect_weak_order_one({"euler_maruyama", "flow", 0.8, 0.1, Variable::time, 1}, 1);
  expect_weak_order_one({"euler_maruyama", "vp", 0.7, 0.1, Variable::time, 1, {{"nu", 0.5}}}, 0.5);
}

TEST(Order, AncestralSamplingIsWeakOrderOne) {
  const WithThreads one(1);
  expect_weak_order_one({"ddpm", "vp", 0.7, 0.1, Variable::lambda, 1}, 1);
  expect_weak_order_one({"ddpm", "vp", 0.7, 0.1, Variable::lambda, 1, {{"variance", std::string("fixed_large")}}}, 1);
  expect_weak_order_one({"ddim", "cosine", 0.7, 0.1, Variable::lambda, 1, {{"eta", 1.0}}}, 1);
  expect_weak_order_one({"ddim", "vp", 0.7, 0.1, Variable::lambda, 1, {{"eta", 0.5}}}, 0.5);
}

// For data N(0, I) the large variance is right at every step size: nothing is left to converge.
TEST(Order, FixedLargeIsExactOnStandardNormalData) {
  const PathPtr path = make_path("vp");
  const Denoiser denoiser = mixture_denoiser({{1.0L, {0.0L}, 1.0L}}, path);
  const auto solver = make_solver("ddpm", {{"variance", std::string("fixed_large")}});
  const Grid grid = spaced(*path, 0.9, 0.05, 4, Variable::time);
  const Noise probe = [](const NoiseRequest& request) {
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[static_cast<std::size_t>(request.step) + 1] = 1.0;
    return z;
  };
  const Tensor end =
      walk(*solver, denoiser, path, grid, Tensor::from(std::vector<double>{1, 0, 0, 0, 0}, {5, 1}), probe);
  double variance = 0;
  for (const double c : end.span<double>()) variance += c * c;
  EXPECT_NEAR(variance, 1.0, 1e-13);
}

}  // namespace
}  // namespace ito
