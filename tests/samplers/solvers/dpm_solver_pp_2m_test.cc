#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

const GivenParameters kMidpoint = {{"lower_order_final", false}};
const GivenParameters kHeun = {{"lower_order_final", false}, {"solver_type", std::string("heun")}};

// The second step, with e^{-h} written out: the first is DDIM's.
TEST(DpmSolverPp2M, IsItsPapersFormula) {
  for (const char* name : {"vp", "flow", "edm", "cosine"}) {
    const PathPtr path = make_path(name);
    const double p = 0.8, t = 0.6, s = 0.3;
    const auto alpha = [&](double u) -> long double { return path->alpha(Time(u)); };
    const auto sigma = [&](double u) -> long double { return path->sigma(Time(u)); };
    const auto lambda = [&](double u) { return -logl(ratio_of(*path, u)); };
    const long double h = lambda(s) - lambda(t), r = (lambda(t) - lambda(p)) / h;
    const State x_t = ddim_by_hand(*path, kStart, eps_of(*path, kStart, p), p, t);
    const State m = x0_of(*path, x_t, t), m_p = x0_of(*path, kStart, p), D1 = sum({{1 / r, m}, {-1 / r, m_p}});
    const State first = sum({{sigma(s) / sigma(t), x_t}, {-alpha(s) * (expl(-h) - 1), m}});
    expect_state(walked("dpm_solver_pp_2m", kMidpoint, path, {p, t, s}),
                 sum({{1, first}, {-alpha(s) * (expl(-h) - 1) / 2, D1}}), 1e-13, name);
    expect_state(walked("dpm_solver_pp_2m", kHeun, path, {p, t, s}),
                 sum({{1, first}, {alpha(s) * ((expl(-h) - 1) / h + 1), D1}}), 1e-13, name);
  }
}

TEST(DpmSolverPp2M, FromPureNoiseIsDdim) {
  expect_ddim_from_pure_noise("dpm_solver_pp_2m", kMidpoint);
  expect_ddim_from_pure_noise("dpm_solver_pp_2m", kHeun);
}

}  // namespace
}  // namespace ito
