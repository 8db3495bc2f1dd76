// Exponential integrators in lambda, against diffusers' multistep and singlestep schedulers.
//
// Recorded, and not walked by any of ours: dpm_3m (D2 without its 2, in eps) and sde_pp_3m (papers/errata.md);
// sde_dpm_2m, two steps of eps for the SDE; singlestep_*_heun, singlestep_*_3 (coefficients of neither paper), and
// singlestep walks whose inner times are not equal in lambda (singlestep_linspace, singlestep_karras).
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/exponential.npz";
const GivenParameters kTrailingToFirst = {{"final", std::string("first")}};
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;

// What is recorded on `ddpm_linear` takes linspace as the multistep schedulers do, to sigma = 0 or to training index 0.
void expect_cases(std::vector<Recorded> cases) {
  for (Recorded& r : cases) {
    if (r.path != "ddpm_linear" || !r.grid.empty()) continue;
    const bool clean = golden_file(kFile).at(r.name + ".levels").span<double>().back() == 0.0;
    r.grid = "linspace";
    r.grid_given = {{"compat", std::string("multistep")}, {"final", std::string(clean ? "zero" : "first")}};
  }
  expect_all(kFile, cases);
}

TEST(GoldenExponential, FirstOrderIsDdim) {
  expect_cases({{.name = "pp_1m_5", .solver = "ddim", .path = "ddpm_linear"},
                {.name = "pp_1m_10", .solver = "ddim", .path = "ddpm_linear"},
                {.name = "dpm_1m", .solver = "ddim", .path = "ddpm_linear"},
                {.name = "deis_1", .solver = "ddim", .path = "ddpm_linear"},
                // Its last step has no length: errata_test.cc.
                {.name = "singlestep_pp_1", .solver = "ddim", .path = "scaled_linear", .walked = 5},
                {.name = "sde_pp_1m_midpoint", .solver = "ddim", .given = {{"eta", 1.0}}, .path = "scaled_linear"},
                {.name = "edm_pp_1m", .solver = "ddim", .path = "edm", .grid = "karras"}});
}

TEST(GoldenExponential, DpmSolverPp2M) {
  const std::string solver = "dpm_solver_pp_2m";
  expect_cases(
      {{.name = "pp_2m_5", .solver = solver, .path = "ddpm_linear"},
       {.name = "pp_2m_10", .solver = solver, .path = "ddpm_linear"},
       {.name = "pp_2m_16", .solver = solver, .path = "ddpm_linear", .grid = "trailing"},
       {.name = "pp_2m_full",
        .solver = solver,
        .given = {{"lower_order_final", false}},
        .path = "scaled_linear",
        .prediction = kX0,
        .grid = "trailing",
        .grid_given = {{"final", std::string("first")}}},
       {.name = "pp_2m_heun",
        .solver = solver,
        .given = {{"solver_type", std::string("heun")}},
        .path = "scaled_linear",
        .prediction = kV,
        .grid = "leading",
        .grid_given = {{"compat", std::string("multistep")}}},
       {.name = "edm_pp_2m_heun",
        .solver = solver,
        .given = {{"solver_type", std::string("heun")}},
        .path = "edm",
        .prediction = kX0,
        .grid = "lambda"},
       // Its last step is of order 1 at any number of steps; ours below 15 only.
       {.name = "pp_2m_euler_at_final", .solver = solver, .path = "scaled_linear", .steps = 15},
       {.name = "pp_2m_karras", .solver = solver, .path = "scaled_linear", .grid = "karras"},
       // 1 - abar of a discretised cosine in float32 loses two digits.
       {.name = "pp_2m_karras_cosine", .solver = solver, .path = "cosine_discrete", .grid = "karras", .shipped = 5e-5},
       {.name = "pp_2m_lu", .solver = solver, .path = "scaled_linear", .grid = "lambda"},
       {.name = "pp_2m_exponential", .solver = solver, .path = "scaled_linear", .grid = "lambda"},
       {.name = "pp_2m_beta",
        .solver = solver,
        .path = "scaled_linear",
        .grid = "beta",
        .grid_given = {{"in", std::string("sigma")}}},
       {.name = "pp_2m_zero_snr", .solver = solver, .path = "cosine", .prediction = kV},
       {.name = "edm_pp_2m", .solver = solver, .path = "edm", .grid = "karras"}});
}

// D2 as published, without its factor 2: errata_test.cc has the order of both.
TEST(GoldenExponential, DpmSolverPp3M) {
  const std::string solver = "dpm_solver_pp_3m";
  const GivenParameters published = {{"compat", std::string("published")}};
  const GivenParameters full = {{"compat", std::string("published")}, {"lower_order_final", false}};
  expect_cases({{.name = "pp_3m_5", .solver = solver, .given = published, .path = "ddpm_linear"},
                {.name = "pp_3m_10", .solver = solver, .given = published, .path = "ddpm_linear"},
                {.name = "pp_3m_full",
                 .solver = solver,
                 .given = full,
                 .path = "scaled_linear",
                 .prediction = kX0,
                 .grid = "trailing",
                 .grid_given = kTrailingToFirst},
                {.name = "edm_pp_3m", .solver = solver, .given = published, .path = "edm", .grid = "karras"}});
}

// diffusers' singlestep schedulers take the times inside a step from their list; on a grid uniform in lambda those are
// the papers'. Three calls make a step of order 3, but with a u_2 or an x_s (solver_type heun) of other coefficients of
// the same order than algorithm 5's, so order 3 is held against k-diffusion instead.
TEST(GoldenExponential, Singlestep) {
  expect_cases(
      {{.name = "singlestep_pp_2", .solver = "dpm_solver_pp_2s", .path = "scaled_linear", .ends = {0, 2, 4, 6}},
       {.name = "singlestep_dpm_2", .solver = "dpm_solver", .path = "scaled_linear", .ends = {0, 2, 4, 6}}});
}

GivenParameters unipc(std::int64_t order, const GivenParameters& more = {}) {
  GivenParameters given = more;
  given["order"] = order;
  return given;
}

TEST(GoldenExponential, UniPc) {
  const std::string solver = "unipc";
  const GivenParameters bh1 = {{"variant", std::string("bh1")}}, eps = {{"output", std::string("eps")}};
  const GivenParameters alone = {{"corrector", false}};
  std::vector<Recorded> cases;
  for (const std::int64_t order : {1, 2, 3}) {
    const std::string name = "unipc_" + std::to_string(order);
    cases.push_back({.name = name + "_bh2", .solver = solver, .given = unipc(order), .path = "ddpm_linear"});
    // diffusers' bh1 is not a number in the step to sigma = 0: errata_test.cc.
    cases.push_back(
        {.name = name + "_bh1", .solver = solver, .given = unipc(order, bh1), .path = "ddpm_linear", .steps = 9});
  }
  for (const std::int64_t order : {2, 3})
    cases.push_back({.name = "unip_" + std::to_string(order),
                     .solver = solver,
                     .given = unipc(order, alone),
                     .path = "ddpm_linear"});
  cases.push_back({.name = "unipc_3_full",
                   .solver = solver,
                   .given = unipc(3, {{"lower_order_final", false}}),
                   .path = "scaled_linear",
                   .prediction = kV,
                   .grid = "trailing",
                   .grid_given = kTrailingToFirst,
                   .shipped = 2e-5});
  cases.push_back({.name = "unipc_2_eps", .solver = solver, .given = unipc(2, eps), .path = "ddpm_linear"});
  cases.push_back({.name = "unipc_3_eps_bh1",
                   .solver = solver,
                   .given = unipc(3, {{"output", std::string("eps")}, {"variant", std::string("bh1")}}),
                   .path = "ddpm_linear",
                   .shipped = 2e-5});
  // DPM-Solver's multistep method of order 2 in eps is UniP-2 there.
  cases.push_back({.name = "dpm_2m",
                   .solver = solver,
                   .given = unipc(2, {{"output", std::string("eps")}, {"corrector", false}}),
                   .path = "ddpm_linear"});
  cases.push_back(
      {.name = "unipc_2_karras", .solver = solver, .path = "scaled_linear", .prediction = kX0, .grid = "karras"});
  cases.push_back({.name = "unipc_2_beta", .solver = solver, .path = "scaled_linear"});
  cases.push_back({.name = "unipc_2_exponential", .solver = solver, .path = "scaled_linear", .grid = "lambda"});
  expect_cases(cases);
}

GivenParameters deis(std::int64_t order, bool lower_order_final = true) {
  return {{"variant", std::string("logrhoab")}, {"order", order}, {"lower_order_final", lower_order_final}};
}

TEST(GoldenExponential, Deis) {
  const std::string solver = "deis";
  expect_cases({{.name = "deis_1", .solver = solver, .given = deis(1), .path = "ddpm_linear"},
                {.name = "deis_2", .solver = solver, .given = deis(2), .path = "ddpm_linear"},
                // diffusers' "heun" integrates the line through two eps exactly, which is DEIS in log rho.
                {.name = "dpm_2m_heun", .solver = solver, .given = deis(2), .path = "ddpm_linear"},
                {.name = "deis_3", .solver = solver, .given = deis(3), .path = "ddpm_linear"},
                // Its last step has no length, and would be the lowered one.
                {.name = "deis_2_karras",
                 .solver = solver,
                 .given = deis(2, false),
                 .path = "scaled_linear",
                 .prediction = kV,
                 .walked = 9},
                {.name = "deis_3_full",
                 .solver = solver,
                 .given = deis(3, false),
                 .path = "scaled_linear",
                 .prediction = kX0,
                 .grid = "trailing",
                 .grid_given = kTrailingToFirst,
                 .shipped = 2e-5}});
}

// diffusers' sde-dpmsolver of order 1 is SEEDS-1 in eps.
TEST(GoldenExponential, Seeds) {
  expect_recorded(kFile, {.name = "sde_dpm_1m_midpoint",
                          .solver = "seeds",
                          .given = {{"stages", std::int64_t{1}}, {"form", std::string("noise")}},
                          .path = "scaled_linear"});
}

}  // namespace
}  // namespace ito
