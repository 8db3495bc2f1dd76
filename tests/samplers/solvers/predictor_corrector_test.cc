#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(PredictorCorrector, WithoutCorrectorIsDdimWithEtaOne) {
  for (const char* name : {"vp", "ve", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const Grid grid = make_grid("lambda", *path, 6);
    const SampleRequest request{.seed = 7, .count = 5, .shape = {2}, .dtype = DType::f64};
    const Denoiser model = mixture_denoiser(kTwoLumps, path);
    const GivenParameters none = {{"corrector_steps", std::int64_t{0}}};
    expect_same(sample(model, path, grid, *make_solver("predictor_corrector", none), request).samples,
                sample(model, path, grid, *make_solver("ddim", {{"eta", 1.0}}), request).samples, 1e-13, name);
  }
}

// Algorithms 3 and 5 in the paper's letters on vp, 2 and 4 on edm: one step, two corrections.
TEST(PredictorCorrector, IsThePapersStep) {
  const double snr = 0.2;
  const std::vector<double> z = {0.4, -0.7, 1.1};
  for (const char* name : {"vp", "edm"}) {
    const PathPtr path = make_path(name);
    const double t = 0.7, s = 0.5;
    const long double a_t = powl(path->alpha(Time(t)), 2), a_s = powl(path->alpha(Time(s)), 2);
    const long double v_t = powl(path->sigma(Time(t)), 2), v_s = powl(path->sigma(Time(s)), 2);
    // The ancestral step: the posterior q(x_s | x_t, x_0) with x_0-hat.
    const State x0 = x0_of(*path, kStart, t), ones = {1, 1};
    const long double v_ts = v_t - a_t / a_s * v_s;
    State x = sum({{sqrtl(a_t / a_s) * v_s / v_t, kStart},
                   {sqrtl(a_s) * v_ts / v_t, x0},
                   {sqrtl(v_s * v_ts / v_t) * z[0], ones}});
    const long double one_minus_beta = std::string(name) == "edm" ? 1.0L : a_t / a_s;
    for (const double z_k : {z[1], z[2]}) {
      const State g = sum({{-1 / path->sigma(Time(s)), eps_of(*path, x, s)}});
      const long double norm_g = sqrtl(g[0] * g[0] + g[1] * g[1]), norm_z = sqrtl(2.0L) * fabsl(z_k);
      const long double step = 2 * one_minus_beta * powl(snr * norm_z / norm_g, 2);
      x = sum({{1, x}, {step, g}, {sqrtl(2 * step) * z_k, ones}});
    }
    const auto solver = make_solver("predictor_corrector", {{"corrector_steps", std::int64_t{2}}, {"snr", snr}});
    const Tensor got =
        walk(*solver, mixture_denoiser(kTwoLumps, path), path, Grid(*path, {t, s}, "grid 'one'"),
             Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2}), listed_noise(z, 3));
    expect_state(got, x, 1e-13, name);
    EXPECT_EQ(solver->calls_per_step(), 3);
  }
}

// Of 1000 numbers a sample: as snr falls the law goes from the corrector's bias, a variance of 1/(1 - snr^2) times the
// path's, to that of the predictor alone, known exactly. In between it is nearer to the path's than either.
TEST(PredictorCorrector, ItsLawRunsFromTheCorrectorsBiasToThePredictors) {
  const WithThreads one(1);
  const PathPtr path = make_path("vp");
  const Grid grid = even_in_lambda(*path, 0.9, 0.02, 24);
  const double V = marginal_variance_of(*path, grid.back()), m = path->alpha(grid.back()) * kLawMean;
  const double standard_error = V * std::sqrt(2 / 2e4);
  const auto variance = [&](double snr, int corrections) {
    const SampledMoments got = sampled_moments(
        "predictor_corrector", {{"snr", snr}, {"corrector_steps", std::int64_t{corrections}}}, path, grid, 20000);
    EXPECT_NEAR(got.mean, m, 5 * std::sqrt(2 * V / 2e4)) << snr;
    return got.variance;
  };
  const double alone = law_by_probes(*make_solver("ddim", {{"eta", 1.0}}), path, grid, 1).variance;
  EXPECT_GT(std::abs(alone - V), 10 * standard_error);
  EXPECT_NEAR(variance(0.01, 1), alone, 5 * standard_error);
  EXPECT_LT(std::abs(variance(0.16, 1) - V), 0.7 * std::abs(alone - V));
  EXPECT_NEAR(variance(0.4, 8), V / (1 - 0.16), 5 * standard_error + 0.02 * V);
}

TEST(PredictorCorrector, RefusesAnEndWithoutScore) {
  const PathPtr path = make_path("flow");
  EXPECT_NE(message_of([&] {
              make_solver("predictor_corrector")->start(*path, make_grid("uniform", *path, 4), Prediction::eps);
            }).find("solver 'predictor_corrector': on path 'flow' at time 1"),
            std::string::npos);
  // alpha' = sigma' = 0 at the clipped end, where the corrector would ask for the score.
  const PathPtr laplace = make_path("laplace");
  const Grid grid = make_grid("lambda", *laplace, 4, {{"t_start", 0.9}, {"final", std::string("end")}});
  EXPECT_EQ(message_of([&] {
              make_solver("predictor_corrector")->start(*laplace, grid, Prediction::velocity);
            }).substr(0, 69),
            "solver 'predictor_corrector': on path 'laplace' at time 0 (alpha 0.99");
}

}  // namespace
}  // namespace ito
