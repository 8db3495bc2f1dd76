// Exponential integrators in lambda, against diffusers' multistep and singlestep schedulers.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/exponential.npz";
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;

TEST(GoldenExponential, FirstOrderIsDdim) {
  expect_all(kFile, {{.name = "pp_1m_5", .solver = "ddim", .path = "ddpm_linear"},
                     {.name = "pp_1m_10", .solver = "ddim", .path = "ddpm_linear"},
                     {.name = "dpm_1m", .solver = "ddim", .path = "ddpm_linear"},
                     {.name = "deis_1", .solver = "ddim", .path = "ddpm_linear"},
                     // Its last step has no length: errata_test.cc.
                     {.name = "singlestep_pp_1", .solver = "ddim", .path = "scaled_linear", .steps = 5},
                     {.name = "sde_pp_1m_midpoint", .solver = "ddim", .given = {{"eta", 1.0}}, .path = "scaled_linear"},
                     {.name = "edm_pp_1m", .solver = "ddim", .path = "edm", .grid = "karras"}});
}

TEST(GoldenExponential, DpmSolverPp2M) {
  const std::string solver = "dpm_solver_pp_2m";
  expect_all(kFile, {{.name = "pp_2m_5", .solver = solver, .path = "ddpm_linear"},
                     {.name = "pp_2m_10", .solver = solver, .path = "ddpm_linear"},
                     {.name = "pp_2m_16", .solver = solver, .path = "ddpm_linear", .grid = "trailing"},
                     {.name = "pp_2m_full",
                      .solver = solver,
                      .given = {{"lower_order_final", false}},
                      .path = "scaled_linear",
                      .prediction = kX0,
                      .grid = "trailing",
                      .grid_given = {{"final", std::string("first")}}},
                     // Its last step is of order 1 at any number of steps; ours below 15 only.
                     {.name = "pp_2m_euler_at_final", .solver = solver, .path = "scaled_linear", .steps = 15},
                     {.name = "pp_2m_karras", .solver = solver, .path = "scaled_linear", .grid = "karras"},
                     // 1 - abar of a discretised cosine in float32 loses two digits.
                     {.name = "pp_2m_karras_cosine", .solver = solver, .path = "cosine", .shipped = 5e-5},
                     {.name = "pp_2m_lu", .solver = solver, .path = "scaled_linear", .grid = "lambda"},
                     {.name = "pp_2m_exponential", .solver = solver, .path = "scaled_linear", .grid = "lambda"},
                     {.name = "pp_2m_beta", .solver = solver, .path = "scaled_linear"},
                     {.name = "pp_2m_zero_snr", .solver = solver, .path = "cosine", .prediction = kV},
                     {.name = "edm_pp_2m", .solver = solver, .path = "edm", .grid = "karras"}});
}

}  // namespace
}  // namespace ito
