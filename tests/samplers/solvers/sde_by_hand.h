// Stochastic samplers as k-diffusion's functions state them, on sigma with x = x_0 + sigma eps, one number at a time,
// in plain doubles and without any of the solvers' code.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "tests/samplers/analytic.h"

namespace ito::testing_support {

inline const std::vector<double> kSigmas = {3.0, 1.9, 1.1, 0.45, 0.2};

// The denoised x of kThreeLumps at noise sigma.
inline double denoised(double x, double sigma) {
  return static_cast<double>(posterior_mean(kThreeLumps, 1, sigma, {x})[0]);
}
// k-diffusion's to_d.
inline double direction(double x, double sigma) { return (x - denoised(x, sigma)) / sigma; }

// k-diffusion's get_ancestral_step.
struct AncestralByHand {
  double up, down;
  AncestralByHand(double from, double to, double eta)
      : up(eta * std::sqrt(to * to * (from * from - to * to) / (from * from))), down(std::sqrt(to * to - up * up)) {}
};

// The fixed z of request (step, substep), unlike each other.
inline double fixed_z(int step, int substep = 0) { return 0.3 + 0.45 * step - 0.8 * substep; }
inline Tensor fixed_noise(const NoiseRequest& request) {
  return Tensor::full(request.like.shape(), fixed_z(request.step, request.substep), request.like.dtype());
}

// Where a solver ends that walks `path` through kSigmas from x/alpha = 1.7 with fixed_noise; over alpha.
inline double solver_through_sigmas(const std::string& solver, const GivenParameters& given,
                                    const std::string& path_name = "edm", const std::vector<double>& sigmas = kSigmas) {
  const PathPtr path = make_path(path_name);
  std::vector<double> times;
  for (const double sigma : sigmas) times.push_back(path->time(Lambda(-std::log(sigma))).value);
  const Grid grid(*path, times, "grid 'sigmas'");
  const Tensor x = Tensor::from(std::vector<double>{1.7 * path->alpha(grid.front())}, {1, 1});
  const Tensor end = walk(*make_solver(solver, given), mixture_denoiser(kThreeLumps, path), path, grid, x, fixed_noise);
  return end.span<double>()[0] / path->alpha(grid.back());
}

// The same by hand: step(i, sigma, next, x) returns the next x.
inline double by_hand(const std::function<double(int, double, double, double)>& step) {
  double x = 1.7;
  for (std::size_t i = 0; i + 1 < kSigmas.size(); ++i) x = step(static_cast<int>(i), kSigmas[i], kSigmas[i + 1], x);
  return x;
}

// Both agree on the EDM clock and, the formula being one in lambda, on paths of other shapes.
inline void expect_by_hand(const std::string& solver, const GivenParameters& given,
                           const std::function<double(int, double, double, double)>& step) {
  for (const char* path : {"edm", "vp", "flow", "cosine"})
    EXPECT_NEAR(solver_through_sigmas(solver, given, path), by_hand(step), 1e-11) << solver << " on " << path;
}

}  // namespace ito::testing_support
