// The log-likelihood that a denoiser's probability-flow ODE gives data (Chen et al. 2018 (Neural ODE), eq. 8; Song et
// al. 2021 (Score SDE), eq. 39-40; MATHS.md section 8):
//
//   d log p_t(x_t) = -div u(x_t, t) dt   along   dx/dt = u(x, t),
//   log p_from(x)  = log p_to(x_to) + integral of div u dt from `from` to `to`,     log p_to = log N(0, sigma_to^2 I)
//
// In the angle clock w (samplers/exact/angle_clock.h), where both ends are regular, with x = r y (at sigma = 0 both
// right sides are 0):
//   dy/dw     = speed (alpha y - r x_0-hat)/sigma,     div = speed (alpha D - r^2 tr d x_0-hat/dx)/sigma
//   log p(x)  = log p(y) - D log r
// by the classical fourth-order Runge-Kutta method at two step lengths and Richardson extrapolation, in double. The
// trace is exact, one batched vjp of the D unit vectors, or Hutchinson's estimate, the mean of v^T J v over probes with
// independent entries of mean 0 and variance 1: unbiased. Probes are kept along the whole trajectory (Grathwohl et al.
// 2019 (FFJORD), section 3.1.1), so that the integrand is smooth.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "samplers/denoiser.h"

namespace ito {

enum class ProbeLaw : unsigned char { rademacher, gaussian };  // +1 or -1; N(0, 1)

struct LikelihoodOptions {
  int steps = 64;        // of the coarser of the two solutions; 12 evaluations, and as many of the trace, each in all
  double finest = 0.01;  // the smallest standard deviation of the data worth resolving, relative to 1
  int probes = 0;        // of Hutchinson's estimate; 0: the exact trace
  ProbeLaw probe_law = ProbeLaw::rademacher;
  // Probe p of sample n is counter noise (seed, step p, Stream::metric, substep 1): it does not depend on the batch.
  std::uint64_t seed = 0;
  std::int64_t first_sample = 0;
  // log p_to(x) of each sample, where it is known better than log N(x; 0, sigma_to^2 I). May be empty.
  std::function<std::vector<double>(const Tensor& x)> prior = {};
};

struct Likelihood {
  std::vector<double> log_density;     // nats, of each sample
  std::vector<double> standard_error;  // of Hutchinson's estimate over its probes; empty: exact trace, or one probe
  Tensor latent;                       // x_to, double
  double error = 0;                    // of the integration: rms over samples of the extrapolation's correction
  std::int64_t evaluations = 0;        // of the denoiser, a sample
  std::int64_t products = 0;           // v^T J, a sample
};

// x [N, ...] at `from`, towards noise: from < to, both of the denoiser's own path. condition: int32 [N] or undefined.
// InputError where the denoiser has no vjp, times do not rise or are not the path's, or sigma(to) = 0; DivergedError
// where a number is not finite.
Likelihood log_likelihood(const Denoiser& denoiser, const Tensor& x, Time from, Time to, const Tensor& condition = {},
                          const LikelihoodOptions& options = {});

// -log2 p / D + log2(levels): bits that one element costs where the data were quantised with `levels` values to a unit
// (8-bit images in [-1, 1]: 127.5; in [0, 1]: 255) and dequantised by uniform noise of one level's width (Theis et al.
// 2016). The dequantisation is the caller's.
std::vector<double> bits_per_dimension(std::span<const double> log_density, std::int64_t dimension, double levels);

}  // namespace ito
