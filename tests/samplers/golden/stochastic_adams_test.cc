// sa_solver against diffusers' SASolverScheduler, whose order-2 coefficients are the authors' (compat = "published").
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

// diffusers: tau = 1 at the training indices 200 .. 800, which are the times 0.201 .. 0.801.
GivenParameters adams(int predictor, int corrector, double tau = 1.0, double start = 0.2005, double end = 0.8015) {
  return {{"predictor_order", std::int64_t{predictor}},
          {"corrector_order", std::int64_t{corrector}},
          {"tau", tau},
          {"tau_start", start},
          {"tau_end", end},
          {"compat", std::string("published")}};
}

// Of a walk whose orders are not lowered because more steps follow than are held.
GivenParameters cut(GivenParameters given) {
  given["lower_order_final"] = false;
  return given;
}

TEST(GoldenStochasticAdams, SaSolver) {
  const std::string path = "scaled_linear", solver = "sa_solver";
  expect_all("diffusers/exponential.npz",
             {{.name = "sa_2_2", .solver = solver, .given = adams(2, 2), .path = path},
              {.name = "sa_3_4", .solver = solver, .given = adams(3, 4), .path = path},
              {.name = "sa_1_1", .solver = solver, .given = adams(1, 1), .path = path, .prediction = Prediction::v},
              {.name = "sa_2_2_ode", .solver = solver, .given = adams(2, 2, 0.0), .path = path},
              {.name = "sa_2_2_sde", .solver = solver, .given = adams(2, 2, 1.0, 0.0, 1.0), .path = path},
              // The last step has length 0: see below.
              {.name = "sa_2_2_karras", .solver = solver, .given = cut(adams(2, 2)), .path = path, .walked = 9}});
}

TEST(GoldenStochasticAdams, SaSolverOnFlow) {
  expect_all("diffusers/flow.npz",
             {{.name = "flow_sa_2_2",
               .solver = "sa_solver",
               .given = cut(adams(2, 2)),
               .path = "flow",
               .prediction = Prediction::velocity,
               .walked = 9}},
             Level::sigma);
}

// diffusers closes SASolverScheduler's Karras and flow levels with the last of them once more, not with 0: the walk
// ends at that noise. With flow levels (10 steps, shift 3) a quarter of the sample is noise: the recorded end is the
// state at sigma = 0.25, not x_0.
TEST(GoldenStochasticAdams, TheSchedulersLastStepIsOfLengthZero) {
  const auto karras = golden_file("diffusers/exponential.npz").at("sa_2_2_karras.levels").span<double>();
  EXPECT_EQ(karras[9], karras[10]);
  const auto flow = golden_file("diffusers/flow.npz").at("flow_sa_2_2.levels").span<double>();
  EXPECT_EQ(flow[9], flow[10]);
  EXPECT_NEAR(flow[10], 0.25, 3e-4);
}

}  // namespace
}  // namespace ito
