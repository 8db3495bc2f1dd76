// What is kept of a low-rank mixture between evaluations changes no number, however often it is dropped.
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using test::scattered;
using test::values_of;

// One component S = u u^T + diag(d), so large that the levels kept (128 MiB) are some forty.
constexpr std::int64_t kWidth = 100000;
constexpr int kLevels = 50;

LowRankComponent wide(std::uint32_t salt) {
  LowRankComponent component{1, 0, scattered(kWidth, salt), scattered(kWidth, salt + 1), scattered(kWidth, salt + 2)};
  for (double& u : component.factor) u *= 0.01;
  for (double& d : component.diagonal) d = 0.1 + d * d;
  return component;
}

NoiseLevel level_of(int i) { return {1 - i / 60.0, 0.05 + i / 55.0}; }

// Sherman and Morrison: S_t^-1 y = z - alpha^2 w (u.z)/(1 + alpha^2 u.w), z = y/D_t, w = u/D_t, D_t = alpha^2 d +
// sigma^2; x_0-hat = m + alpha S S_t^-1 y.
std::vector<double> denoised(const LowRankComponent& c, const double* x, NoiseLevel level) {
  const long double alpha = level.alpha, sigma = level.sigma;
  std::vector<long double> z(kWidth), w(kWidth);
  long double u_z = 0, u_w = 0;
  for (std::int64_t i = 0; i < kWidth; ++i) {
    const long double D = alpha * alpha * c.diagonal[i] + sigma * sigma;
    z[i] = (x[i] - alpha * c.mean[i]) / D;
    w[i] = c.factor[i] / D;
    u_z += c.factor[i] * z[i];
    u_w += c.factor[i] * w[i];
  }
  long double u_s = 0;
  for (std::int64_t i = 0; i < kWidth; ++i) {
    z[i] -= alpha * alpha * w[i] * u_z / (1 + alpha * alpha * u_w);
    u_s += c.factor[i] * z[i];
  }
  std::vector<double> result(kWidth);
  for (std::int64_t i = 0; i < kWidth; ++i)
    result[i] = static_cast<double>(c.mean[i] + alpha * (c.diagonal[i] * z[i] + c.factor[i] * u_s));
  return result;
}

TEST(LowRankComponents, MoreLevelsThanAreKeptChangeNoBit) {
  const LowRankComponent component = wide(1);
  const GaussianMixture mixture(std::vector<LowRankComponent>{component}, 0);
  const Tensor x = Tensor::from(scattered(kWidth, 9), {1, kWidth});
  std::vector<std::vector<double>> first;
  for (int i = 0; i < kLevels; ++i) {
    first.push_back(values_of(mixture.denoise(x, std::vector{level_of(i)})));
    if (i % 7 == 0) {
      EXPECT_LE(test::difference(first[i], denoised(component, x.span<double>().data(), level_of(i))), 1e-12) << i;
    }
  }
  // Backwards, what was used last is still there and what was used first has been dropped; then back and forth between
  // neighbours, as the stages of a solver ask.
  for (int i = kLevels - 1; i >= 0; --i)
    EXPECT_EQ(values_of(mixture.denoise(x, std::vector{level_of(i)})), first[i]) << i;
  for (const int i : {0, 1, 0, 1, 49, 0, 48, 1, 49})
    EXPECT_EQ(values_of(mixture.denoise(x, std::vector{level_of(i)})), first[i]) << i;
}

TEST(LowRankComponents, ATimeForEverySampleIsEverySampleAtItsTime) {
  const GaussianMixture mixture(std::vector<LowRankComponent>{wide(1)}, 0);
  const Tensor x = Tensor::from(scattered(kWidth, 9), {1, kWidth});
  std::vector<double> rows;
  std::vector<NoiseLevel> levels;
  for (int i = 0; i < kLevels; ++i) {
    rows.insert(rows.end(), x.span<double>().begin(), x.span<double>().end());
    levels.push_back(level_of((i * 37) % kLevels));
  }
  const std::vector<double> together = values_of(mixture.denoise(Tensor::from(rows, {kLevels, kWidth}), levels));
  for (int i = 0; i < kLevels; i += 7) {
    const std::vector<double> row(together.begin() + i * kWidth, together.begin() + (i + 1) * kWidth);
    EXPECT_EQ(row, values_of(mixture.denoise(x, std::vector{levels[i]}))) << i;
  }
}

// Levels that differ in one number alone, classes that share a level, components of different ranks: each its own.
TEST(LowRankComponents, WhatIsKeptIsToldApartByLevelAndComponent) {
  const std::int64_t d = 5;
  std::vector<LowRankComponent> components;
  for (int k = 0; k < 3; ++k) {
    std::vector<double> diagonal = scattered(d, 30 + k);
    for (double& v : diagonal) v = 0.05 + 0.1 * v * v;
    components.push_back({1.0 + k, k % 2, scattered(d, 10 + k), scattered(d * (k + 1), 20 + k), diagonal});
  }
  const GaussianMixture kept(components, 2);
  const Tensor x = test::points(4, d, 3);
  for (int round = 0; round < 2; ++round)
    for (const NoiseLevel level : {NoiseLevel{0.8, 0.3}, NoiseLevel{0.8, 0.4}, NoiseLevel{0.7, 0.3}})
      for (const std::int32_t label : {1, -1, 0}) {
        const Tensor asked = Tensor::from(std::vector<std::int32_t>(4, label), {4});
        const GaussianMixture fresh(components, 2);
        EXPECT_EQ(values_of(kept.denoise(x, std::vector{level}, asked)),
                  values_of(fresh.denoise(x, std::vector{level}, asked)))
            << level.alpha << " " << level.sigma << " " << label;
      }
}

}  // namespace
}  // namespace ito
