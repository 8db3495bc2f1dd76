// Solvers of the reverse SDE with the recorded noise: k-diffusion's, diffusers' schedulers after them, and DDPM's
// learned variance. What is sigma there is sigma/alpha here, so that most walk on `edm`.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kCrowson = "k_diffusion/samplers.npz";
constexpr const char* kRatio = "diffusers/ratio.npz";
constexpr const char* kExponential = "diffusers/exponential.npz";
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;

GivenParameters with(GivenParameters given, const std::string& name, const Value& value) {
  given[name] = value;
  return given;
}

// The three etas of each of k-diffusion's samplers; two draws a step are recorded.
void expect_etas(const std::string& sampler, Recorded r, const GivenParameters& given = {}) {
  r.draws = 2;
  for (const auto& [label, eta] : {std::pair{"0", 0.0}, {"half", 0.5}, {"1", 1.0}}) {
    r.name = sampler + "_eta_" + label;
    r.given = with(given, "eta", eta);
    expect_recorded(kCrowson, r);
  }
}

TEST(GoldenStochastic, EulerAncestral) {
  expect_etas("euler_ancestral", {.solver = "euler_ancestral"});
  expect_recorded(
      kCrowson,
      {.name = "euler_ancestral_noise", .solver = "euler_ancestral", .given = {{"s_noise", 1.1}}, .draws = 2});
  expect_all(
      kRatio,
      {{.name = "euler_ancestral", .solver = "euler_ancestral"},
       {.name = "euler_ancestral_v", .solver = "euler_ancestral", .prediction = kV, .model_path = "ddpm_linear"}});
}

TEST(GoldenStochastic, Dpm2Ancestral) {
  const std::string solver = "dpm_2_ancestral";
  expect_etas(solver, {.solver = solver});
  expect_all(kRatio, {{.name = "kdpm2_ancestral", .solver = solver, .calls = 2, .draws = 2, .first_draw = 1},
                      {.name = "kdpm2_ancestral_karras_v",
                       .solver = solver,
                       .prediction = kV,
                       .model_path = "ddpm_linear",
                       .calls = 2,
                       .draws = 2,
                       .first_draw = 1,
                       .shipped = 5e-5}});
}

TEST(GoldenStochastic, DpmSolverPp2SAncestral) {
  expect_etas("dpmpp_2s_ancestral", {.solver = "dpm_solver_pp_2s_ancestral"});
}

// The published z_{t,s} of a whole step is given; ours is put together of z_{t,m} and of z_{m,s}, so that is what makes
// the published one:  sqrt(tau_s - tau_t) z_{t,s} = sqrt(tau_m - tau_t) z_{t,m} + sqrt(tau_s - tau_m) z_{m,s}.
Tensor second_part(const NoiseRequest& request, const Grid& grid, const Tensor& rows, std::int64_t turn) {
  std::vector<double> z = row(rows, turn);
  if (request.substep == 1) {
    const auto tau = [&](Time sigma) { return math::exp(-2.0 * request.nu * request.nu * math::log(sigma.value)); };
    const double at_t = tau(grid[request.step]), at_m = tau(request.from), at_s = tau(request.to);
    const std::vector<double> first = row(rows, turn - 1);
    for (std::size_t i = 0; i < z.size(); ++i)
      z[i] = (std::sqrt(at_s - at_t) * z[i] - std::sqrt(at_m - at_t) * first[i]) / std::sqrt(at_s - at_m);
  }
  return Tensor::from(z, request.like.shape());
}

TEST(GoldenStochastic, DpmSolverPpSde) {
  const std::string solver = "dpm_solver_pp_sde";
  expect_etas("dpmpp_sde", {.solver = solver, .noise = second_part});
  expect_recorded(
      kCrowson,
      {.name = "dpmpp_sde_r_third", .solver = solver, .given = {{"r", 1.0 / 3.0}}, .noise = second_part, .draws = 2});
  expect_all(kRatio, {{.name = "dpm_solver_sde", .solver = solver, .noise = second_part, .calls = 2, .draws = 2},
                      {.name = "dpm_solver_sde_karras_v",
                       .solver = solver,
                       .prediction = kV,
                       .model_path = "ddpm_linear",
                       .noise = second_part,
                       .calls = 2,
                       .draws = 2,
                       .shipped = 5e-5}});
}

TEST(GoldenStochastic, DpmSolverPp2MSde) {
  const std::string solver = "dpm_solver_pp_2m_sde";
  const GivenParameters full = {{"lower_order_final", false}};
  const GivenParameters heun = with(full, "solver_type", std::string("heun"));
  expect_etas("dpmpp_2m_sde", {.solver = solver}, full);
  expect_all(kCrowson,
             {{.name = "dpmpp_2m_sde_heun", .solver = solver, .given = heun, .draws = 2},
              {.name = "dpmpp_2m_sde_heun_half", .solver = solver, .given = with(heun, "eta", 0.5), .draws = 2}});
  expect_all(kExponential,
             {{.name = "sde_pp_2m_midpoint", .solver = solver, .path = "scaled_linear", .grid = "karras"},
              {.name = "sde_pp_2m_heun", .solver = solver, .given = heun, .path = "scaled_linear", .grid = "karras"},
              {.name = "edm_sde_pp_2m",
               .solver = solver,
               .path = "edm",
               .prediction = kX0,
               .grid = "karras",
               .shipped = 5e-5}});
}

// Without D2's factor 2, as published. diffusers' order 3 has another D2 (errata_test.cc) and is not held.
TEST(GoldenStochastic, DpmSolverPp3MSde) {
  expect_etas("dpmpp_3m_sde", {.solver = "dpm_solver_pp_3m_sde"}, {{"compat", std::string("published")}});
}

TEST(GoldenStochastic, EdmChurn) {
  // gamma = S_churn/N: 0.2 in each of 10 steps.
  expect_recorded(kCrowson, {.name = "heun_churn",
                             .solver = "edm_churn",
                             .given = {{"S_churn", 2.0}, {"S_tmin", 0.05}, {"S_tmax", 10.0}, {"S_noise", 1.003}},
                             .draws = 2});
  expect_recorded(kCrowson, {.name = "heun", .solver = "edm_churn", .given = {{"S_churn", 0.0}}});
}

TEST(GoldenStochastic, DdpmLearnedVariance) {
  const auto says_variance = [](Denoiser& model) {
    model.gives_variance = true;
    model.evaluate = [plain = model.evaluate](const Query& query) {
      Answer answer = plain(query);
      std::vector<double> share;  // VARIANCE of generate.py, from [-1, 1]
      for (const double v : {-0.9, 0.2, 0.7, -0.3}) share.push_back((v + 1) / 2);
      answer.variance = Tensor::from(share, query.x.shape());
      return answer;
    };
  };
  expect_recorded("diffusers/posterior.npz", {.name = "ddpm_learned_range",
                                              .solver = "ddpm",
                                              .given = {{"variance", std::string("learned")}},
                                              .path = "cosine_discrete",
                                              .grid = "leading",
                                              .with = says_variance});
}

}  // namespace
}  // namespace ito
