// What a metric is given in its tests: point sets and a data set that hold nothing else, and its numbers by name.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "experiments/metrics/metric.h"
#include "tests/samplers/exact/support.h"

namespace ito::experiments::metrics_test {

inline Tensor floats(const std::vector<double>& values, std::int64_t n) {
  return Tensor::from(values, {n, static_cast<std::int64_t>(values.size()) / n}).to(DType::f32);
}
inline Tensor labels(const std::vector<std::int32_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}
// The float values as long doubles: what a formula written in a test starts from.
inline std::vector<long double> exactly(const Tensor& x) {
  const std::span<const float> span = x.span<float>();
  return {span.begin(), span.end()};
}

// Unstructured points of one law, told apart by the salt.
inline Tensor some_points(std::int64_t n, std::int64_t d, std::uint32_t salt, double scale = 1.5) {
  return test::points(n, d, salt, scale).to(DType::f32);
}

// The sum over elements of (a_i - b_j)^2 for rows of d.
inline long double square(const std::vector<long double>& a, std::size_t i, const std::vector<long double>& b,
                          std::size_t j, std::size_t d) {
  long double sum = 0;
  for (std::size_t e = 0; e < d; ++e) sum += (a[i * d + e] - b[j * d + e]) * (a[i * d + e] - b[j * d + e]);
  return sum;
}

// The parts of a MetricInput that it refers to.
struct Asked {
  Dataset data = {};
  Tensor samples = {}, condition = {};
  Examples reference = {}, second = {};
  std::uint64_t seed = 3;

  MetricInput input() const {
    return {.seed = seed,
            .data = data,
            .samples = samples,
            .condition = condition,
            .reference = reference,
            .second = second,
            .path = nullptr};
  }
};

inline Metric metric_of(const char* name, const GivenParameters& given = {}) {
  return maker<Metric>(name)(Parameters(find_entry("metric", name), given));
}

using Values = std::map<std::string, MetricValue>;
inline Values by_name(const std::vector<MetricValue>& values) {
  Values found;
  for (const MetricValue& value : values) found.emplace(value.name, value);
  return found;
}
inline Values measured(const Metric& metric, const MetricInput& input) { return by_name(metric(input)); }

inline std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "not refused";
}

}  // namespace ito::experiments::metrics_test
