#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(Lcm, DenoisesAndNoisesAnew) {
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const double t = 0.7, s = 0.4;
    const State x0 = x0_of(*path, kStart, t);
    const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
    const auto got = [&](const GivenParameters& given) {
      return walk(*make_solver("lcm", given), mixture_denoiser(kTwoLumps, path), path,
                  Grid(*path, {t, s}, "grid 'one'"), x, listed_noise({0.5}, 1));
    };
    const long double alpha = path->alpha(Time(s)), sigma = path->sigma(Time(s));
    expect_state(got({}), sum({{alpha, x0}, {sigma * 0.5L, {1, 1}}}), 1e-14, name);
    // With the boundary functions, their scale made so small that both show.
    const long double q = 0.001L * (1000 * network_time(*path, Time(t)) - 1), sd = 0.3L;
    const long double skip = sd * sd / (q * q + sd * sd), out = q / sqrtl(q * q + sd * sd);
    const long double norm = hypotl(path->alpha(Time(t)), path->sigma(Time(t)));
    const State f = sum({{skip / norm, kStart}, {out, x0}});
    expect_state(got({{"boundary", true}, {"sigma_data", 0.3}, {"timestep_scaling", 0.001}}),
                 sum({{alpha, f}, {sigma * 0.5L, {1, 1}}}), 1e-14, name);
  }
}

// With a plain denoiser the loop's law is not the data's: the last denoising leaves the posterior mean, whose variance
// is the data's times what the last time knows of it; finer grids do not mend it.
TEST(Lcm, OfAPlainDenoiserShrinksTheSamples) {
  const WithThreads one(1);
  const PathPtr path = make_path("flow");
  std::vector<double> variances;
  for (const int n : {4, 16, 64}) {
    std::vector<double> times;
    for (int i = 0; i <= n; ++i) times.push_back(0.9 + (0.4 - 0.9) * i / n);
    times.push_back(0.0);
    const EndLaw law = law_by_probes(*make_solver("lcm"), path, Grid(*path, times, "grid 'test'"), 1);
    EXPECT_NEAR(law.mean, kLawMean, 1e-13) << n;
    // At t = 0.4: of the exact law, gain^2 V = S alpha^2 S/V = 0.36 S; less still, as every step before shrank it too.
    const double alpha = 0.6, V = alpha * alpha * kLawVariance + 0.16;
    EXPECT_LT(law.variance, kLawVariance * alpha * alpha * kLawVariance / V) << n;
    variances.push_back(law.variance);
  }
  // It tends to a law of its own: what a finer grid changes gets less.
  EXPECT_LT(std::abs(variances[2] - variances[1]), 0.02 * variances[2]);
  EXPECT_LT(std::abs(variances[2] - variances[1]), 0.4 * std::abs(variances[1] - variances[0]));
}

TEST(Lcm, OfAConsistentModelHasTheDatasLaw) {
  // The consistency function of Gaussian data: the end of the ODE through x.
  const WithThreads one(1);
  const PathPtr path = make_path("flow");
  const Denoiser consistent = make_denoiser(
      "consistent", Prediction::sample, path, [path](const Tensor& x, std::span<const double> times, const Tensor&) {
        const double scale = std::sqrt(kLawVariance / marginal_variance_of(*path, Time(times[0])));
        const double m = path->alpha(Time(times[0])) * kLawMean;
        return combine({{scale, x}, {kLawMean - scale * m, Tensor::full(x.shape(), 1.0, DType::f64)}});
      });
  std::vector<double> start = {0.0, 1.0, 0.0, 0.0, 0.0};
  const Noise unit = [](const NoiseRequest& request) {
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[static_cast<std::size_t>(request.step) + 2] = 1.0;
    return z;
  };
  const Grid grid(*path, {0.9, 0.6, 0.3, 0.1, 0.0}, "grid 'test'");
  const Tensor end = walk(*make_solver("lcm"), consistent, path, grid, Tensor::from(start, {5, 1}), unit);
  const auto y = end.span<double>();
  const double gain = y[1] - y[0];
  double variance = gain * gain * marginal_variance_of(*path, grid.front());
  for (std::size_t k = 2; k < 5; ++k) variance += (y[k] - y[0]) * (y[k] - y[0]);
  EXPECT_NEAR(variance, kLawVariance, 1e-14);
  EXPECT_NEAR(y[0] + gain * path->alpha(grid.front()) * kLawMean, kLawMean, 1e-14);
}

}  // namespace
}  // namespace ito
