// The distance of samples to a solution of the probability-flow ODE from the same noise: what exact_error (the data's
// own formula) and ode_error (the cell's own model) share.
#pragma once

#include <algorithm>
#include <cmath>

#include "experiments/metrics/metric.h"
#include "samplers/exact/distances.h"
#include "samplers/exact/reference_solution.h"

namespace ito::experiments {

// The first samples of a cell that are compared (count 0: all), and what they start from.
struct Compared {
  std::int64_t n;
  Tensor start, condition;

  Compared(const MetricInput& input, std::int64_t count)
      : n(count > 0 ? std::min(count, input.samples.dim(0)) : input.samples.dim(0)),
        start(input.start->slice_first(0, n)),
        condition(input.condition.defined() ? input.condition.slice_first(0, n) : Tensor()) {}
};

// Root mean square over samples of |x_i - x_i*|, samples in the type they were computed in. The floor is the solution's
// own estimated error.
inline MetricValue reference_error(const char* name, const MetricInput& input, const ReferenceSolution& reference) {
  const std::int64_t n = reference.x.dim(0), d = reference.x.size() / n;
  const Tensor samples = (input.ends != nullptr ? *input.ends : input.samples).slice_first(0, n).to(DType::f64);
  const double* x = samples.span<double>().data();
  const double* y = reference.x.span<double>().data();
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += squared_distance(x + i * d, y + i * d, d);
  return {.name = name,
          .value = std::sqrt(sum / static_cast<double>(n)),
          .floor = reference.error * std::sqrt(static_cast<double>(d)),
          .distance = true};
}

}  // namespace ito::experiments
