#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// On vp in beta(t), as score_sde writes it: f = -beta x/2, g^2 = beta.
TEST(EulerMaruyama, IsScoreSdes) {
  const PathPtr path = make_path("vp");
  const double t = 0.7, s = 0.6, beta = 0.1 + t * (20 - 0.1), x = 1.7, d = t - s;
  const double alpha = path->alpha(Time(t)), sigma = path->sigma(Time(t));
  const double x0 = static_cast<double>(posterior_mean(kThreeLumps, alpha, sigma, {x})[0]);
  const double score = -(x - alpha * x0) / (sigma * sigma);
  for (const double nu : {0.0, 0.5, 1.0}) {
    const double expected =
        x + d * (0.5 * beta * x + 0.5 * (1 + nu * nu) * beta * score) + nu * std::sqrt(beta * d) * fixed_z(0);
    EXPECT_NEAR(walk(*make_solver("euler_maruyama", {{"nu", nu}}), mixture_denoiser(kThreeLumps, path), path,
                     Grid(*path, {t, s}, "grid 'one'"), Tensor::full({1, 1}, x, DType::f64), fixed_noise)
                    .item(),
                expected, 1e-13);
  }
}

TEST(EulerMaruyama, WithoutNoiseIsEuler) {
  for (const std::string& path : all_paths())
    EXPECT_NEAR(solver_through_sigmas("euler_maruyama", {{"nu", 0.0}}, path, {2.0, 1.2, 0.7}),
                solver_through_sigmas("euler", {}, path, {2.0, 1.2, 0.7}), 1e-12)
        << path;
}

}  // namespace
}  // namespace ito
