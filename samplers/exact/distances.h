// Squared Euclidean distances by differences: exact to rounding however close the points, zero for equal ones.
#pragma once

#include <cmath>
#include <cstdint>

namespace ito {

// |x - scale y|^2 of n elements: lane i % 8 takes element i (fused multiply-adds, ascending), lanes are added
// ascending.
template <class T, class U>
double squared_distance(const T* x, const U* y, std::int64_t n, double scale = 1) {
  double lanes[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::int64_t lane = 0; lane < 8; ++lane) {
      const double difference = std::fma(-scale, static_cast<double>(y[i + lane]), static_cast<double>(x[i + lane]));
      lanes[lane] = std::fma(difference, difference, lanes[lane]);
    }
  for (; i < n; ++i) {
    const double difference = std::fma(-scale, static_cast<double>(y[i]), static_cast<double>(x[i]));
    lanes[i % 8] = std::fma(difference, difference, lanes[i % 8]);
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace ito
