#include "samplers/exact/finite.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using test::difference;
using test::points;
using test::values_of;

Tensor labels(const std::vector<std::int32_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

struct Set {
  Tensor x;
  std::vector<std::int32_t> labels;
};

Set make_set(std::int64_t n, std::int64_t d, int classes) {
  Set set{points(n, d, 77, 1.0), {}};
  for (std::int64_t i = 0; i < n; ++i) set.labels.push_back(static_cast<std::int32_t>((i * 7 + i / 3) % classes));
  return set;
}

// The formula in long double, over the examples of one class or all.
struct Plain {
  std::vector<double> denoised;
  double log_density;
};
Plain plain(const Set& set, std::int64_t d, const double* x, NoiseLevel level, std::int32_t label) {
  const std::vector<double> y = values_of(set.x);
  std::vector<long double> logits;
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    if (label >= 0 && set.labels[i] != label) continue;
    long double square = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      const long double difference =
          static_cast<long double>(x[j]) - level.alpha * static_cast<long double>(y[i * d + j]);
      square += difference * difference;
    }
    logits.push_back(-square / (2 * static_cast<long double>(level.sigma) * level.sigma));
    used.push_back(i);
  }
  const long double top = *std::max_element(logits.begin(), logits.end());
  long double sum = 0;
  std::vector<long double> mean(d, 0);
  for (std::size_t u = 0; u < used.size(); ++u) {
    const long double weight = std::exp(logits[u] - top);
    sum += weight;
    for (std::int64_t j = 0; j < d; ++j) mean[j] += weight * y[used[u] * d + j];
  }
  Plain result{{},
               static_cast<double>(top + std::log(sum / used.size()) -
                                   d * (0.5L * std::log(2 * M_PIl) + std::log(static_cast<long double>(level.sigma))))};
  for (const long double m : mean) result.denoised.push_back(static_cast<double>(m / sum));
  return result;
}

// From noise at which every example counts (products) to noise at which one does (differences), 2,048-example tiles
// crossed, both sides of kRefined.
TEST(FiniteSet, DenoiserAndDensityAgainstTheFormula) {
  const std::int64_t d = 5;
  for (const std::int64_t n : {1, 3, 250, 600, 4500}) {
    const Set set = make_set(n, d, 1);
    const FiniteSet finite(set.x, Tensor(), 0);
    const Tensor x = points(7, d, 3);
    for (const NoiseLevel level : {NoiseLevel{0.1, 1}, NoiseLevel{0, 1}, NoiseLevel{0.8, 0.6}, NoiseLevel{0.99, 0.1},
                                   NoiseLevel{1, 1e-2}, NoiseLevel{1, 1e-4}, NoiseLevel{1, 80}}) {
      const std::vector levels{level};
      const std::vector<double> denoised = values_of(finite.denoise(x, levels)), given = values_of(x);
      const std::vector<double> log_density = finite.log_density(x, levels);
      for (std::int64_t p = 0; p < 7; ++p) {
        const Plain expected = plain(set, d, given.data() + p * d, level, -1);
        for (std::int64_t j = 0; j < d; ++j)
          EXPECT_NEAR(denoised[p * d + j], expected.denoised[j], 1e-11) << "n " << n << ", sigma " << level.sigma;
        EXPECT_NEAR(log_density[p], expected.log_density, 1e-11 * (1 + std::abs(expected.log_density)));
      }
    }
  }
}

TEST(FiniteSet, ClassesAreAskedForAlone) {
  const std::int64_t n = 900, d = 3;
  const Set set = make_set(n, d, 4);
  const FiniteSet finite(set.x, labels(set.labels), 4);
  const Tensor x = points(5, d, 9);
  const std::vector<std::int32_t> asked{0, 3, -1, 2, 1};
  for (const NoiseLevel level : {NoiseLevel{0.5, 0.8}, NoiseLevel{0.95, 0.2}}) {
    const std::vector<double> denoised = values_of(finite.denoise(x, std::vector{level}, labels(asked)));
    const std::vector<double> given = values_of(x);
    for (std::int64_t p = 0; p < 5; ++p) {
      const Plain expected = plain(set, d, given.data() + p * d, level, asked[p]);
      for (std::int64_t j = 0; j < d; ++j) EXPECT_NEAR(denoised[p * d + j], expected.denoised[j], 1e-11);
    }
  }
}

// Component i of the mixture is example i, smeared by less than any digit of the comparison.
TEST(FiniteSet, IsTheLimitOfTinyGaussians) {
  const std::int64_t n = 40, d = 2;
  const Set set = make_set(n, d, 2);
  std::vector<FullComponent> components;
  const std::vector<double> y = values_of(set.x);
  for (std::int64_t i = 0; i < n; ++i)
    components.push_back({1, set.labels[i], {y[i * d], y[i * d + 1]}, {1e-16, 0, 0, 1e-16}});
  const GaussianMixture mixture(components, 2);
  const FiniteSet finite(set.x, labels(set.labels), 2);
  const Tensor x = points(9, d, 4), condition = labels({-1, 0, 1, -1, 0, 1, -1, 0, 1});
  for (const NoiseLevel level : {NoiseLevel{0.3, 0.9}, NoiseLevel{0.9, 0.2}}) {
    EXPECT_LE(
        difference(finite.denoise(x, std::vector{level}, condition), mixture.denoise(x, std::vector{level}, condition)),
        1e-12);
    EXPECT_LE(difference(finite.log_density(x, std::vector{level}, condition),
                         mixture.log_density(x, std::vector{level}, condition)),
              1e-12);
  }
}

TEST(FiniteSet, LimitTakesTheFirst) {
  const Set set = make_set(50, 3, 1);
  const FiniteSet all(set.x.slice_first(0, 20), Tensor(), 0), first(set.x, Tensor(), 0, 20);
  EXPECT_EQ(first.count(), 20);
  const Tensor x = points(4, 3, 2);
  EXPECT_EQ(difference(all.denoise(x, std::vector<NoiseLevel>{{0.7, 0.5}}),
                       first.denoise(x, std::vector<NoiseLevel>{{0.7, 0.5}})),
            0);
}

TEST(FiniteSet, NearestAgainstBruteForce) {
  const std::int64_t n = 3000, d = 4;
  const Set set = make_set(n, d, 3);
  const FiniteSet finite(set.x, labels(set.labels), 3);
  const Tensor x = points(100, d, 6);
  const std::vector<double> given = values_of(x), y = values_of(set.x);
  const std::vector<FiniteSet::Neighbour> found = finite.nearest(x);
  std::vector<std::int64_t> exclude;
  for (std::int64_t p = 0; p < 100; ++p) {
    long double best = INFINITY;
    std::int64_t example = -1;
    for (std::int64_t i = 0; i < n; ++i) {
      long double square = 0;
      for (std::int64_t j = 0; j < d; ++j)
        square += static_cast<long double>(given[p * d + j] - y[i * d + j]) * (given[p * d + j] - y[i * d + j]);
      if (square < best) best = square, example = i;
    }
    EXPECT_EQ(found[p].example, example);
    EXPECT_NEAR(found[p].distance, static_cast<double>(std::sqrt(best)), 1e-14);
    exclude.push_back(example);
  }
  const std::vector<FiniteSet::Neighbour> second = finite.nearest(x, exclude);
  for (std::int64_t p = 0; p < 100; ++p) {
    EXPECT_NE(second[p].example, found[p].example);
    EXPECT_GE(second[p].distance, found[p].distance);
  }
  // An example is its own neighbour at distance exactly zero.
  for (const FiniteSet::Neighbour& own : finite.nearest(set.x.slice_first(5, 9))) EXPECT_EQ(own.distance, 0);
}

TEST(FiniteSet, BitsDependOnTheSampleAlone) {
  const std::int64_t n = 150, d = 9;
  const Set set = make_set(2500, d, 3);
  const FiniteSet finite(set.x.to(DType::f32), labels(set.labels), 3);
  const Tensor x = points(n, d, 5).to(DType::f32);
  std::vector<NoiseLevel> levels;
  std::vector<std::int32_t> asked;
  for (int i = 0; i < n; ++i) {
    levels.push_back({1 - (i % 5) / 6.0, i % 5 == 0 ? 0.01 : (i % 5) / 6.0});
    asked.push_back(i % 4 - 1);
  }
  const Tensor condition = labels(asked);
  const Tensor together = finite.denoise(x, levels, condition);
  const std::span<const float> all = together.span<float>();
  test::for_each_configuration([&](Context& context, const std::string& where) {
    set_threads(context.threads);
    const Tensor again = finite.denoise(x, levels, condition);
    EXPECT_EQ(std::memcmp(again.span<float>().data(), all.data(), all.size_bytes()), 0) << where;
    for (const std::int64_t s : {0, 1, 74, 149}) {
      const Tensor alone =
          finite.denoise(x.slice_first(s, s + 1), std::vector{levels[s]}, condition.slice_first(s, s + 1));
      EXPECT_EQ(std::memcmp(alone.span<float>().data(), all.data() + s * d, d * sizeof(float)), 0) << where;
    }
  });
  set_threads(default_threads());
}

// A state that has blown up inside a solver's step must come out as what sample() can name, not end the process.
TEST(FiniteSet, NearNothingIsNotANumber) {
  const FiniteSet set(points(300, 2, 1), Tensor(), 0);
  for (const double bad : {static_cast<double>(NAN), static_cast<double>(INFINITY), -1e200}) {
    const Tensor x = Tensor::from(std::vector<double>{bad, 0, 0.1, 0.2}, {2, 2});
    const std::vector<NoiseLevel> levels{{0.8, 0.3}};
    const std::vector<double> denoised = values_of(set.denoise(x, levels));
    EXPECT_TRUE(std::isnan(denoised[0])) << bad;
    EXPECT_TRUE(std::isfinite(denoised[2])) << bad << ": the neighbour is not touched";
    EXPECT_FALSE(std::isfinite(set.log_density(x, levels)[0])) << bad;
    EXPECT_TRUE(std::isfinite(set.log_density(x, levels)[1])) << bad;
  }
}

TEST(FiniteSet, RefusesWhatIsNoSet) {
  EXPECT_THROW(FiniteSet(Tensor(), Tensor(), 0), InputError);
  EXPECT_THROW(FiniteSet(points(3, 2, 1), labels({0, 1, 5}), 2), InputError);
  EXPECT_THROW(FiniteSet(points(3, 2, 1), labels({0, 0, 0}), 2), InputError);
  EXPECT_THROW(FiniteSet(Tensor::from(std::vector<double>{1, NAN}, {2, 1}), Tensor(), 0), InputError);
  const FiniteSet set(points(3, 2, 1), Tensor(), 0);
  EXPECT_THROW(set.denoise(points(1, 3, 1), std::vector<NoiseLevel>{{1, 1}}), InputError);
  EXPECT_THROW(set.log_density(points(1, 2, 1), std::vector<NoiseLevel>{{1, 0}}), InputError);
}

}  // namespace
}  // namespace ito
