// A small quasi-Newton minimiser for smooth functions of a few dozen numbers: the same bits on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace ito {

struct MinimiseOptions {
  int iterations = 100;
  double difference = 1e-6;  // of the forward differences that the gradient is made of
  double enough = 1e-9;      // a step that lowers f by less is the last
  double longest = 1.0;      // no coordinate moves further in one step
};

// BFGS (Nocedal, Wright 2006, algorithm 6.1) with halving until f falls by 1e-4 of what its slope promises. Returns the
// best point met, `x` itself where nothing better is found. f may be +inf where it is not defined.
inline std::vector<double> minimise(const std::function<double(const std::vector<double>&)>& f, std::vector<double> x,
                                    const MinimiseOptions& options = {}) {
  const std::size_t n = x.size();
  double value = f(x);
  const auto gradient = [&](const std::vector<double>& at, double value_at) {
    std::vector<double> g(n), moved = at;
    for (std::size_t i = 0; i < n; ++i) {
      moved[i] = at[i] + options.difference;
      g[i] = (f(moved) - value_at) / (moved[i] - at[i]);
      moved[i] = at[i];
      if (!std::isfinite(g[i])) g[i] = 0;
    }
    return g;
  };
  const auto dot = [n](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum = std::fma(a[i], b[i], sum);
    return sum;
  };
  std::vector<double> g = gradient(x, value), inverse(n * n, 0.0);
  const auto reset = [&] {
    for (std::size_t i = 0; i < n * n; ++i) inverse[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
  };
  reset();
  bool fresh = true;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    std::vector<double> p(n);
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) p[i] = std::fma(-inverse[i * n + j], g[j], p[i]);
      largest = std::max(largest, std::abs(p[i]));
    }
    if (largest == 0) break;
    double slope = dot(p, g), step = largest > options.longest ? options.longest / largest : 1.0;
    std::vector<double> next(n);
    double next_value = value;
    bool falls = false;
    for (int halving = 0; halving < 30 && slope < 0; ++halving, step /= 2) {
      for (std::size_t i = 0; i < n; ++i) next[i] = std::fma(step, p[i], x[i]);
      next_value = f(next);
      if (next_value <= value + 1e-4 * step * slope) {
        falls = true;
        break;
      }
    }
    if (!falls) {
      if (fresh) break;
      reset();  // along the gradient once more, before it is given up
      fresh = true;
      continue;
    }
    const std::vector<double> next_g = gradient(next, next_value);
    std::vector<double> s(n), y(n), hy(n);
    for (std::size_t i = 0; i < n; ++i) s[i] = next[i] - x[i], y[i] = next_g[i] - g[i];
    const double sy = dot(s, y), lowered = value - next_value;
    x = std::move(next), value = next_value, g = next_g;
    if (lowered < options.enough) break;
    if (sy <= 1e-12 * std::sqrt(dot(s, s) * dot(y, y))) continue;
    if (fresh)  // the first curvature seen sets the scale
      for (double& entry : inverse) entry *= sy / dot(y, y);
    fresh = false;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) hy[i] = std::fma(inverse[i * n + j], y[j], hy[i]);
    const double of_ss = (1 + dot(y, hy) / sy) / sy;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        inverse[i * n + j] += of_ss * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
  }
  return x;
}

}  // namespace ito
