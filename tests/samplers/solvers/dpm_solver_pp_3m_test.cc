#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters given(const std::string& compat, bool lower_order_final = false) {
  return {{"compat", compat}, {"lower_order_final", lower_order_final}};
}

// The third step by the formula of MATHS.md, e^{-h} written out: the first is DDIM's and the second 2M's.
TEST(DpmSolverPp3M, IsItsFormula) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    const double pp = 0.9, p = 0.75, t = 0.5, s = 0.3;
    const auto alpha = [&](double u) -> long double { return path->alpha(Time(u)); };
    const auto sigma = [&](double u) -> long double { return path->sigma(Time(u)); };
    const auto lambda = [&](double u) { return -logl(ratio_of(*path, u)); };
    const State x_p = ddim_by_hand(*path, kStart, eps_of(*path, kStart, pp), pp, p);
    const State m_pp = x0_of(*path, kStart, pp), m_p = x0_of(*path, x_p, p);
    const long double h_p = lambda(t) - lambda(p), r = (lambda(p) - lambda(pp)) / h_p;
    const State x_t = sum({{sigma(t) / sigma(p), x_p},
                           {-alpha(t) * (expl(-h_p) - 1) * (1 + 1 / (2 * r)), m_p},
                           {alpha(t) * (expl(-h_p) - 1) / (2 * r), m_pp}});
    const State m_t = x0_of(*path, x_t, t);
    const long double h = lambda(s) - lambda(t), r0 = h_p / h, r1 = (lambda(p) - lambda(pp)) / h;
    const State D1_0 = sum({{1 / r0, m_t}, {-1 / r0, m_p}}), D1_1 = sum({{1 / r1, m_p}, {-1 / r1, m_pp}});
    const State D1 = sum({{1 + r0 / (r0 + r1), D1_0}, {-r0 / (r0 + r1), D1_1}});
    for (const auto& [compat, factor] : {std::pair{"none", 2.0L}, {"published", 1.0L}}) {
      const State D2 = sum({{factor / (r0 + r1), D1_0}, {-factor / (r0 + r1), D1_1}});
      expect_state(walked("dpm_solver_pp_3m", given(compat), path, {pp, p, t, s}),
                   sum({{sigma(s) / sigma(t), x_t},
                        {-alpha(s) * (expl(-h) - 1), m_t},
                        {alpha(s) * ((expl(-h) - 1) / h + 1), D1},
                        {-alpha(s) * ((expl(-h) - 1 + h) / (h * h) - 0.5L), D2}}),
                   1e-12, name);
    }
  }
}

// With its 2 it is UniPC's predictor of order 3, start and end included.
TEST(DpmSolverPp3M, IsUniP3) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    for (const bool lower : {false, true}) {
      const std::vector<double> times = {0.9, 0.75, 0.5, 0.43, 0.3, 0.2, 0.12};
      expect_same(walked("dpm_solver_pp_3m", given("none", lower), path, times),
                  walked("unipc", {{"order", std::int64_t{3}}, {"corrector", false}, {"lower_order_final", lower}},
                         path, times),
                  1e-12, name);
    }
  }
}

// Two steps are left to be of order 2 and 1, as 2M's are.
TEST(DpmSolverPp3M, LowersItsOrderTowardsTheEnd) {
  const PathPtr path = make_path("vp");
  expect_same(walked("dpm_solver_pp_3m", given("none", true), path, {0.9, 0.6, 0.3}),
              walked("dpm_solver_pp_2m", {}, path, {0.9, 0.6, 0.3}), 1e-15);
  const auto last_of = [&](const GivenParameters& g, int n) {
    std::vector<double> times;
    for (int i = 0; i <= n; ++i) times.push_back(0.9 - 0.05 * i);
    return walked("dpm_solver_pp_3m", g, path, times);
  };
  expect_same(last_of(given("none", true), 15), last_of(given("none", false), 15), 0.0, "15 steps");
  EXPECT_GT(squared_norm(combine({{1.0, last_of(given("none", true), 14)}, {-1.0, last_of(given("none", false), 14)}})),
            1e-10);
}

TEST(DpmSolverPp3M, FromPureNoiseIsDdim) { expect_ddim_from_pure_noise("dpm_solver_pp_3m", given("none")); }

}  // namespace
}  // namespace ito
