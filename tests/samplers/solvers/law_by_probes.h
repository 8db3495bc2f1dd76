// Helpers for stochastic solvers on Gaussian data.
//
// The exact law at the end of a walk of a solver that is affine in the state and its noise, on Gaussian data of one
// number N(0.6, 0.25): its walk from x = 0 and x = 1 without noise, and from x = 0 with unit noise in each draw.
#pragma once

#include <cmath>

#include "autograd/arithmetic.h"
#include "tests/samplers/analytic.h"

namespace ito::testing_support {

inline constexpr double kLawMean = 0.6, kLawVariance = 0.25;  // of the data

struct EndLaw {
  double gain, mean, variance;  // d x_end/d x_start; mean and variance from the path's own law at the start
};

inline double marginal_variance_of(const Path& path, Time t) {
  return path.alpha(t) * path.alpha(t) * kLawVariance + path.sigma(t) * path.sigma(t);
}
inline Denoiser law_denoiser(const PathPtr& path) {
  return mixture_denoiser({{1.0L, {kLawMean}, sqrtl(kLawVariance)}}, path);
}

// The same for every element of a sample by itself.
inline Denoiser law_denoiser_of_elements(const PathPtr& path) {
  return make_denoiser(
      "gaussian", Prediction::sample, path, [path](const Tensor& x, std::span<const double> times, const Tensor&) {
        const double alpha = path->alpha(Time(times[0])), V = marginal_variance_of(*path, Time(times[0]));
        const double gain = alpha * kLawVariance / V;
        return combine({{gain, x}, {kLawMean * (1 - gain * alpha), Tensor::full(x.shape(), 1.0, DType::f64)}});
      });
}

// draws: substeps that a step may ask noise for, numbered from 0.
inline EndLaw law_by_probes(Solver& solver, const PathPtr& path, const Grid& grid, int draws) {
  const std::int64_t probes = std::int64_t{2} + grid.steps() * draws;
  std::vector<double> start(static_cast<std::size_t>(probes), 0.0);
  start[1] = 1.0;
  const Noise unit = [draws](const NoiseRequest& request) {
    EXPECT_LT(request.substep, draws);
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[static_cast<std::size_t>(2 + request.step * draws + request.substep)] = 1.0;
    return z;
  };
  const Tensor end = walk(solver, law_denoiser(path), path, grid, Tensor::from(start, {probes, 1}), unit);
  const auto y = end.span<double>();
  EndLaw law;
  law.gain = y[1] - y[0];
  law.mean = y[0] + law.gain * path->alpha(grid.front()) * kLawMean;
  law.variance = law.gain * law.gain * marginal_variance_of(*path, grid.front());
  for (std::size_t k = 2; k < y.size(); ++k) law.variance += (y[k] - y[0]) * (y[k] - y[0]);
  return law;
}

// n steps equal in lambda.
inline Grid even_in_lambda(const Path& path, double from, double to, int n) {
  const double a = path.lambda(Time(from)).value, b = path.lambda(Time(to)).value;
  std::vector<double> times = {from};
  for (int i = 1; i < n; ++i) times.push_back(path.time(Lambda(a + (b - a) * i / n)).value);
  times.push_back(to);
  return Grid(path, times, "grid 'test'");
}

// What n = coarsest, ... (`halvings` halvings) leaves of |variance - the path's|, gain and mean.
struct ProbedErrors {
  std::vector<double> gain, mean, variance;
};
inline ProbedErrors probed_errors(const std::string& solver, const GivenParameters& given, const std::string& path_name,
                                  double from, double to, int draws, double nu, int coarsest = 16, int halvings = 4) {
  const PathPtr path = make_path(path_name);
  const Time t(from), s(to);
  const double V_t = marginal_variance_of(*path, t), V_s = marginal_variance_of(*path, s);
  // The nu-family shrinks the distance to the mean by this.
  const double gain = std::pow(V_s / V_t, (1 + nu * nu) / 2) * std::pow(path->alpha(t) / path->alpha(s), nu * nu);
  ProbedErrors errors;
  for (int i = 0, n = coarsest; i <= halvings; ++i, n *= 2) {
    const EndLaw law = law_by_probes(*make_solver(solver, given), path, even_in_lambda(*path, from, to, n), draws);
    errors.gain.push_back(std::abs(law.gain - gain));
    errors.mean.push_back(std::abs(law.mean - path->alpha(s) * kLawMean));
    errors.variance.push_back(std::abs(law.variance - V_s));
  }
  return errors;
}

// Noise that tells its draws apart: z = z_k for draw number k of the walk (step draws + substep).
inline Noise listed_noise(std::vector<double> z, int draws) {
  return [z = std::move(z), draws](const NoiseRequest& request) {
    EXPECT_LT(request.substep, draws);
    return Tensor::full(request.like.shape(), z.at(static_cast<std::size_t>(request.step * draws + request.substep)),
                        DType::f64);
  };
}

// Every element N(0.6, 0.25): the mean and variance at the end of `grid` of `count` walks from the path's own law.
struct SampledMoments {
  double mean = 0, variance = 0;
};
inline SampledMoments sampled_moments(const std::string& solver, const GivenParameters& given, const PathPtr& path,
                                      const Grid& grid, std::int64_t count = 100000) {
  const Shape shape{count / 1000, 1000};
  const Time t = grid.front();
  const Tensor start = combine({{1.0, Tensor::full(shape, path->alpha(t) * kLawMean, DType::f64)},
                                {std::sqrt(marginal_variance_of(*path, t)), initial_noise(shape, DType::f64, 17)}});
  const Tensor end =
      walk(*make_solver(solver, given), law_denoiser_of_elements(path), path, grid, start, counter_noise(23));
  SampledMoments moments;
  const double n = static_cast<double>(end.size());
  for (const double v : end.span<double>()) moments.mean += v / n;
  for (const double v : end.span<double>()) moments.variance += (v - moments.mean) * (v - moments.mean) / n;
  return moments;
}

}  // namespace ito::testing_support
