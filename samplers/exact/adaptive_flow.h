// The probability-flow ODE by the embedded pair 5(4) of Dormand and Prince 1980, every sample with its own steps or all
// with the same: what dormand_prince and reference_solution walk with.
//
// On the angle theta = atan(sigma/alpha) the scaled state y = x / sqrt(alpha^2 + sigma^2) of every Gaussian path obeys
//   dy/dtheta = (alpha eps-hat - sigma x_0-hat) / sqrt(alpha^2 + sigma^2)          (v of Salimans, Ho 2022)
// which is regular from pure noise (alpha = 0) to the clean end (sigma = 0). Steps are taken in
//   w = log((p + a q) / (q + a p)),   p = sqrt(sigma), q = sqrt(alpha), a = 0.1,
// which is -lambda/2 while sigma/alpha is well inside [a^2, a^-2]; beyond, theta turns quadratic in w at both ends.
// There dy/dw = 0 whatever the model would say, so it is asked nothing where alpha or sigma is 0.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/path.h"

namespace ito {

struct FlowControl {
  // A step is kept where rms(error estimate) <= atol + rtol max(rms y, rms y'), rms over the elements of one sample.
  // Both are taken as at least 8 units in the last place of the states' type (float 9.5e-7, double 1.8e-15).
  double rtol = 1e-5;
  double atol = 1e-5;
  std::int64_t max_steps = 10000;  // of one sample between two times, refused ones included
  bool adaptive = true;            // false: one step of order 5 between two times
  // One step size for all samples, which the largest error decides: every evaluation then has one time, which exact
  // models of many dimensions compute far faster, and the solution depends, within the tolerance, on its company.
  bool together = false;
};

class AdaptiveFlow {
 public:
  // The model's v for samples `rows` of the batch: row i of x is sample rows[i], at times[i].
  using Model =
      std::function<Tensor(const Tensor& x, std::span<const double> times, std::span<const std::int64_t> rows)>;

  explicit AdaptiveFlow(const FlowControl& control) : control_(control) {}

  // Forgets the step sizes, which go on from one walk to the next.
  void start() { proposed_.clear(); }

  // x [N, ...] at `from` carried to `to`, which may lie either way. Unless they go together, no number of one sample
  // depends on the others. DivergedError, naming the sample, where its step has shrunk to rounding or max_steps are
  // spent.
  Tensor walk(const Path& path, const Tensor& x, Time from, Time to, const Model& model);

 private:
  FlowControl control_;
  // Of each sample of the batch: the next step's length in w, and the last kept step's error over its tolerance.
  std::vector<double> proposed_, last_error_;
};

}  // namespace ito
