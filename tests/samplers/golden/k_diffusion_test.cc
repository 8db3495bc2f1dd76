// k-diffusion's samplers: its sigma is our sigma/alpha, so ours walk on the path `edm`. Stochastic ones:
// stochastic_test.cc.
//
// Recorded, and not walked here:
//   euler_churn, dpm_2_churn           churn is edm_churn's, whose step is Heun's, as in the paper
//   dpm_fast's last steps              a walk of ours has one order
//   dpm_adaptive                       adaptive steps are dormand_prince's: both ends are held to the exact flow's
//   dpmpp_3m_sde_* uncorrected         held with compat = "published"
// polyexponential sigmas are a grid that is written out (`given`).
#include "samplers/process/likelihood.h"
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

// Steps of their own: the same ends, each to its own tolerance.
TEST(GoldenKDiffusion, DpmAdaptiveEndsWhereDormandPrinceDoes) {
  const PathPtr path = ratio_path();
  for (const char* name : {"dpm_adaptive_2", "dpm_adaptive_3"}) {
    const Tensor& states = golden_file(kFile).at(std::string(name) + ".states");
    const auto levels = golden_file(kFile).at(std::string(name) + ".levels").span<double>();
    const Time t(levels[0]), s(levels[1]);
    const Grid grid(*path, {t.value, s.value}, "grid 'ends'");
    const Tensor ours = walk(*make_solver("dormand_prince"), two_points(path, Prediction::sample), path, grid,
                             Tensor::from(row(states, 0), {1, 4}));
    for (std::size_t i = 0; i < 4; ++i) {
      const double truth = static_cast<double>(exact_flow(kTwoPoints, *path, t, s, {row(states, 0)[i]})[0]);
      EXPECT_NEAR(ours.span<double>()[i], truth, 5e-5) << name;
      EXPECT_NEAR(row(states, 1)[i], truth, 2e-3) << name;  // rtol and atol 1e-3
    }
  }
}

// Euler's ancestral step on sigma/alpha is DDIM's with the same eta.
TEST(GoldenKDiffusion, EulerAncestralIsDdim) {
  for (const auto& [label, eta] : {std::pair{"0", 0.0}, {"half", 0.5}, {"1", 1.0}})
    expect_cases(
        {{.name = std::string("euler_ancestral_eta_") + label, .solver = "ddim", .given = {{"eta", eta}}, .draws = 2}});
}

// Their tolerance is 1e-11. Both take N(0, sigma_max^2) for the law at sigma_max, which the data widen by 3e-5.
TEST(GoldenKDiffusion, LogLikelihood) {
  const NamedTensors& arrays = golden_file(kFile);
  Denoiser model = two_points(ratio_path(), Prediction::sample);
  model.vjp = [](const Query& query, const Tensor& v) {
    constexpr double m = 1.1, s = 0.4;
    const double sigma = query.times[0], V = s * s + sigma * sigma;
    Tensor y = Tensor::like(v);
    for (std::size_t i = 0; i < v.span<double>().size(); ++i) {
      const double tanh = math::tanh(m * query.x.span<double>()[i] / V);
      y.mutable_span<double>()[i] =
          v.span<double>()[i] * (s * s / V + sigma * sigma / V * m * m / V * (1.0 - tanh * tanh));
    }
    return y;
  };
  const Tensor& x = arrays.at("log_likelihood.x");
  const double theirs = arrays.at("log_likelihood.value").span<double>()[0];
  EXPECT_NEAR(log_likelihood(model, x, Time(0.01), Time(200.0)).log_density[0], theirs, 1e-7);
  double density = 0;  // in closed form, of the data with noise 0.01
  const double variance = 0.4 * 0.4 + 0.01 * 0.01;
  for (const double x_i : x.span<double>())
    density += std::log((std::exp(-(x_i - 1.1) * (x_i - 1.1) / (2 * variance)) +
                         std::exp(-(x_i + 1.1) * (x_i + 1.1) / (2 * variance))) /
                        2 / std::sqrt(2 * 3.14159265358979 * variance));
  EXPECT_NEAR(theirs, density, 2e-4);
}

}  // namespace
}  // namespace ito
