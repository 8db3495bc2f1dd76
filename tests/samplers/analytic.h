// A Gaussian mixture with isotropic components whose denoiser is a formula, written here independently of
// samplers/exact, and the exact flow of its probability-flow ODE by a fine integrator in long double.
#pragma once

#include <cmath>
#include <vector>

#include "samplers/factories.h"

namespace ito::testing_support {

// Every registered path.
inline std::vector<std::string> all_paths() {
  std::vector<std::string> names;
  for (const Entry* entry : entries_of("path")) names.push_back(entry->name);
  return names;
}

struct Component {
  long double weight;
  std::vector<long double> mean;
  long double deviation;
};
using Mixture = std::vector<Component>;

// Two smooth lumps in the plane.
inline const Mixture kTwoLumps = {{0.35L, {1.0L, -0.6L}, 0.5L}, {0.65L, {-0.8L, 0.4L}, 0.7L}};
// Three unlike lumps of one number, for a second problem that is not linear in x.
inline const Mixture kThreeLumps = {{0.5L, {-1.3L}, 0.4L}, {0.2L, {0.2L}, 0.6L}, {0.3L, {1.1L}, 0.5L}};
inline const Mixture kOneGaussian = {{1.0L, {0.6L, -0.3L}, 0.5L}};

// E[x_0 | x_t = x], by Bayes over components; only = k keeps component k alone.
inline std::vector<long double> posterior_mean(const Mixture& mixture, long double alpha, long double sigma,
                                               const std::vector<long double>& x, int only = -1) {
  std::vector<long double> log_weight(mixture.size());
  long double largest = -INFINITY;
  for (std::size_t k = 0; k < mixture.size(); ++k) {
    const Component& c = mixture[k];
    const long double variance = alpha * alpha * c.deviation * c.deviation + sigma * sigma;
    long double distance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) distance += (x[i] - alpha * c.mean[i]) * (x[i] - alpha * c.mean[i]);
    log_weight[k] =
        logl(c.weight) - static_cast<long double>(x.size()) / 2 * logl(variance) - distance / (2 * variance);
    if (only >= 0 && static_cast<int>(k) != only) log_weight[k] = -INFINITY;
    largest = std::max(largest, log_weight[k]);
  }
  std::vector<long double> mean(x.size());
  long double total = 0;
  for (std::size_t k = 0; k < mixture.size(); ++k) {
    const Component& c = mixture[k];
    const long double variance = alpha * alpha * c.deviation * c.deviation + sigma * sigma;
    const long double weight = expl(log_weight[k] - largest);
    total += weight;
    for (std::size_t i = 0; i < x.size(); ++i)
      mean[i] += weight * (c.mean[i] + alpha * c.deviation * c.deviation / variance * (x[i] - alpha * c.mean[i]));
  }
  for (long double& m : mean) m /= total;
  return mean;
}

// As a denoiser that predicts `kind`; label k is component k.
inline Denoiser mixture_denoiser(const Mixture& mixture, const PathPtr& path, Prediction kind = Prediction::sample) {
  const auto f = [mixture, path, kind](const Tensor& x, std::span<const double> times, const Tensor& condition) {
    Tensor y = Tensor::like(x);
    with_float_type(x.dtype(), [&]<class T>() {
      const auto in = x.span<T>();
      const auto out = y.mutable_span<T>();
      const std::size_t samples = static_cast<std::size_t>(x.dim(0)), d = in.size() / std::max<std::size_t>(samples, 1);
      for (std::size_t n = 0; n < samples; ++n) {
        const Time t(times[times.size() == 1 ? 0 : n]);
        const long double alpha = path->alpha(t), sigma = path->sigma(t);
        const std::vector<long double> x_n(in.begin() + static_cast<std::ptrdiff_t>(n * d),
                                           in.begin() + static_cast<std::ptrdiff_t>((n + 1) * d));
        const int label = condition.defined() ? condition.span<std::int32_t>()[n] : -1;
        const std::vector<long double> x0 = posterior_mean(mixture, alpha, sigma, x_n, label);
        for (std::size_t i = 0; i < d; ++i) {
          const long double eps = kind == Prediction::sample ? 0 : (x_n[i] - alpha * x0[i]) / sigma;
          long double value = x0[i];
          if (kind == Prediction::eps) value = eps;
          if (kind == Prediction::v) value = alpha * eps - sigma * x0[i];
          if (kind == Prediction::score) value = -eps / sigma;
          if (kind == Prediction::velocity) value = path->d_alpha(t) * x0[i] + path->d_sigma(t) * eps;
          out[n * d + i] = static_cast<T>(value);
        }
      }
    });
    return y;
  };
  Denoiser denoiser = make_denoiser("mixture", kind, path, f);
  denoiser.classes = static_cast<int>(mixture.size());
  return denoiser;
}

// The probability-flow ODE from time t to time s (either way), one sample, by RK4 in lambda on y = x/sigma:
//   dy/dlambda = e^lambda x_0-hat,
// which every path shares (x/alpha and sigma/alpha = e^(-lambda) are all that matters).
inline std::vector<long double> exact_flow(const Mixture& mixture, const Path& path, Time t, Time s,
                                           std::vector<long double> x, int steps = 600) {
  const auto slope = [&](long double lambda, const std::vector<long double>& y) {
    const long double ratio = expl(-lambda);
    std::vector<long double> z(y);
    for (long double& value : z) value *= ratio;
    std::vector<long double> result = posterior_mean(mixture, 1, ratio, z);
    for (long double& value : result) value /= ratio;
    return result;
  };
  // Slopes times h added to y.
  const auto moved = [](const std::vector<long double>& y, long double h, const std::vector<long double>& k) {
    std::vector<long double> result(y);
    for (std::size_t i = 0; i < y.size(); ++i) result[i] += h * k[i];
    return result;
  };
  const auto log_ratio = [&](Time time) { return logl(static_cast<long double>(path.alpha(time)) / path.sigma(time)); };
  long double lambda = log_ratio(t);
  const long double h = (log_ratio(s) - lambda) / steps;
  std::vector<long double> y(x);
  for (long double& value : y) value /= path.sigma(t);
  for (int i = 0; i < steps; ++i, lambda += h) {
    const auto k1 = slope(lambda, y), k2 = slope(lambda + h / 2, moved(y, h / 2, k1)),
               k3 = slope(lambda + h / 2, moved(y, h / 2, k2)), k4 = slope(lambda + h, moved(y, h, k3));
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
  }
  for (long double& value : y) value *= path.sigma(s);
  return y;
}

// A solver's own arithmetic on one walk, without sample()'s bookkeeping; returns x at the grid's end.
inline Tensor walk(Solver& solver, const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Tensor x,
                   const Noise& noise = {}, const std::function<void()>& after_start = {}) {
  Trajectory trajectory(denoiser, path, grid, x.dim(0), {}, noise);
  solver.start(*path, grid, trajectory.prediction());
  if (after_start) after_start();
  for (int step = 0; step < grid.steps(); ++step) {
    trajectory.begin_step(step);
    x = solver.step(trajectory, x);
  }
  return x;
}

// The time at which sigma/alpha is `ratio`.
inline Time time_at_ratio(const Path& path, double ratio) { return path.time(Lambda(-std::log(ratio))); }

// Parameters with which a solver walks a grid that its defaults need not suit: levels of a restart that the grid
// crosses on its way down, and none where it crosses none.
inline GivenParameters suited_to(const std::string& solver, const Path& path, const Grid& grid) {
  if (solver != "restart") return {};
  for (int i = grid.steps() - 1; i >= 0; --i) {
    const double alpha_t = path.alpha(grid[i]), alpha_s = path.alpha(grid[i + 1]);
    if (alpha_t == 0.0 || path.sigma(grid[i + 1]) == 0.0) continue;
    const double q_t = path.sigma(grid[i]) / alpha_t, q_s = path.sigma(grid[i + 1]) / alpha_s;
    return {{"restart_min", std::sqrt(q_t * q_s)}, {"restart_max", q_t}};
  }
  return {{"restarts", std::int64_t{0}}};
}

// True where the solver walks this path at all: one that does not says so when it starts.
inline bool walks(const std::string& solver, const PathPtr& path) {
  const Grid inner(*path, {time_at_ratio(*path, 0.5).value, time_at_ratio(*path, 0.05).value}, "grid 'inner'");
  try {
    make_solver(solver)->start(*path, inner, Prediction::sample);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// While it lives the calling thread's kernels run on `threads` threads. One suits long walks of tiny batches, whose
// time would otherwise be that of waking threads on a busy machine.
struct WithThreads {
  explicit WithThreads(int threads) { set_threads(threads); }
  ~WithThreads() { set_threads(before); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;
  const int before = default_context().threads;
};

inline std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// The slope of log2(error) against halvings of the step, by least squares: the measured order.
inline double measured_order(const std::vector<double>& errors) {
  const double n = static_cast<double>(errors.size());
  double mean_k = (n - 1) / 2, mean_log = 0, covariance = 0, variance = 0;
  for (const double error : errors) mean_log += std::log2(error) / n;
  for (std::size_t k = 0; k < errors.size(); ++k) {
    covariance += (static_cast<double>(k) - mean_k) * (std::log2(errors[k]) - mean_log);
    variance += (static_cast<double>(k) - mean_k) * (static_cast<double>(k) - mean_k);
  }
  return -covariance / variance;
}

}  // namespace ito::testing_support
