// k-diffusion's samplers: its sigma is our sigma/alpha, so ours walk on the path `edm`.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "k_diffusion/samplers.npz";

// k-diffusion's sigma grids, by name.
void expect_cases(std::vector<Recorded> cases) {
  const GivenParameters ends = {{"sigma_min", 0.03}, {"sigma_max", 14.6}};
  for (Recorded& r : cases) {
    const auto says = [&](const char* word) { return r.name.find(word) != std::string::npos; };
    if (says("polyexponential") || says("fast")) continue;  // no grid of ours; its own grid
    const bool exponential = says("exponential") || says("2s_") || says("3m_") || says("third") || says("al_noise");
    r.grid = exponential ? "lambda" : "karras";
    r.grid_given = ends;
    if (says("_vp") || says("lms_3")) {
      r.grid_path = "vp";
      r.grid = "shifted";
      r.grid_given = {{"shift", 1.0}, {"t_end", 0.001}};
    }
    if (says("heun_5")) r.grid_given = {{"rho", 5.0}, {"sigma_min", 0.002}, {"sigma_max", 80.0}};
  }
  expect_all(kFile, cases);
}

TEST(GoldenKDiffusion, Euler) {
  expect_cases({{.name = "euler", .solver = "euler"},
                {.name = "euler_vp", .solver = "euler"},
                {.name = "euler_polyexponential", .solver = "euler"}});
}

TEST(GoldenKDiffusion, Heun) {
  expect_cases({{.name = "heun", .solver = "heun"}, {.name = "heun_5", .solver = "heun"}});
}

TEST(GoldenKDiffusion, Dpm2) {
  expect_cases({{.name = "dpm_2", .solver = "dpm_2"},
                {.name = "dpm_2_exponential", .solver = "dpm_2"},
                {.name = "dpm_2_ancestral_eta_0", .solver = "dpm_2"}});
}

TEST(GoldenKDiffusion, Lms) {
  expect_cases({{.name = "lms", .solver = "lms", .steps = 9},
                {.name = "lms_2", .solver = "lms", .given = {{"order", std::int64_t{2}}}, .steps = 9},
                {.name = "lms_3", .solver = "lms", .given = {{"order", std::int64_t{3}}}, .steps = 9}});
}

TEST(GoldenKDiffusion, DpmSolverPp2M) {
  const std::string solver = "dpm_solver_pp_2m";
  expect_cases({{.name = "dpmpp_2m", .solver = solver},
                {.name = "dpmpp_2m_exponential", .solver = solver},
                {.name = "dpmpp_2m_sde_eta_0", .solver = solver}});
}

TEST(GoldenKDiffusion, DpmSolverPp2S) {
  expect_cases({{.name = "dpmpp_2s_ancestral_eta_0", .solver = "dpm_solver_pp_2s"},
                {.name = "dpmpp_sde_eta_0", .solver = "dpm_solver_pp_2s"}});
}

// dpm_fast walks equal steps in lambda by DPM-Solver 3 and ends with lower orders: the steps of order 3.
TEST(GoldenKDiffusion, DpmFastIsDpmSolver3) {
  const GivenParameters order_3 = {{"order", std::int64_t{3}}};
  expect_cases({{.name = "dpm_fast_7", .solver = "dpm_solver", .given = order_3, .steps = 2},
                {.name = "dpm_fast_11", .solver = "dpm_solver", .given = order_3, .steps = 3},
                {.name = "dpm_fast_12", .solver = "dpm_solver", .given = order_3, .steps = 3}});
}

// Euler's ancestral step on sigma/alpha is DDIM's with the same eta.
TEST(GoldenKDiffusion, EulerAncestralIsDdim) {
  for (const auto& [label, eta] : {std::pair{"0", 0.0}, {"half", 0.5}, {"1", 1.0}})
    expect_cases(
        {{.name = std::string("euler_ancestral_eta_") + label, .solver = "ddim", .given = {{"eta", eta}}, .draws = 2}});
}

}  // namespace
}  // namespace ito
