#include "samplers/exact/gaussian.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using test::difference;
using test::points;
using test::random_gaussian;
using test::values_of;

const std::vector<NoiseLevel> kLevels = {{1.0, 0.0}, {0.99, 0.05}, {0.7, 0.6}, {0.1, 0.995}, {0.0, 1.0}, {1.0, 20.0}};

// In one dimension the denoiser is a one-line formula.
TEST(Gaussian, DenoiserInOneDimension) {
  const Gaussian gaussian({0.3}, std::vector<double>{0.04});
  for (const NoiseLevel level : kLevels) {
    const Tensor x = points(9, 1, 4);
    const std::vector<double> given = values_of(x);
    std::vector<double> expected;
    for (const double v : given)
      expected.push_back(level.sigma == 0 ? v / level.alpha
                                          : 0.3 + level.alpha * 0.04 * (v - level.alpha * 0.3) /
                                                      (level.alpha * level.alpha * 0.04 + level.sigma * level.sigma));
    EXPECT_LE(difference(values_of(gaussian.denoise(x, std::vector{level})), expected), 1e-14) << level.sigma;
  }
}

// Tweedie: x_0-hat = (x + sigma^2 score) / alpha; and the score is the gradient of the log-density.
TEST(Gaussian, ScoreIsTheGradientOfTheLogDensity) {
  const auto gaussian = random_gaussian(5);
  const Tensor x = points(4, 5, 7);
  for (const NoiseLevel level : {NoiseLevel{1, 0.3}, NoiseLevel{0.6, 0.8}, NoiseLevel{0.05, 1.0}}) {
    const std::vector levels{level};
    const std::vector<double> score = values_of(gaussian->score(x, levels)), given = values_of(x);
    const std::vector<double> denoised = values_of(gaussian->denoise(x, levels));
    const double h = 1e-5;
    for (std::size_t e = 0; e < given.size(); ++e) {
      std::vector<double> up = given, down = given;
      up[e] += h;
      down[e] -= h;
      const double slope = (gaussian->log_density(Tensor::from(up, x.shape()), levels)[e / 5] -
                            gaussian->log_density(Tensor::from(down, x.shape()), levels)[e / 5]) /
                           (2 * h);
      EXPECT_NEAR(score[e], slope, 1e-8);
      EXPECT_NEAR(level.alpha * denoised[e], given[e] + level.sigma * level.sigma * score[e], 1e-13);
    }
  }
}

TEST(Gaussian, LogDensityIntegratesToOne) {
  const Gaussian gaussian({0.2, -0.1}, std::vector<double>{0.5, 0.2, 0.2, 0.3});
  const int side = 400;
  std::vector<double> grid;
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j)
      grid.insert(grid.end(), {-8 + 16.0 * (i + 0.5) / side, -8 + 16.0 * (j + 0.5) / side});
  double sum = 0;
  for (const double log_density :
       gaussian.log_density(Tensor::from(grid, {side * side, 2}), std::vector<NoiseLevel>{{0.8, 0.6}}))
    sum += std::exp(log_density) * (16.0 / side) * (16.0 / side);
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Gaussian, FlowMapSolvesTheProbabilityFlow) {
  const auto gaussian = random_gaussian(4);
  const PathPtr path = make_path("vp");
  const Denoiser denoiser = gaussian_denoiser(gaussian, path);
  // Classical Runge-Kutta on dx/dt = f x - g^2/2 score, fine enough for 1e-11.
  const double from = 0.9, to = 0.1;
  const int steps = 2000;
  Tensor x = points(3, 4, 9);
  const Tensor expected = denoiser.flow(x, Time(from), Time(to));
  std::vector<double> y = values_of(x);
  const auto velocity = [&](const std::vector<double>& state, double t) {
    const std::vector<NoiseLevel> level{{path->alpha(Time(t)), path->sigma(Time(t))}};
    const std::vector<double> score = values_of(gaussian->score(Tensor::from(state, x.shape()), level));
    std::vector<double> v(state.size());
    for (std::size_t i = 0; i < v.size(); ++i)
      v[i] = path->drift(Time(t)) * state[i] - 0.5 * path->diffusion_squared(Time(t)) * score[i];
    return v;
  };
  const auto moved = [](std::vector<double> state, double h, const std::vector<double>& v) {
    for (std::size_t i = 0; i < v.size(); ++i) state[i] += h * v[i];
    return state;
  };
  const double h = (to - from) / steps;
  for (int i = 0; i < steps; ++i) {
    const double t = from + i * h;
    const auto k1 = velocity(y, t), k2 = velocity(moved(y, h / 2, k1), t + h / 2),
               k3 = velocity(moved(y, h / 2, k2), t + h / 2), k4 = velocity(moved(y, h, k3), t + h);
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
  }
  EXPECT_LE(difference(y, values_of(expected)), 1e-10);
}

TEST(Gaussian, FlowMapComposesAndReachesBothEnds) {
  const auto gaussian = random_gaussian(6);
  const Tensor x = points(5, 6, 3);
  const NoiseLevel noise{0, 1}, middle{0.5, 0.5}, clean{1, 0};
  const Tensor once = gaussian->flow(x, noise, clean);
  EXPECT_LE(difference(once, gaussian->flow(gaussian->flow(x, noise, middle), middle, clean)), 1e-13);
  EXPECT_LE(difference(x, gaussian->flow(once, clean, noise)), 1e-12);
}

TEST(Gaussian, VectorJacobianIsTheDerivative) {
  const auto gaussian = random_gaussian(3);
  const Tensor x = points(2, 3, 1), v = points(2, 3, 2);
  const std::vector<NoiseLevel> levels{{0.9, 0.2}, {0.3, 0.9}};
  const std::vector<double> product = values_of(gaussian->denoise_vjp(v, levels));
  const std::vector<double> given = values_of(x), direction = values_of(v);
  for (std::size_t e = 0; e < given.size(); ++e) {
    std::vector<double> up = given, down = given;
    up[e] += 0.5;  // affine: any step is exact
    down[e] -= 0.5;
    const std::vector<double> a = values_of(gaussian->denoise(Tensor::from(up, x.shape()), levels));
    const std::vector<double> b = values_of(gaussian->denoise(Tensor::from(down, x.shape()), levels));
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += direction[e / 3 * 3 + i] * (a[e / 3 * 3 + i] - b[e / 3 * 3 + i]);
    EXPECT_NEAR(product[e], sum, 1e-13);
  }
}

TEST(Gaussian, DrawsHaveItsMoments) {
  const auto gaussian = random_gaussian(3);
  const std::int64_t n = 200000;
  const std::vector<double> x = values_of(gaussian->draw(5, 0, n)), covariance = gaussian->covariance();
  for (int i = 0; i < 3; ++i) {
    double mean = 0;
    for (std::int64_t s = 0; s < n; ++s) mean += x[s * 3 + i] / n;
    const double error = std::sqrt(covariance[i * 3 + i] / n);
    EXPECT_NEAR(mean, gaussian->mean()[i], 5 * error);
    for (int j = 0; j < 3; ++j) {
      double product = 0;
      for (std::int64_t s = 0; s < n; ++s)
        product += (x[s * 3 + i] - gaussian->mean()[i]) * (x[s * 3 + j] - gaussian->mean()[j]) / n;
      EXPECT_NEAR(product, covariance[i * 3 + j], 10 * error * std::sqrt(covariance[j * 3 + j]));
    }
  }
  // A draw does not depend on where the batch begins.
  EXPECT_EQ(test::first_difference(values_of(gaussian->draw(5, 17, 3)), std::vector(x.begin() + 51, x.begin() + 60)),
            -1);
}

// Commuting covariances: sums over axes.
TEST(Gaussian, DivergencesInClosedForm) {
  const Gaussian p({1, 2}, std::vector<double>{4, 0, 0, 9}), q({0, 0}, std::vector<double>{1, 0, 0, 16});
  EXPECT_NEAR(w2_distance(p, q), std::sqrt(1 + 4 + 1 + 1), 1e-14);
  EXPECT_NEAR(kl_divergence(p, q),
              0.5 * (4 + 1 - 1 - std::log(4.0)) + 0.5 * (9 / 16.0 + 4 / 16.0 - 1 + std::log(16 / 9.0)), 1e-14);
  // Not commuting: W2 is symmetric, zero at equality, and that of a rotation of both is the same.
  const auto a = random_gaussian(4, 1), b = random_gaussian(4, 2);
  EXPECT_NEAR(w2_distance(*a, *b), w2_distance(*b, *a), 1e-13);
  EXPECT_NEAR(w2_distance(*a, *a), 0, 1e-7);
  EXPECT_NEAR(kl_divergence(*a, *a), 0, 1e-13);
  // tr (S_a^1/2 S_b S_a^1/2)^1/2 in two dimensions: sqrt(tr(S_a S_b) + 2 sqrt(det S_a det S_b)).
  const std::vector<double> s{2, 0.5, 0.5, 1}, t{1, -0.3, -0.3, 0.7};
  const double trace = s[0] * t[0] + s[1] * t[2] + s[2] * t[1] + s[3] * t[3];
  const double cross = std::sqrt(trace + 2 * std::sqrt((2 - 0.25) * (0.7 - 0.09)));
  EXPECT_NEAR(w2_distance(Gaussian({0, 0}, s), Gaussian({0, 0}, t)), std::sqrt(3 + 1.7 - 2 * cross), 1e-13);
}

TEST(Gaussian, ZeroVarianceIsAFixedValue) {
  const Gaussian gaussian({0.5, -1}, std::vector<double>{1, 0, 0, 0});
  const Tensor x = Tensor::from(std::vector<double>{2, 3}, {1, 2});
  EXPECT_NEAR(values_of(gaussian.denoise(x, std::vector<NoiseLevel>{{0.8, 0.6}}))[1], -1, 1e-15);
  EXPECT_NEAR(values_of(gaussian.flow(x, {0, 1}, {1, 0}))[1], -1, 1e-15);
  EXPECT_THROW(gaussian.score(x, std::vector<NoiseLevel>{{1, 0}}), InputError);
  EXPECT_THROW(Gaussian({0, 0}, std::vector<double>{1, 0, 0, -0.1}), InputError);
  EXPECT_THROW(gaussian.denoise(points(2, 3, 1), std::vector<NoiseLevel>{{1, 0.1}}), InputError);
}

TEST(Gaussian, BitsDependOnTheSampleAlone) {
  const auto gaussian = random_gaussian(33);
  const Tensor x = points(70, 33, 5).to(DType::f32);
  std::vector<NoiseLevel> levels;
  for (int i = 0; i < 70; ++i) levels.push_back({1 - i / 80.0, (i + 1) / 80.0});
  const Tensor together = gaussian->denoise(x, levels);
  const std::span<const float> all = together.span<float>();
  test::for_each_configuration([&](Context& context, const std::string& where) {
    set_threads(context.threads);
    const Tensor again = gaussian->denoise(x, levels);
    EXPECT_EQ(std::memcmp(again.span<float>().data(), all.data(), all.size_bytes()), 0) << where;
    for (const std::int64_t n : {0, 1, 37, 69}) {
      const Tensor alone = gaussian->denoise(x.slice_first(n, n + 1), std::vector{levels[n]});
      EXPECT_EQ(std::memcmp(alone.span<float>().data(), all.data() + n * 33, 33 * sizeof(float)), 0) << where;
    }
  });
  set_threads(default_threads());
}

}  // namespace
}  // namespace ito
