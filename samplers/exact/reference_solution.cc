#include "samplers/exact/reference_solution.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/exact/adaptive_flow.h"
#include "samplers/prediction.h"

namespace ito {
namespace {

struct Solved {
  Tensor x;
  std::int64_t evaluations;
};

Solved solve(const Denoiser& denoiser, const Tensor& x, Time from, Time to, const Tensor& condition,
             const FlowControl& control) {
  if (denoiser.reset) denoiser.reset(x.dim(0));
  std::int64_t evaluations = 0;
  const auto model = [&](const Tensor& x_t, std::span<const double> times, std::span<const std::int64_t>) {
    const Query query{.x = x_t, .times = times.first(1), .condition = condition};  // all go together
    ++evaluations;
    return convert(*denoiser.path, times.first(1), x_t, denoiser.evaluate(query).prediction, denoiser.prediction,
                   Prediction::v);
  };
  const Tensor solution = AdaptiveFlow(control).walk(*denoiser.path, x, from, to, model);
  return {solution, evaluations};
}

}  // namespace

ReferenceSolution reference_solution(const Denoiser& denoiser, const Tensor& x, Time from, Time to,
                                     const Tensor& condition, const ReferenceOptions& options) {
  require(options.tolerance > 0 && options.tolerance < 1, "reference_solution: tolerance must be between 0 and 1");
  require(options.max_steps >= 1, "reference_solution: max_steps must be at least 1");
  const Tensor start = x.to(DType::f64);
  if (denoiser.flow) return {denoiser.flow(start, from, to), 0.0, 0};
  const auto to_within = [&](double tolerance) {
    return solve(denoiser, start, from, to, condition,
                 {.rtol = tolerance, .atol = tolerance, .max_steps = options.max_steps, .together = true});
  };
  const Solved loose = to_within(10 * options.tolerance), tight = to_within(options.tolerance);
  const Tensor difference = combine({{1, tight.x}, {-1, loose.x}});
  const double elements = static_cast<double>(std::max<std::int64_t>(1, x.size()));
  return {tight.x, std::sqrt(squared_norm(difference) / elements), loose.evaluations + tight.evaluations};
}

}  // namespace ito
