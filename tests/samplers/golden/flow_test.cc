// Walks on the path `flow`, against diffusers' flow-matching schedulers and its flow variants of others.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/flow.npz";

// On the recorded times (the spacings: flow_grids_test below holds those that ito has).
std::vector<Recorded> on_flow(std::vector<Recorded> cases) {
  for (Recorded& r : cases) {
    r.path = "flow";
    r.prediction = Prediction::velocity;
  }
  return cases;
}

TEST(GoldenFlow, Euler) {
  std::vector<Recorded> cases;
  for (const char* name :
       {"flow_euler", "flow_euler_shift_3", "flow_euler_dynamic", "flow_euler_dynamic_linear", "flow_euler_terminal",
        "flow_euler_karras", "flow_euler_exponential", "flow_euler_beta", "flow_euler_given"})
    cases.push_back({.name = name, .solver = "flow_euler"});
  expect_all(kFile, on_flow(cases), Level::sigma);
}

TEST(GoldenFlow, Heun) {
  expect_all(kFile,
             on_flow({{.name = "flow_heun", .solver = "heun", .calls = 2},
                      {.name = "flow_heun_shift_3", .solver = "flow_heun", .calls = 2}}),
             Level::sigma);
}

TEST(GoldenFlow, DpmSolverPp2M) {
  expect_all(kFile, on_flow({{.name = "flow_pp_2m", .solver = "dpm_solver_pp_2m"}}), Level::sigma);
}

}  // namespace
}  // namespace ito
