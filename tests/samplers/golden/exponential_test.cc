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

TEST(GoldenExponential, DpmSolverPp2MHeun) {
  const std::string solver = "dpm_solver_pp_2m";
  const GivenParameters heun = {{"solver_type", std::string("heun")}};
  expect_all(kFile, {{.name = "pp_2m_heun", .solver = solver, .given = heun, .path = "scaled_linear", .prediction = kV},
                     {.name = "edm_pp_2m_heun", .solver = solver, .given = heun, .path = "edm"}});
}

// What diffusers calls order 3 is the formula without its factor 2.
TEST(GoldenExponential, DpmSolverPp3MAsPublished) {
  const std::string solver = "dpm_solver_pp_3m";
  const GivenParameters published = {{"compat", std::string("published")}};
  expect_all(kFile, {{.name = "pp_3m_5", .solver = solver, .given = published, .path = "ddpm_linear"},
                     {.name = "pp_3m_10", .solver = solver, .given = published, .path = "ddpm_linear"},
                     {.name = "pp_3m_full",
                      .solver = solver,
                      .given = {{"compat", std::string("published")}, {"lower_order_final", false}},
                      .path = "scaled_linear",
                      .prediction = kX0},
                     {.name = "edm_pp_3m", .solver = solver, .given = published, .path = "edm", .grid = "karras"}});
}

// A step of ours is two of theirs, equal in lambda, so that s_1 is where the paper puts it; their last, of order 1, is
// not walked.
TEST(GoldenExponential, SinglestepOfOrder2) {
  expect_all(
      kFile,
      {{.name = "singlestep_pp_2", .solver = "dpm_solver_pp_2s", .path = "scaled_linear", .calls = 2, .steps = 3},
       {.name = "singlestep_dpm_2", .solver = "dpm_solver", .path = "scaled_linear", .calls = 2, .steps = 3}});
}

// DPM-Solver's multistep in eps is UniP-2 there.
TEST(GoldenExponential, UniPc) {
  const auto given = [](int order, const char* variant, bool corrector = true, const char* output = "sample",
                        bool lower_order_final = true) {
    return GivenParameters{{"order", std::int64_t{order}},
                           {"variant", std::string(variant)},
                           {"corrector", corrector},
                           {"output", std::string(output)},
                           {"lower_order_final", lower_order_final}};
  };
  std::vector<Recorded> cases = {
      {.name = "unip_2", .given = given(2, "bh2", false), .path = "ddpm_linear"},
      {.name = "unip_3", .given = given(3, "bh2", false), .path = "ddpm_linear"},
      {.name = "unipc_3_full",
       .given = given(3, "bh2", true, "sample", false),
       .path = "scaled_linear",
       .prediction = kV},
      {.name = "unipc_2_eps", .given = given(2, "bh2", true, "eps"), .path = "ddpm_linear"},
      {.name = "unipc_3_eps_bh1", .given = given(3, "bh1", true, "eps"), .path = "ddpm_linear"},
      {.name = "unipc_2_karras", .given = given(2, "bh2"), .path = "scaled_linear", .prediction = kX0},
      {.name = "unipc_2_beta", .given = given(2, "bh2"), .path = "scaled_linear"},
      {.name = "unipc_2_exponential", .given = given(2, "bh2"), .path = "scaled_linear"},
      {.name = "dpm_2m", .given = given(2, "bh2", false, "eps"), .path = "ddpm_linear"}};
  for (const int order : {1, 2, 3})
    for (const char* variant : {"bh1", "bh2"})
      cases.push_back({.name = "unipc_" + std::to_string(order) + "_" + variant,
                       .given = given(order, variant),
                       .path = "ddpm_linear"});
  for (Recorded& r : cases) r.solver = "unipc";
  expect_all(kFile, cases);
}

TEST(GoldenExponential, DeisInLogRho) {
  const auto given = [](int order, bool lower_order_final = true) {
    return GivenParameters{
        {"order", std::int64_t{order}}, {"variant", std::string("logrhoab")}, {"lower_order_final", lower_order_final}};
  };
  const std::string solver = "deis";
  expect_all(kFile, {{.name = "deis_2", .solver = solver, .given = given(2), .path = "ddpm_linear"},
                     {.name = "deis_3", .solver = solver, .given = given(3), .path = "ddpm_linear"},
                     // Its last step has no length: the smallest sigma is both appended and in the list.
                     {.name = "deis_2_karras",
                      .solver = solver,
                      .given = given(2, false),
                      .path = "scaled_linear",
                      .prediction = kV,
                      .steps = 9},
                     {.name = "deis_3_full",
                      .solver = solver,
                      .given = given(3, false),
                      .path = "scaled_linear",
                      .prediction = kX0}});
}

}  // namespace
}  // namespace ito
