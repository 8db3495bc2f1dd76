// What the tests of stochastic solvers share: equal steps of a stretch, and a scalar law of requests.
#pragma once

#include <set>

#include "experiments/orders/stretch.h"
#include "tests/samplers/analytic.h"

namespace ito::testing_support {

// n equal steps of the clock ("time", "lambda", "ratio") from lambda = a to lambda = b.
inline Grid equal_in(const Path& path, double a, double b, int n, const std::string& clock) {
  const Time from = path.time(Lambda(a)), to = path.time(Lambda(b));
  const double x = experiments::place_of(path, from, clock), y = experiments::place_of(path, to, clock);
  std::vector<double> times = {from.value};
  for (int i = 1; i < n; ++i) times.push_back(experiments::time_of(path, x + (y - x) * i / n, clock).value);
  times.push_back(to.value);
  return Grid(path, times, "grid 'equal'");
}

// N(mean, variance) in one dimension, as a denoiser that is affine in x to the last digits of a double.
inline constexpr double kMean = 0.6, kVariance = 0.25;

inline Denoiser gaussian_denoiser(const PathPtr& path, double mean = kMean, double variance = kVariance) {
  return make_denoiser("gaussian", Prediction::sample, path,
                       [path, mean, variance](const Tensor& x, std::span<const double> times, const Tensor&) {
                         const double alpha = path->alpha(Time(times[0])), sigma = path->sigma(Time(times[0]));
                         const double gain = alpha * variance / (alpha * alpha * variance + sigma * sigma);
                         Tensor x0 = Tensor::like(x);
                         const auto in = x.span<double>();
                         const auto out = x0.mutable_span<double>();
                         for (std::size_t i = 0; i < in.size(); ++i) out[i] = mean + gain * (in[i] - alpha * mean);
                         return x0;
                       });
}

// A stochastic solver on a Gaussian is affine in x and in all it draws, so its law follows from probes: x = 0 and x = 1
// without noise, and x = 0 with a unit in each request (step, substep) alone. Mean and variance without sampling error.
struct Law {
  double gain;      // d x_end / d x_start
  double mean;      // from the path's own law at the start
  double variance;  // from the path's own law at the start
};

inline double marginal_variance(const Path& path, Time t, double variance = kVariance) {
  return path.alpha(t) * path.alpha(t) * variance + path.sigma(t) * path.sigma(t);
}

inline Law law_of(Solver& solver, const PathPtr& path, const Grid& grid, double mean = kMean,
                  double variance = kVariance) {
  const Denoiser denoiser = gaussian_denoiser(path, mean, variance);
  std::vector<std::pair<int, int>> requests;
  const Noise record = [&](const NoiseRequest& request) {
    requests.emplace_back(request.step, request.substep);
    return Tensor::zeros_like(request.like);
  };
  walk(solver, denoiser, path, grid, Tensor::zeros({1, 1}, DType::f64), record);
  // One request asked twice would be the same noise twice, and no two independent draws.
  EXPECT_EQ(std::set(requests.begin(), requests.end()).size(), requests.size())
      << "a solver asks for one (step, substep) twice";

  const std::int64_t rows = static_cast<std::int64_t>(requests.size()) + 2;
  std::vector<double> start(static_cast<std::size_t>(rows), 0.0);
  start[1] = 1.0;
  std::size_t asked = 0;
  const Noise probe = [&](const NoiseRequest& request) {
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[2 + asked++] = 1.0;
    return z;
  };
  const Tensor end = walk(solver, denoiser, path, grid, Tensor::from(start, {rows, 1}), probe);
  const auto y = end.span<double>();
  Law law;
  law.gain = y[1] - y[0];
  law.mean = y[0] + law.gain * path->alpha(grid.front()) * mean;
  law.variance = law.gain * law.gain * marginal_variance(*path, grid.front(), variance);
  for (std::size_t i = 2; i < y.size(); ++i) law.variance += (y[i] - y[0]) * (y[i] - y[0]);
  return law;
}

// |error| of each quantity of the law after n steps from lambda = a to b, against the nu-family: it keeps the marginals
// and shrinks the distance to their mean by (V_s/V_t)^((1 + nu^2)/2) (alpha_t/alpha_s)^(nu^2), since V' = 2 f V + g^2.
struct LawErrors {
  double gain, mean, variance;
};

inline LawErrors law_errors(Solver& solver, const PathPtr& path, const Grid& grid, double nu) {
  const Time t = grid.front(), s = grid.back();
  const double V_t = marginal_variance(*path, t), V_s = marginal_variance(*path, s);
  const double gain = std::pow(V_s / V_t, (1 + nu * nu) / 2) * std::pow(path->alpha(t) / path->alpha(s), nu * nu);
  const Law law = law_of(solver, path, grid);
  return {std::abs(law.gain / gain - 1), std::abs(law.mean - path->alpha(s) * kMean) / path->alpha(s),
          std::abs(law.variance / V_s - 1)};
}

// The order of an error over halvings; exact ones (rounding at every step size) are of any order.
inline double order_or_exact(const std::vector<double>& errors) {
  double largest = 0;
  for (const double error : errors) largest = std::max(largest, error);
  return largest < 1e-11 ? INFINITY : measured_order(errors);
}

}  // namespace ito::testing_support
