#include "experiments/orders/solutions.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "samplers/exact/reference_solution.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

// Steps of the coarser solution for each unit of lambda, and at least; to the clean end, where lambda is infinite and
// the reference's clock is not.
constexpr double kStepsPerLambda = 100;
constexpr int kFewest = 16, kToTheEnd = 600;
// Wider than any component of the problems by half: resolved.
constexpr double kFinest = 0.2;

int steps_between(const Path& path, Time from, Time to) {
  const double length = std::abs(path.lambda(to).value - path.lambda(from).value);
  if (!std::isfinite(length)) return kToTheEnd;
  return std::max(kFewest, static_cast<int>(kStepsPerLambda * length));
}

}  // namespace

Tensor Solutions::start(const ExactProblem& problem, const Path& path, Time from) {
  return combine({{path.sigma(from), problem.directions()}});
}

Tensor Solutions::at(const ExactProblem& problem, const PathPtr& path, Time from, Time to) {
  Sha256 key;
  key.text(problem.name).text(path->signature()).number(from.value).number(to.value);
  return known_.get(key.hex(), [&] {
    // Solved on flow, which holds every noise level down to none (edm stops at 0.002); the same state there is
    // x alpha'/alpha (MATHS.md section 2).
    const PathPtr flow = make_path("flow");
    const Time begin = flow->time(path->lambda(from)), end = flow->time(path->lambda(to));
    const Tensor x = combine({{flow->alpha(begin) / path->alpha(from), start(problem, *path, from)}});
    const ReferenceSolution solution = reference_solution(
        problem.denoiser(flow), x, begin, end, {}, {.steps = steps_between(*flow, begin, end), .finest = kFinest});
    return combine({{path->alpha(to) / flow->alpha(end), solution.x}});
  });
}

}  // namespace ito::experiments
