#include "samplers/process/langevin.h"

#include <cstring>

#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr double kTime = 0.4;

TEST(Langevin, OneStepIsItsFormula) {
  const PathPtr path = make_path("vp");
  const double V = marginal_variance_of(*path, Time(kTime)), m = path->alpha(Time(kTime)) * kLawMean, step = 0.07;
  const Noise half = [](const NoiseRequest& request) {
    EXPECT_EQ(request.from, request.to);  // no increment of the path
    return Tensor::full(request.like.shape(), 0.5, DType::f64);
  };
  const Tensor x = Tensor::from(std::vector<double>{-1.0, 0.3}, {2, 1});
  const Tensor end = simulate_langevin(law_denoiser(path), path, Time(kTime), step, 1, x, half);
  for (std::size_t i = 0; i < 2; ++i) {
    const double x_i = x.span<double>()[i];
    EXPECT_NEAR(end.span<double>()[i], x_i - step * (x_i - m) / V + std::sqrt(2 * step) * 0.5, 1e-14);
  }
}

// Mean and variance after n steps and in the limit, by probes, against the closed form of an autoregression.
TEST(Langevin, HasTheMomentsOfItsClosedForm) {
  const WithThreads one(1);
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const double V = marginal_variance_of(*path, Time(kTime)), m = path->alpha(Time(kTime)) * kLawMean;
    for (const double part : {0.05, 0.5, 1.0, 1.7}) {
      const double step = part * V, r = 1 - part, start_variance = 3.0 * V;
      for (const int n : {1, 7, 200}) {
        std::vector<double> start(static_cast<std::size_t>(n) + 2, 0.0);
        start[1] = 1.0;
        const Noise unit = [](const NoiseRequest& request) {
          Tensor z = Tensor::zeros_like(request.like);
          z.mutable_span<double>()[static_cast<std::size_t>(request.step) + 2] = 1.0;
          return z;
        };
        const Tensor end =
            simulate_langevin(law_denoiser(path), path, Time(kTime), step, n, Tensor::from(start, {n + 2, 1}), unit);
        const auto y = end.span<double>();
        const double gain = y[1] - y[0];
        double variance = gain * gain * start_variance;
        for (std::size_t k = 2; k < y.size(); ++k) variance += (y[k] - y[0]) * (y[k] - y[0]);
        const double still = std::pow(r, 2.0 * n);
        EXPECT_NEAR(gain, std::pow(r, n), 1e-12) << name << " " << part << " " << n;
        EXPECT_NEAR(y[0], m * (1 - std::pow(r, n)), 1e-12 * (1 + m)) << name << " " << part << " " << n;
        EXPECT_NEAR(variance / V, 2 * part * (1 - still) / (1 - r * r) + still * 3.0, 1e-11)
            << name << " " << part << " " << n;
        if (n == 200 && part > 0.1) {
          EXPECT_NEAR(variance / langevin_stationary_variance(V, step), 1.0, 1e-11) << name << " " << part;
        }
      }
    }
    EXPECT_NEAR(langevin_stationary_variance(V, 1e-6) - V, 0.5e-6, 1e-11);  // too large by step/2
    EXPECT_TRUE(std::isinf(langevin_stationary_variance(V, 2 * V)));
  }
}

// 10^5 draws from p_t, 20 steps: inside four standard errors of the stationary law's variance, and outside of p_t's
// own, which the bias has left by then.
TEST(Langevin, DrawsShowTheBiasOfTheStep) {
  const PathPtr path = make_path("flow");
  const double V = marginal_variance_of(*path, Time(kTime)), m = path->alpha(Time(kTime)) * kLawMean, step = 0.4 * V;
  const Shape shape{1000, 100};
  const Tensor x =
      combine({{1.0, Tensor::full(shape, m, DType::f64)}, {std::sqrt(V), initial_noise(shape, DType::f64, 3)}});
  const Tensor end =
      simulate_langevin(law_denoiser_of_elements(path), path, Time(kTime), step, 20, x, counter_noise(8));
  double mean = 0, variance = 0;
  for (const double v : end.span<double>()) mean += v / 1e5;
  for (const double v : end.span<double>()) variance += (v - mean) * (v - mean) / 1e5;
  const double expected = langevin_stationary_variance(V, step), error = expected * std::sqrt(2 / 1e5);
  EXPECT_NEAR(mean, m, 4 * std::sqrt(expected / 1e5));
  EXPECT_NEAR(variance, expected, 4 * error);
  EXPECT_GT(variance - V, 10 * error);
}

TEST(Langevin, NormsGiveEachSampleItsStep) {
  const Tensor score = Tensor::from(std::vector<double>{3, 4, 0, 0, 1, 0}, {3, 2});
  const Tensor z = Tensor::from(std::vector<double>{1, 1, 2, 2, 0, 5}, {3, 2});
  const std::vector<double> steps = langevin_steps_from_norms(score, z, 0.16, 0.5);
  EXPECT_NEAR(steps[0], 2 * 0.5 * 0.16 * 0.16 * 2.0 / 25.0, 1e-17);
  EXPECT_EQ(steps[1], 0.0);  // no score: it stays
  EXPECT_NEAR(steps[2], 2 * 0.5 * 0.16 * 0.16 * 25.0, 1e-15);
  const Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor moved = langevin_step(x, score, z, steps);
  for (std::size_t i = 0; i < 6; ++i) {
    const double step = steps[i / 2];
    EXPECT_NEAR(moved.span<double>()[i],
                x.span<double>()[i] + step * score.span<double>()[i] + std::sqrt(2 * step) * z.span<double>()[i],
                1e-14);
  }
}

// On N(m, V I) of d numbers norm(z)/norm(score) is near sqrt(V), so a step is near 2 snr^2 V whatever the path: the
// variance ends near V/(1 - snr^2).
TEST(Langevin, StepsFromNormsAreBiasedBySnr) {
  const PathPtr path = make_path("vp");
  const double V = marginal_variance_of(*path, Time(kTime)), m = path->alpha(Time(kTime)) * kLawMean, snr = 0.3;
  const Shape shape{100, 1000};
  const Tensor x =
      combine({{1.0, Tensor::full(shape, m, DType::f64)}, {std::sqrt(V), initial_noise(shape, DType::f64, 3)}});
  const Tensor end =
      simulate_langevin_from_norms(law_denoiser_of_elements(path), path, Time(kTime), snr, 25, x, counter_noise(8));
  double variance = 0;
  for (const double v : end.span<double>()) variance += (v - m) * (v - m) / 1e5;
  // Four standard errors of 10^5 draws are 0.018 V; 1000 numbers leave the ratio of norms 0.1 % off.
  EXPECT_NEAR(variance / V, 1 / (1 - snr * snr), 0.025);
  EXPECT_GT(variance / V, 1.05);
}

TEST(Langevin, NormsOfNeighboursChangeNoBit) {
  const PathPtr path = make_path("vp");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Tensor x = initial_noise({5, 2}, DType::f32, 9);
  const Tensor whole = simulate_langevin_from_norms(model, path, Time(kTime), 0.16, 4, x, counter_noise(2));
  for (std::int64_t n = 0; n < 5; ++n) {
    const Tensor alone = simulate_langevin_from_norms(model, path, Time(kTime), 0.16, 4,
                                                      x.slice_first(n, n + 1).clone(), counter_noise(2, n));
    EXPECT_EQ(std::memcmp(alone.span<float>().data(), whole.span<float>().data() + 2 * n, 2 * sizeof(float)), 0) << n;
  }
}

TEST(Langevin, AWalkBeginsWithTheDenoisersReset) {
  const PathPtr path = make_path("vp");
  std::vector<std::int64_t> resets;
  Denoiser model = law_denoiser(path);
  model.reset = [&](std::int64_t n) { resets.push_back(n); };
  simulate_langevin(model, path, Time(0.4), 0.1, 3, Tensor::zeros({2, 1}, DType::f64), counter_noise(1));
  EXPECT_EQ(resets, (std::vector<std::int64_t>{2}));
}

TEST(Langevin, RefusesWhatHasNoMeaning) {
  const PathPtr path = make_path("vp");
  const Denoiser model = law_denoiser(path);
  const Tensor x = Tensor::zeros({2, 1}, DType::f64);
  EXPECT_EQ(message_of([&] { simulate_langevin(model, path, Time(0.0), 0.1, 1, x, counter_noise(1)); }),
            "Langevin: path 'vp' has no noise at time 0, so its marginal has no score; choose a later time");
  EXPECT_EQ(message_of([&] { simulate_langevin(model, path, Time(0.4), -0.1, 1, x, counter_noise(1)); }),
            "Langevin: the step is negative");
  EXPECT_EQ(message_of([&] { simulate_langevin_from_norms(model, path, Time(0.4), -1, 1, x, counter_noise(1)); }),
            "Langevin: snr is negative");
  EXPECT_EQ(message_of([&] { simulate_langevin(model, path, Time(0.4), 0.1, 1, x, {}); }),
            "Langevin draws noise, and none was given");
  // A step of more than twice the variance grows without bound.
  EXPECT_EQ(message_of([&] { simulate_langevin(model, path, Time(0.1), 1e150, 9, x, counter_noise(1)); }),
            "Langevin diverged: a state is not finite after step 3 of 9 at time 0.1");
}

}  // namespace
}  // namespace ito
