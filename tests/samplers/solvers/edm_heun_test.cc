#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(EdmHeunSolver, IsHeunOnEdm) {
  const PathPtr path = make_path("edm");
  const std::vector<double> times = {40.0, 5.0, 1.0, 0.1, 0.0};
  expect_same(walked("edm_heun", {}, path, times), walked("heun", {}, path, times), 1e-12);
}

// Algorithm 1 of EDM, on the state x/alpha at sigma/alpha.
TEST(EdmHeunSolver, IsAlgorithmOneOnEveryPathsOwnState) {
  const PathPtr edm = make_path("edm");
  for (const char* name : {"vp", "flow", "cosine", "sub_vp"}) {
    const PathPtr path = make_path(name);
    const double t = 0.8, s = 0.3;
    const long double alpha_t = path->alpha(Time(t)), alpha_s = path->alpha(Time(s));
    const long double r_t = ratio_of(*path, t), r_s = ratio_of(*path, s);
    const auto d = [](const State& x, long double r) {
      return sum({{1 / r, x}, {-1 / r, posterior_mean(kTwoLumps, 1, r, x)}});
    };
    const State y = sum({{1 / alpha_t, kStart}}), d_t = d(y, r_t);
    const State d_s = d(sum({{1, y}, {r_s - r_t, d_t}}), r_s);
    const State y_s = sum({{1, y}, {(r_s - r_t) / 2, d_t}, {(r_s - r_t) / 2, d_s}});
    expect_state(walked("edm_heun", {}, path, {t, s}), sum({{alpha_s, y_s}}), 1e-13, name);
  }
}

TEST(EdmHeunSolver, FromPureNoiseIsDdim) {
  expect_ddim_from_pure_noise("edm_heun", {});
  EXPECT_EQ(make_solver("edm_heun")->calls_per_step(), 2);
}

}  // namespace
}  // namespace ito
