// The probability-flow ODE solved from the same noise, far more exactly than any sampler: what a sampler's error is
// measured against.
//
// Closed form where the denoiser offers its flow (Gaussian data). Elsewhere the classical fourth-order Runge-Kutta
// method with Richardson extrapolation, in double, in the clock of angle_clock.h, in which every Gaussian path is the
// same after scaling and both of its ends are regular, alpha = 0 and sigma = 0 included.
#pragma once

#include <cstdint>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"

namespace ito {

struct ReferenceSolution {
  Tensor x;                      // double, the start's shape
  double error = 0;              // estimate of its rms error over all elements, by halving the steps; closed form: 0
  std::int64_t evaluations = 0;  // calls of the denoiser; closed form: 0
};

struct ReferenceOptions {
  int steps = 64;        // of the coarser of two solutions; 12 calls each in all
  double finest = 0.01;  // the smallest standard deviation of the data worth resolving, relative to 1
};

// x [N, ...] at `from` carried to `to` on the denoiser's own path; condition int32 [N] or undefined. InputError when
// the path does not reach a time, or options are not positive.
ReferenceSolution reference_solution(const Denoiser& denoiser, const Tensor& x, Time from, Time to,
                                     const Tensor& condition = {}, const ReferenceOptions& options = {});

}  // namespace ito
