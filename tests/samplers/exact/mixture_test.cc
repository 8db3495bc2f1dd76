#include "samplers/exact/mixture.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using test::difference;
using test::points;
using test::random_components;
using test::values_of;

Tensor labels(const std::vector<std::int32_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

// The same laws told as low rank plus diagonal: S = C C^T + diag, C of full rank.
std::vector<LowRankComponent> low_rank(std::int64_t d, int count, int classes, double ridge = 0.02) {
  std::vector<LowRankComponent> components;
  for (int k = 0; k < count; ++k) {
    std::vector<double> factor = test::scattered(d * 2, 50 + k), diagonal(d);
    for (std::int64_t i = 0; i < d; ++i) diagonal[i] = ridge * (1 + 0.5 * (i % 3));
    components.push_back(
        {1.0 + 0.25 * (k % 3), k % std::max(1, classes), test::scattered(d, 200 + k), factor, diagonal});
  }
  return components;
}

std::vector<FullComponent> filled(const std::vector<LowRankComponent>& components) {
  std::vector<FullComponent> full;
  for (const LowRankComponent& c : components) {
    const std::int64_t d = c.mean.size(), rank = c.factor.size() / d;
    std::vector<double> covariance(d * d, 0.0);
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < d; ++j) {
        for (std::int64_t r = 0; r < rank; ++r)
          covariance[i * d + j] += c.factor[i * rank + r] * c.factor[j * rank + r];
        if (i == j) covariance[i * d + j] += c.diagonal[i];
      }
    full.push_back({c.weight, c.label, c.mean, covariance});
  }
  return full;
}

// E[x_0 | x_t] and log p_t in one dimension by the midpoint rule over x_0.
TEST(Mixture, DenoiserAgainstQuadratureInOneDimension) {
  const auto components = random_components(1, 4, 2, 0.1);
  const GaussianMixture mixture(components, 2);
  const int cells = 40000;
  for (const NoiseLevel level : {NoiseLevel{0.9, 0.3}, NoiseLevel{0.4, 0.9}})
    for (const double x : {-1.2, 0.1, 0.8})
      for (const std::int32_t label : {-1, 0, 1}) {
        double weight = 0, mass = 0, first = 0;
        for (const FullComponent& c : components) weight += label < 0 || c.label == label ? c.weight : 0;
        for (int i = 0; i < cells; ++i) {
          const double x0 = -6 + 12.0 * (i + 0.5) / cells;
          double density = 0;
          for (const FullComponent& c : components)
            if (label < 0 || c.label == label)
              density += c.weight / weight * std::exp(-0.5 * (x0 - c.mean[0]) * (x0 - c.mean[0]) / c.covariance[0]) /
                         std::sqrt(2 * M_PI * c.covariance[0]);
          const double z = (x - level.alpha * x0) / level.sigma;
          density *= std::exp(-0.5 * z * z) / (level.sigma * std::sqrt(2 * M_PI)) * 12.0 / cells;
          mass += density;
          first += density * x0;
        }
        const Tensor point = Tensor::from(std::vector<double>{x}, {1, 1});
        const std::vector levels{level};
        EXPECT_NEAR(values_of(mixture.denoise(point, levels, labels({label})))[0], first / mass, 1e-11);
        EXPECT_NEAR(mixture.log_density(point, levels, labels({label}))[0], std::log(mass), 1e-11);
      }
}

// In the plane: alpha x_0-hat = x + sigma^2 grad log p_t, the gradient by central differences.
TEST(Mixture, DenoiserIsTheScore) {
  const GaussianMixture full(random_components(2, 7, 3), 3);
  const GaussianMixture thin(low_rank(5, 4, 2), 2);
  for (const GaussianMixture* mixture : {&full, &thin}) {
    const std::int64_t d = mixture->dimension();
    const Tensor x = points(4, d, 3);
    const Tensor condition = labels({-1, 0, 1, -1});
    for (const NoiseLevel level : {NoiseLevel{0.95, 0.3}, NoiseLevel{0.5, 0.8}}) {
      const std::vector levels{level};
      const std::vector<double> denoised = values_of(mixture->denoise(x, levels, condition)), given = values_of(x);
      const double h = 1e-5;
      for (std::size_t e = 0; e < given.size(); ++e) {
        std::vector<double> up = given, down = given;
        up[e] += h;
        down[e] -= h;
        const double slope = (mixture->log_density(Tensor::from(up, x.shape()), levels, condition)[e / d] -
                              mixture->log_density(Tensor::from(down, x.shape()), levels, condition)[e / d]) /
                             (2 * h);
        EXPECT_NEAR(level.alpha * denoised[e], given[e] + level.sigma * level.sigma * slope, 1e-8);
      }
    }
  }
}

TEST(Mixture, OneComponentIsAGaussian) {
  const std::vector<double> covariance = test::random_covariance(3, 4, 0.1), mean{0.1, 0.2, -0.3};
  const Gaussian gaussian(mean, covariance);
  const GaussianMixture mixture({FullComponent{2.5, 0, mean, covariance}}, 1);
  const Tensor x = points(6, 3, 8);
  for (const NoiseLevel level : {NoiseLevel{1, 0}, NoiseLevel{1, 1e-6}, NoiseLevel{0.6, 0.8}, NoiseLevel{0, 1}}) {
    const std::vector levels{level};
    EXPECT_LE(difference(mixture.denoise(x, levels), gaussian.denoise(x, levels)), 1e-13);
    EXPECT_LE(difference(mixture.log_density(x, levels), gaussian.log_density(x, levels)), 1e-11);
    EXPECT_LE(difference(mixture.denoise_vjp(x, levels, {}, x), gaussian.denoise_vjp(x, levels)), 1e-12);
  }
}

TEST(Mixture, LowRankAgreesWithFull) {
  const auto components = low_rank(6, 5, 2);
  const GaussianMixture thin(components, 2), full(filled(components), 2);
  const Tensor x = points(5, 6, 2), v = points(5, 6, 12);
  const Tensor condition = labels({0, 1, -1, -1, 0});
  for (const NoiseLevel level : {NoiseLevel{1, 0}, NoiseLevel{1, 1e-5}, NoiseLevel{0.9, 0.2}, NoiseLevel{0.2, 0.98},
                                 NoiseLevel{0, 1}, NoiseLevel{1, 50}}) {
    const std::vector levels{level};
    EXPECT_LE(difference(thin.denoise(x, levels, condition), full.denoise(x, levels, condition)), 1e-12);
    EXPECT_LE(difference(thin.log_density(x, levels, condition), full.log_density(x, levels, condition)), 1e-10);
    EXPECT_LE(difference(thin.class_posterior(x, levels), full.class_posterior(x, levels)), 1e-11);
    EXPECT_LE(difference(thin.denoise_vjp(x, levels, condition, v), full.denoise_vjp(x, levels, condition, v)), 1e-10);
  }
}

TEST(Mixture, VectorJacobianIsTheDerivative) {
  const GaussianMixture full(random_components(2, 6, 2), 2), thin(low_rank(4, 3, 1), 1);
  for (const GaussianMixture* mixture : {&full, &thin}) {
    const std::int64_t d = mixture->dimension();
    const Tensor x = points(3, d, 5), v = points(3, d, 6);
    for (const NoiseLevel level : {NoiseLevel{0.9, 0.4}, NoiseLevel{0.3, 0.95}}) {
      const std::vector levels{level};
      const std::vector<double> product = values_of(mixture->denoise_vjp(x, levels, {}, v));
      const std::vector<double> given = values_of(x), direction = values_of(v);
      const double h = 1e-5;
      for (std::size_t e = 0; e < given.size(); ++e) {
        std::vector<double> up = given, down = given;
        up[e] += h;
        down[e] -= h;
        const std::vector<double> a = values_of(mixture->denoise(Tensor::from(up, x.shape()), levels));
        const std::vector<double> b = values_of(mixture->denoise(Tensor::from(down, x.shape()), levels));
        double slope = 0;
        for (std::int64_t i = 0; i < d; ++i) {
          const std::size_t j = e / d * d + i;
          slope += direction[j] * (a[j] - b[j]) / (2 * h);
        }
        EXPECT_NEAR(product[e], slope, 1e-7);
      }
    }
  }
}

// Bayes: p_t(c | x) = p(c) p_t(x | c) / p_t(x).
TEST(Mixture, ClassPosteriorIsBayes) {
  const GaussianMixture mixture(random_components(2, 9, 3), 3);
  const Tensor x = points(20, 2, 1);
  const std::vector<NoiseLevel> levels{{0.8, 0.5}};
  const std::vector<double> posterior = mixture.class_posterior(x, levels), all = mixture.log_density(x, levels);
  for (std::int32_t c = 0; c < 3; ++c) {
    const std::vector<double> one = mixture.log_density(x, levels, labels(std::vector<std::int32_t>(20, c)));
    for (int i = 0; i < 20; ++i)
      EXPECT_NEAR(posterior[i * 3 + c], mixture.class_weight(c) * std::exp(one[i] - all[i]), 1e-12);
  }
}

TEST(Mixture, DrawsFollowWeightsAndMoments) {
  const GaussianMixture full(random_components(2, 5, 2), 2), thin(low_rank(3, 4, 2), 2);
  for (const GaussianMixture* mixture : {&full, &thin}) {
    const std::int64_t n = 100000, d = mixture->dimension();
    const GaussianMixture::Draws draws = mixture->draw(3, 0, n);
    double share = 0;
    for (const std::int32_t label : draws.labels.span<std::int32_t>()) share += label == 0 ? 1.0 / n : 0;
    EXPECT_NEAR(share, mixture->class_weight(0), 5 * 0.5 / std::sqrt(n));
    // E[x] is the denoiser at infinite noise.
    const std::vector<double> mean = values_of(mixture->denoise(points(1, d, 0), std::vector<NoiseLevel>{{0, 1}})),
                              x = values_of(draws.x);
    for (std::int64_t i = 0; i < d; ++i) {
      double sum = 0, square = 0;
      for (std::int64_t s = 0; s < n; ++s) sum += x[s * d + i] / n, square += x[s * d + i] * x[s * d + i] / n;
      EXPECT_NEAR(sum, mean[i], 5 * std::sqrt((square - sum * sum) / n));
    }
    const GaussianMixture::Draws later = mixture->draw(3, 1000, 2);
    EXPECT_EQ(test::first_difference(values_of(later.x), std::vector(x.begin() + 1000 * d, x.begin() + 1002 * d)), -1);
    const GaussianMixture::Draws ones = mixture->draw(3, 0, 50, 1);
    for (const std::int32_t label : ones.labels.span<std::int32_t>()) EXPECT_EQ(label, 1);
  }
}

// Mean and second moments of p(x) p(c|x)^w against sums over a fine grid.
TEST(Mixture, TiltedDrawsAgainstQuadrature) {
  const GaussianMixture mixture(random_components(2, 5, 2, 0.3), 2);
  const std::vector<NoiseLevel> clean{{1, 0}};
  const int side = 300;
  const double reach = 5;
  std::vector<double> grid;
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j)
      grid.insert(grid.end(), {-reach + 2 * reach * (i + 0.5) / side, -reach + 2 * reach * (j + 0.5) / side});
  const Tensor at = Tensor::from(grid, {side * side, 2});
  const std::vector<double> log_density = mixture.log_density(at, clean),
                            posterior = mixture.class_posterior(at, clean);
  for (const double w : {0.0, 0.5, 1.0, 2.0, 4.0}) {
    double mass = 0, moments[5] = {};
    const auto add = [](double* into, double weight, double x, double y) {
      const double terms[] = {x, y, x * x, x * y, y * y};
      for (int m = 0; m < 5; ++m) into[m] += weight * terms[m];
    };
    for (int i = 0; i < side * side; ++i) {
      const double weight = std::exp(log_density[i]) * std::pow(posterior[i * 2 + 1], w);
      mass += weight;
      add(moments, weight, grid[2 * i], grid[2 * i + 1]);
    }
    const std::int64_t n = 20000;
    const std::vector<double> x = values_of(mixture.draw_tilted(11, 0, std::vector<std::int32_t>(n, 1), w));
    double sampled[5] = {};
    for (std::int64_t s = 0; s < n; ++s) add(sampled, 1.0 / n, x[2 * s], x[2 * s + 1]);
    for (int m = 0; m < 5; ++m)
      EXPECT_NEAR(sampled[m], moments[m] / mass, 5 * 1.0 / std::sqrt(n)) << "w " << w << ", " << m;
  }
}

TEST(Mixture, BitsDependOnTheSampleAlone) {
  const GaussianMixture full(random_components(2, 37, 3), 3), thin(low_rank(40, 4, 2), 2);
  for (const GaussianMixture* mixture : {&full, &thin}) {
    const std::int64_t d = mixture->dimension(), n = 60;
    const Tensor x = points(n, d, 5).to(DType::f32);
    std::vector<NoiseLevel> levels;
    std::vector<std::int32_t> asked;
    for (int i = 0; i < n; ++i) {
      levels.push_back({1 - (i % 7) / 8.0, (i % 7 + 1) / 8.0});
      asked.push_back(i % 3 - 1);
    }
    const Tensor condition = labels(asked);
    const Tensor together = mixture->denoise(x, levels, condition);
    const std::span<const float> all = together.span<float>();
    test::for_each_configuration([&](Context& context, const std::string& where) {
      set_threads(context.threads);
      const Tensor again = mixture->denoise(x, levels, condition);
      EXPECT_EQ(std::memcmp(again.span<float>().data(), all.data(), all.size_bytes()), 0) << where;
      for (const std::int64_t s : {0, 1, 31, 59}) {
        const Tensor alone =
            mixture->denoise(x.slice_first(s, s + 1), std::vector{levels[s]}, condition.slice_first(s, s + 1));
        EXPECT_EQ(std::memcmp(alone.span<float>().data(), all.data() + s * d, d * sizeof(float)), 0) << where;
      }
    });
    set_threads(default_threads());
  }
}

TEST(Mixture, RefusesWhatIsNoMixture) {
  EXPECT_THROW(GaussianMixture(std::vector<FullComponent>{}, 0), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{1, 0, {0}, {-1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{0, 0, {0}, {1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{1, 0, {0}, {1}}}, 2), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{1, 3, {0}, {1}}}, 2), InputError);
  EXPECT_THROW(GaussianMixture({LowRankComponent{1, 0, {0, 0}, {1, 1}, {0, 1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({LowRankComponent{1, 0, {0, 0}, {1, NAN}, {1, 1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({LowRankComponent{1, 0, {INFINITY, 0}, {1, 1}, {1, 1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{1, 0, {NAN}, {1}}}, 1), InputError);
  EXPECT_THROW(GaussianMixture({FullComponent{NAN, 0, {0}, {1}}}, 1), InputError);
  const GaussianMixture mixture({FullComponent{1, 0, {0}, {1}}}, 1);
  EXPECT_THROW(mixture.denoise(points(1, 1, 1), std::vector<NoiseLevel>{{1, 1}}, labels({1})), InputError);
  EXPECT_THROW(mixture.draw_tilted(1, 0, std::vector<std::int32_t>{0}, -1), InputError);
}

}  // namespace
}  // namespace ito
