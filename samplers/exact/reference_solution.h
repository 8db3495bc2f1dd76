// The probability-flow ODE solved from the same noise, far more exactly than any sampler: what a sampler's error is
// measured against.
//
// Closed form where the denoiser offers its flow (Gaussian data). Elsewhere the adaptive pair of Dormand and Prince in
// double (adaptive_flow.h), down to alpha = 0 and sigma = 0 themselves; all samples share their steps, so that every
// evaluation has one time.
#pragma once

#include <cstdint>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"

namespace ito {

struct ReferenceSolution {
  Tensor x;                      // double, the start's shape
  double error = 0;              // estimate of its rms error over all elements; closed form: 0
  std::int64_t evaluations = 0;  // calls of the denoiser; closed form: 0
};

struct ReferenceOptions {
  double tolerance = 1e-12;  // rtol and atol of each step; at least 1.8e-15
  std::int64_t max_steps = 100000;
};

// x [N, ...] at `from` carried to `to` (either way) on the denoiser's own path; condition int32 [N] or undefined. The
// error is estimated by what a solution of ten times the tolerance differs: errors are in proportion to the tolerance,
// so it is about that of the looser one, and more than that of x. InputError when the path does not reach a time or the
// options are not positive; DivergedError when the tolerance cannot be met.
ReferenceSolution reference_solution(const Denoiser& denoiser, const Tensor& x, Time from, Time to,
                                     const Tensor& condition = {}, const ReferenceOptions& options = {});

}  // namespace ito
