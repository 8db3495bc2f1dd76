// Walks on the path `flow`, against diffusers' flow-matching schedulers and its flow variants of others.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/flow.npz";

// On the recorded times, where no registered grid has them: spacings of Karras, exponential and beta in t itself,
// stretched ends, and the flow sigmas of multistep schedulers.
std::vector<Recorded> on_flow(std::vector<Recorded> cases) {
  for (Recorded& r : cases) {
    r.path = "flow";
    r.prediction = Prediction::velocity;
  }
  return cases;
}

// From t = 1 to the smallest training time, shifted, and then to 0.
GivenParameters shifted(double s, double t_end = 0.001) { return {{"shift", s}, {"t_end", t_end}}; }

TEST(GoldenFlow, Euler) {
  std::vector<Recorded> cases;
  for (const char* name : {"flow_euler_terminal", "flow_euler_karras", "flow_euler_exponential", "flow_euler_beta"})
    cases.push_back({.name = name});
  cases.push_back({.name = "flow_euler", .grid = "shifted", .grid_given = shifted(1.0)});
  // The smallest time is shifted twice: errata_test.cc.
  cases.push_back({.name = "flow_euler_shift_3", .grid = "shifted", .grid_given = shifted(3.0, 0.003 / 1.002)});
  cases.push_back({.name = "flow_euler_dynamic", .grid = "shifted", .grid_given = shifted(math::exp(0.8))});
  cases.push_back({.name = "flow_euler_dynamic_linear", .grid = "shifted", .grid_given = shifted(2.2)});
  cases.push_back({.name = "flow_euler_given", .grid = "shifted", .grid_given = shifted(3.0, 0.0)});
  for (Recorded& r : cases) r.solver = "flow_euler";
  expect_all(kFile, on_flow(cases), Level::sigma);
}

// Denoise to the end, and noise anew: the loop of lcm.
TEST(GoldenFlow, StochasticEulerIsLcm) {
  expect_all(kFile, on_flow({{.name = "flow_euler_stochastic", .solver = "lcm"}}), Level::sigma);
}

TEST(GoldenFlow, Heun) {
  expect_all(kFile,
             on_flow({{.name = "flow_heun", .solver = "heun", .calls = 2},
                      {.name = "flow_heun_shift_3", .solver = "flow_heun", .calls = 2}}),
             Level::sigma);
}

TEST(GoldenFlow, Exponential) {
  expect_all(
      kFile,
      on_flow(
          {{.name = "flow_pp_2m", .solver = "dpm_solver_pp_2m"},
           {.name = "flow_pp_3m", .solver = "dpm_solver_pp_3m", .given = {{"compat", std::string("published")}}},
           {.name = "flow_unipc_2", .solver = "unipc"},
           {.name = "flow_unipc_3", .solver = "unipc", .given = {{"order", std::int64_t{3}}}},
           // diffusers' last step has no length (at sigma 0.25: errata_test.cc), and would be the lowered one.
           {.name = "flow_deis_2",
            .solver = "deis",
            .given = {{"variant", std::string("logrhoab")}, {"order", std::int64_t{2}}, {"lower_order_final", false}},
            .walked = 9,
            .shipped = 5e-5}}),
      Level::sigma);
}

}  // namespace
}  // namespace ito
