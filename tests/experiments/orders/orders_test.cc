// `ito orders`' measurements against flows that tests/samplers/analytic.h computes in long double without any of the
// product's code but the path, and against methods whose order is known.
#include <cstring>

#include "experiments/orders/first_failure.h"
#include "experiments/orders/measure_orders.h"
#include "experiments/orders/order_report.h"
#include "experiments/orders/stochastic_order.h"
#include "experiments/orders/stretch.h"
#include "tests/samplers/analytic.h"

namespace ito::experiments {
namespace {

using testing_support::kThreeLumps;
using testing_support::kTwoLumps;
using testing_support::message_of;
using testing_support::WithThreads;

TEST(Orders, SolutionsAreTheFlowOfLongDouble) {
  const WithThreads one(1);
  Solutions solutions;
  for (const auto& [name, mixture] : {std::pair{"two_lumps", &kTwoLumps}, std::pair{"three_lumps", &kThreeLumps}})
    for (const char* path_name : {"vp", "edm", "flow"}) {
      const PathPtr path = make_path(path_name);
      const Stretch stretch = smooth_stretch(*path, "lambda");
      const ExactProblem& problem = exact_problem(name);
      const Tensor start = Solutions::start(problem, *path, stretch.from);
      const Tensor end = solutions.at(problem, path, stretch.from, stretch.to);
      const auto d = static_cast<std::size_t>(problem.dimension);
      for (std::size_t n = 0; n < 4; ++n) {
        const auto row = start.span<double>().subspan(n * d, d);
        const std::vector<long double> x(row.begin(), row.end());
        const auto flow = [&, law = mixture](int steps) {
          return testing_support::exact_flow(*law, *path, stretch.from, stretch.to, x, steps);
        };
        const auto coarse = flow(500), fine = flow(1000);
        for (std::size_t i = 0; i < d; ++i) {
          const long double exact = fine[i] + (fine[i] - coarse[i]) / 15;
          EXPECT_NEAR(end.span<double>()[n * d + i], static_cast<double>(exact), 3e-14) << name << " on " << path_name;
        }
      }
    }
}

// On Gaussian data the closed form, here through its two principal axes.
TEST(Orders, TheGaussiansFlowStretchesItsAxes) {
  Solutions solutions;
  const PathPtr path = make_path("vp");
  const Time from(0.8), to(0.1);
  const ExactProblem& problem = exact_problem("gaussian");
  const Tensor start = Solutions::start(problem, *path, from), end = solutions.at(problem, path, from, to);
  const double m[] = {0.6, -0.3}, a = 0.45, b = 0.2, c = 0.3;
  const double middle = (a + c) / 2, half = std::sqrt((a - c) * (a - c) / 4 + b * b);
  const double angle = std::atan2(2 * b, a - c) / 2;
  const double axes[2][2] = {{std::cos(angle), std::sin(angle)}, {-std::sin(angle), std::cos(angle)}};
  const double variance[] = {middle + half, middle - half};
  const auto spread = [&](Time t, int axis) {
    return std::sqrt(path->alpha(t) * path->alpha(t) * variance[axis] + path->sigma(t) * path->sigma(t));
  };
  for (std::size_t n = 0; n < 4; ++n)
    for (int axis = 0; axis < 2; ++axis) {
      double before = 0, after = 0;
      for (std::size_t i = 0; i < 2; ++i) {
        before += axes[axis][i] * (start.span<double>()[2 * n + i] - path->alpha(from) * m[i]);
        after += axes[axis][i] * (end.span<double>()[2 * n + i] - path->alpha(to) * m[i]);
      }
      EXPECT_NEAR(after, before * spread(to, axis) / spread(from, axis), 1e-13);
    }
}

TEST(Orders, StepsAreEqualInTheirClockAndLeaveRoomForHistory) {
  for (const char* name : {"vp", "edm", "flow"})
    for (const std::string clock : {"time", "lambda", "ratio"}) {
      const PathPtr path = make_path(name);
      const Stretch stretch = smooth_stretch(*path, clock);
      double start = 0;
      for (const int n : {16, 32, 512}) {
        const EqualSteps steps = equal_steps(*path, stretch, clock, n, 3, 16);
        ASSERT_EQ(steps.before.size(), 3u);
        ASSERT_EQ(steps.times.size(), static_cast<std::size_t>(n + 1));
        std::vector<double> all;
        for (const Time t : steps.before) all.push_back(place_of(*path, t, clock));
        for (const double t : steps.times) all.push_back(place_of(*path, Time(t), clock));
        const double length = (all.back() - all[3]) / n;
        for (std::size_t i = 1; i < all.size(); ++i)
          EXPECT_NEAR((all[i] - all[i - 1]) / length, 1, 1e-9) << name << clock;
        EXPECT_LE(steps.before.front().value, stretch.from.value * (1 + 1e-12));
        EXPECT_EQ(steps.times.back(), stretch.to.value);
        if (n == 16) start = steps.times.front();
        EXPECT_EQ(steps.times.front(), start) << "one start for every n";
      }
    }
}

TEST(Orders, AreThoseOfMethodsWhoseOrderIsKnown) {
  const std::vector<MeasuredOrder> measured = measure_orders({.solvers = {"ddim", "heun", "dpm_solver_pp_2m"}});
  int along_ode = 0;
  for (const MeasuredOrder& row : measured) {
    if (row.claim.kind != "ode") continue;
    ++along_ode;
    const double known = row.solver == "ddim" ? 1 : 2;
    ASSERT_TRUE(row.order && row.default_start && row.clean_end) << row.solver;
    EXPECT_NEAR(*row.order, known, 0.1) << row.solver << " on " << row.path;
    EXPECT_NEAR(*row.default_start, known, 0.15);  // one step of order 1 costs a method of order 2 nothing
    EXPECT_TRUE(row.holds());
    ASSERT_EQ(row.errors.size(), 6u);
    for (const ErrorPoint& point : row.errors)
      EXPECT_EQ(point.evaluations, point.steps * (row.solver == "heun" ? 2 : 1));
    EXPECT_EQ(row.evaluations_to_millionth.has_value(), row.solver != "ddim");
  }
  EXPECT_EQ(along_ode, 36);  // 2M claims both of its variants
}

// At the number of evaluations that is told, the error is a millionth: found from the errors themselves.
TEST(Orders, EvaluationsToAMillionthLieOnTheErrorsLine) {
  const std::vector<MeasuredOrder> measured =
      measure_orders({.solvers = {"heun"}, .paths = {"flow"}, .problems = {"two_lumps"}});
  ASSERT_EQ(measured.size(), 1u);
  const ErrorPoint& last = measured[0].errors.back();
  const double expected = last.evaluations * std::sqrt(last.error / 1e-6);
  EXPECT_NEAR(static_cast<double>(measured[0].evaluations_to_millionth.value()) / expected, 1, 0.05);
}

TEST(Orders, ThreadsChangeNoBit) {
  const auto numbers = [](int threads) {
    const WithThreads several(threads);
    std::vector<double> all;
    for (const MeasuredOrder& row : measure_orders({.solvers = {"heun", "ddim"}, .paths = {"vp", "flow"}})) {
      all.push_back(row.order.value());
      all.push_back(row.default_start.value_or(0));
      all.push_back(row.clean_end.value_or(0));
      for (const ErrorPoint& point : row.errors) all.push_back(point.error);
    }
    return all;
  };
  const std::vector<double> one = numbers(1), five = numbers(5);
  ASSERT_EQ(one.size(), five.size());
  EXPECT_EQ(std::memcmp(one.data(), five.data(), one.size() * sizeof(double)), 0);
}

TEST(Orders, AMissedClaimIsMarked) {
  Solutions solutions;
  const PathPtr path = make_path("flow");
  OrderClaim boast = find_entry("solver", "heun").orders.front();
  boast.order = 3;
  std::vector<MeasuredOrder> measured;
  for (const char* problem : {"two_lumps", "gaussian"})
    measured.push_back(measure_order("heun", boast, exact_problem(problem), path, solutions));
  EXPECT_FALSE(measured[0].holds());
  ASSERT_EQ(order_tables(measured).size(), 1u);
  const report::Table table = order_tables(measured)[0];
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0][0].text, "heun");
  // solver, steps in, claimed, flow: the problem that is linear in x is no judge and not shown.
  ASSERT_EQ(table.columns[3].name, "flow");
  EXPECT_EQ(table.rows[0][3].text.size(), 5u) << table.rows[0][3].text;
  EXPECT_EQ(table.rows[0][3].text.substr(4), "!");
  EXPECT_EQ(order_verdict(measured).substr(0, 7), "0 of 1 ");
  EXPECT_NE(order_verdict(measured).find("missed: heun, on flow, two_lumps: claimed 3, measured 2.0"),
            std::string::npos)
      << order_verdict(measured);
}

// A walk that is exact with any number of steps has no order and misses none; one that is nowhere a number misses its
// claim.
TEST(Orders, AnExactWalkHoldsItsClaim) {
  // Data of one point, on which the posterior's step is exact.
  const auto point = std::make_shared<const Gaussian>(std::vector<double>{0.5}, std::vector<double>{0.0});
  const ExactProblem problem{.name = "point",
                             .linear = true,
                             .dimension = 1,
                             .denoiser = [point](PathPtr path) { return gaussian_denoiser(point, std::move(path)); },
                             .gaussian = point};
  BrownianSolutions solutions;
  MeasuredOrder row =
      measure_stochastic_order("ddpm", {.order = 1, .kind = "weak"}, problem, make_path("vp"), solutions);
  EXPECT_FALSE(row.order);
  EXPECT_TRUE(row.exact);
  EXPECT_TRUE(row.holds());
  EXPECT_EQ(order_tables({row})[0].rows[0][4].text, "exact");
  EXPECT_EQ(order_verdict({row}), "1 of 1 strong and weak orders are within 0.15 of what is claimed\n");
  row.exact = false;
  EXPECT_EQ(order_tables({row})[0].rows[0][4].text, "none!");
  EXPECT_EQ(order_verdict({row}).substr(0, 7), "0 of 1 ");
}

// Jobs end in any order: what is told is the failure of the first of them.
TEST(Orders, TheFirstJobsFailureIsTold) {
  FirstFailure failure;
  EXPECT_EQ(message_of([&] { failure.rethrow(); }), "no error");
  for (const int job : {4, 2, 3}) failure.keep(job, std::make_exception_ptr(InputError(std::to_string(job))));
  EXPECT_EQ(message_of([&] { failure.rethrow(); }), "2");
}

// Ancestral sampling is of order 1 both ways; the Brownian path's solution does not depend on the path it is walked on.
TEST(Orders, StrongAndWeakOnesAreMeasuredToo) {
  const std::vector<MeasuredOrder> measured = measure_orders({.solvers = {"ddpm"}, .paths = {"vp", "edm"}});
  int strong = 0, weak = 0;
  for (const MeasuredOrder& row : measured) {
    ASSERT_TRUE(row.order) << row.problem;
    EXPECT_NEAR(*row.order, 1, 0.15) << row.claim.kind << " on " << row.path << ", " << row.problem;
    EXPECT_FALSE(row.default_start || row.clean_end || row.evaluations_to_millionth);
    EXPECT_EQ(row.problem == "gaussian", row.claim.kind == "weak");
    strong += row.claim.kind == "strong";
    weak += row.claim.kind == "weak";
  }
  EXPECT_GE(strong, 4);
  EXPECT_GE(weak, 4);
  EXPECT_EQ(order_tables(measured).size(), 1u);
  EXPECT_NE(order_verdict(measured).find("strong and weak orders are within"), std::string::npos);
  const auto error = [&](const char* path) {
    for (const MeasuredOrder& row : measured)
      if (row.path == path && row.problem == "two_lumps") return row.errors.back().error;
    return 0.0;
  };
  EXPECT_NEAR(error("vp") / error("edm"), 1, 1e-6) << "the same steps of lambda on the same path of noise";
}

TEST(Orders, WhatCannotBeMeasuredIsRefused) {
  EXPECT_EQ(message_of([] { measure_orders({.solvers = {"flow_euler"}, .paths = {"vp"}}); }),
            "solver 'flow_euler' walks the path 'flow', not 'vp'; there euler (in time) or ddim (the same step in "
            "lambda) serve");
  EXPECT_EQ(message_of([] { measure_orders({.solvers = {"heum"}}); }), "no solver is called 'heum'; nearest: heun");
  EXPECT_EQ(message_of([] { measure_orders({.problems = {"two_lump"}}); }),
            "no exact problem is called 'two_lump'; nearest: two_lumps (two_lumps, three_lumps, gaussian)");
  // A path that one of several solvers does not walk is left out.
  EXPECT_EQ(measure_orders({.solvers = {"flow_euler"}, .problems = {"gaussian"}}).size(), 1u);
}

}  // namespace
}  // namespace ito::experiments
