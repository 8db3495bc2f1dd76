// Laws, paths and points that the tests of exact models share.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/exact/gaussian.h"
#include "samplers/exact/mixture.h"
#include "samplers/factories.h"

namespace ito::test {

// Numbers in [-1, 1) without structure.
inline std::vector<double> scattered(std::int64_t n, std::uint32_t salt) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::uint32_t state = 2654435761u * (salt + 1);
  for (double& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<double>(state >> 8) / 8388608.0 - 1.0;
  }
  return values;
}

// B B^T / d + ridge I.
inline std::vector<double> random_covariance(std::int64_t d, std::uint32_t salt, double ridge) {
  const std::vector<double> b = scattered(d * d, salt);
  std::vector<double> s(static_cast<std::size_t>(d * d), 0.0);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j) {
      for (std::int64_t k = 0; k < d; ++k) s[i * d + j] += b[i * d + k] * b[j * d + k] / static_cast<double>(d);
      if (i == j) s[i * d + j] += ridge;
    }
  return s;
}

inline std::shared_ptr<const Gaussian> random_gaussian(std::int64_t d, std::uint32_t salt = 1) {
  return std::make_shared<const Gaussian>(scattered(d, salt + 100), random_covariance(d, salt, 0.05));
}

// `count` components over `classes` classes in d dimensions.
inline std::vector<FullComponent> random_components(std::int64_t d, int count, int classes, double ridge = 0.02) {
  std::vector<FullComponent> components;
  for (int k = 0; k < count; ++k) {
    std::vector<double> covariance = random_covariance(d, 50 + k, ridge);
    for (double& entry : covariance) entry *= 0.3;
    components.push_back({1.0 + 0.25 * (k % 3), k % std::max(1, classes), scattered(d, 200 + k), covariance});
  }
  return components;
}

inline Tensor points(std::int64_t n, std::int64_t d, std::uint32_t salt, double scale = 1.5) {
  std::vector<double> x = scattered(n * d, salt);
  for (double& value : x) value *= scale;
  return Tensor::from(x, {n, d});
}

inline std::vector<double> values_of(const Tensor& x) {
  const std::span<const double> span = x.span<double>();
  return {span.begin(), span.end()};
}

// max |a - b|.
inline double difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}
inline double difference(const Tensor& a, const Tensor& b) { return difference(values_of(a), values_of(b)); }

}  // namespace ito::test
