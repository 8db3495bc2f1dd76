// The exact law of a sampler's end on Gaussian data: mean and variance without sampling error (MATHS.md section 7).
//
// Along the axes of the data's covariance every direction is on its own (diagonal_gaussian.h). A solver that is affine
// in the state, the denoiser's answers and its noise carries direction j from x_T to
//   x_end,j = offset_j + gain_j x_T,j + sum_k c_kj z_kj,        z_k: its k-th request for noise, N(0, 1)
// whether it is a one-step or a multistep method (what a multistep method stores is affine in the same things). So
//   mean_j = offset_j + gain_j m_T,j,    variance_j = gain_j^2 v_T,j + sum_k c_kj^2
// The numbers offset, gain and c_k are the solver's own answers to probes, in double: x_T = 0 without noise; x_T =
// sigma_T; and for each k, x_T = 0 with z_k = 1 alone. No solver is treated apart. Requests are told apart as counter
// noise tells them, by (step, substep). A last probe, random x_T and noise, must be answered by the same combination of
// the answers: a solver whose steps, norms or thresholds depend on the state fails it and is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "samplers/exact/diagonal_gaussian.h"
#include "samplers/solver.h"

namespace ito {

struct SamplerLaw {
  DiagonalGaussian end;
  std::vector<double> offset, gain, noise_variance;  // of each direction; noise_variance: sum_k c_k^2
  std::int64_t requests = 0;                         // how often a walk asks for noise
  std::int64_t evaluations = 0;                      // network evaluations of one sample
};

struct SamplerLawOptions {
  std::string solver = "solver";  // what messages call it
  bool check = true;              // the superposition probe; without it the caller knows that the solver is affine
  std::function<void(std::int64_t done, std::int64_t probes)> progress = {};  // may be empty
};

// N(0, sigma_T^2 I), where `sample` starts, in `dimension` directions.
DiagonalGaussian noise_law(const Path& path, const Grid& grid, std::size_t dimension);

// denoiser: affine and elementwise in x [N, D]. start: the law of x at grid.front(), of dimension D. InputError where
// the solver refuses the walk, is not affine, or asks for noise for a part of a batch; DivergedError where a probe's
// answer is not finite.
SamplerLaw sampler_law(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver,
                       const DiagonalGaussian& start, const SamplerLawOptions& options = {});

}  // namespace ito
