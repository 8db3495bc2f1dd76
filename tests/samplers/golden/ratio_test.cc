// diffusers' schedulers that step in sigma/alpha with the state unscaled (alpha = 1): ours on the path `edm`, whose
// clock is that ratio. A model of v lives on its own variance-preserving path and is adapted.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/ratio.npz";
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;

TEST(GoldenRatio, Euler) {
  const std::string solver = "euler";
  expect_all(kFile,
             {{.name = "euler", .solver = solver},
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
  expect_recorded(kFile, {.name = "heun", .solver = "edm_heun", .calls = 2});
  const std::string solver = "heun";
  expect_all(kFile, {{.name = "heun", .solver = solver, .calls = 2},
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
  expect_all(kFile, {{.name = "lms", .solver = solver, .steps = 9},
                     {.name = "lms_2", .solver = solver, .given = {{"order", std::int64_t{2}}}, .steps = 9},
                     {.name = "lms_karras_x0", .solver = solver, .prediction = kX0, .steps = 9, .shipped = 2e-5}});
}

TEST(GoldenRatio, Dpm2) {
  const std::string solver = "dpm_2";
  expect_all(kFile, {{.name = "kdpm2", .solver = solver, .calls = 2},
                     {.name = "kdpm2_exponential_v",
                      .solver = solver,
                      .prediction = kV,
                      .model_path = "ddpm_linear",
                      .calls = 2,
                      .shipped = 5e-5}});
}

}  // namespace
}  // namespace ito
