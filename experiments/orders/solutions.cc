#include "experiments/orders/solutions.h"

#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "samplers/exact/reference_solution.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

constexpr double kTolerance = 1e-14;

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
    const ReferenceSolution solution =
        reference_solution(problem.denoiser(flow), x, begin, end, {}, {.tolerance = kTolerance});
    return combine({{path->alpha(to) / flow->alpha(end), solution.x}});
  });
}

}  // namespace ito::experiments
