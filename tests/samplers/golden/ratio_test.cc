// diffusers' schedulers that step in sigma/alpha with the state unscaled (alpha = 1): ours on the path `edm`, whose
// clock is that ratio. A model of v lives on its own variance-preserving path and is adapted.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/ratio.npz";
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;

// The registered grids of the recorded levels, which are those of a variance-preserving path. Of the others: a beta
// grid between the ends of a trailing one (heun_beta_x0), and walks whose last step has no length.
struct Registered {
  const char* path;
  const char* grid;
  GivenParameters given = {};
};
const std::map<std::string, Registered>& registered_grids() {
  static const GivenParameters euler = {{"compat", std::string("euler")}};
  static const std::map<std::string, Registered> all = {
      {"euler", {"scaled_linear", "linspace", euler}},
      {"euler_leading_v", {"ddpm_linear", "leading"}},
      {"euler_trailing_x0", {"cosine_discrete", "trailing"}},
      {"euler_log_linear", {"scaled_linear", "lambda", {{"final", std::string("end")}}}},
      {"euler_karras", {"scaled_linear", "karras"}},
      {"euler_beta", {"scaled_linear", "beta", {{"in", std::string("sigma")}}}},
      {"heun", {"scaled_linear", "linspace", euler}},
      {"heun_karras_v", {"ddpm_linear", "karras"}},
      {"lms", {"scaled_linear", "linspace", euler}},
      {"lms_2", {"scaled_linear", "trailing"}},
      {"lms_karras_x0", {"ddpm_linear", "karras"}},
      {"kdpm2", {"scaled_linear", "linspace", euler}},
      {"kdpm2_exponential_v", {"ddpm_linear", "lambda"}}};
  return all;
}

void expect_cases(std::vector<Recorded> cases) {
  for (Recorded& r : cases) {
    const auto found = registered_grids().find(r.name);
    if (found == registered_grids().end()) continue;
    r.grid_path = found->second.path;
    r.grid = found->second.grid;
    r.grid_given = found->second.given;
  }
  expect_all(kFile, cases);
}

TEST(GoldenRatio, Euler) {
  const std::string solver = "euler";
  expect_cases({{.name = "euler", .solver = solver},
                {.name = "euler_leading_v", .solver = solver, .prediction = kV, .model_path = "ddpm_linear"},
                // 1 - abar of a discretised cosine in float32 loses two digits: here, and in heun_beta_x0.
                {.name = "euler_trailing_x0", .solver = solver, .prediction = kX0, .shipped = 2e-4},
                {.name = "euler_log_linear", .solver = solver},
                {.name = "euler_karras", .solver = solver},
                // Its last step has no length: errata_test.cc.
                {.name = "euler_exponential", .solver = solver, .walked = 9},
                {.name = "euler_beta", .solver = solver},
                {.name = "euler_zero_snr", .solver = solver, .prediction = kV, .model_path = "cosine"},
                {.name = "edm_euler", .solver = solver, .path = "edm", .prediction = kX0, .grid = "karras"},
                {.name = "edm_euler_exponential", .solver = solver, .path = "edm", .prediction = kX0, .walked = 9}});
}

TEST(GoldenRatio, Heun) {
  expect_cases({{.name = "heun", .solver = "edm_heun", .calls = 2}});
  const std::string solver = "heun";
  expect_cases({{.name = "heun", .solver = solver, .calls = 2},
                {.name = "heun_karras_v",
                 .solver = solver,
                 .prediction = kV,
                 .model_path = "ddpm_linear",
                 .calls = 2,
                 .shipped = 2e-5},
                {.name = "heun_beta_x0", .solver = solver, .prediction = kX0, .calls = 2, .shipped = 2e-4}});
}

TEST(GoldenRatio, Lms) {
  const std::string solver = "lms";
  expect_cases({{.name = "lms", .solver = solver, .steps = 9},
                {.name = "lms_2", .solver = solver, .given = {{"order", std::int64_t{2}}}, .steps = 9},
                {.name = "lms_karras_x0", .solver = solver, .prediction = kX0, .steps = 9, .shipped = 2e-5}});
}

TEST(GoldenRatio, Dpm2) {
  const std::string solver = "dpm_2";
  expect_cases({{.name = "kdpm2", .solver = solver, .calls = 2},
                {.name = "kdpm2_exponential_v",
                 .solver = solver,
                 .prediction = kV,
                 .model_path = "ddpm_linear",
                 .calls = 2,
                 .shipped = 5e-5}});
}

}  // namespace
}  // namespace ito
