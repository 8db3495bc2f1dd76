// How far a deterministic sampler ends from the probability-flow ODE's own solution, started at the same noise: rms
// over samples of |x_i - x_i*|. x* by the closed form on Gaussian data, else by reference_solution.h with the exact
// denoiser and, where the cell has guidance, the same guidance on it. The floor is x*'s own estimated error. What is
// left of the error when the model is the exact denoiser is the sampler's; the rest is the network's.
#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "experiments/metrics/reference_error.h"
#include "experiments/metrics/remembered.h"

namespace ito::experiments {
namespace {

// reference_solution for x on `path`. The denoiser may stand on another path that holds more noise levels, down to
// none: there the same state is x alpha'/alpha.
ReferenceSolution solution_on(const PathPtr& path, const Grid& grid, const Denoiser& exact, const Tensor& x,
                              const Tensor& condition, const ReferenceOptions& options) {
  const Path& whole = *exact.path;
  if (path == nullptr || path->signature() == whole.signature())
    return reference_solution(exact, x, grid.front(), grid.back(), condition, options);
  const Time from = whole.time(path->lambda(grid.front())), to = whole.time(path->lambda(grid.back()));
  const double there = whole.alpha(from) / path->alpha(grid.front()), back = path->alpha(grid.back()) / whole.alpha(to);
  ReferenceSolution solution =
      reference_solution(exact, combine({{there, x.to(DType::f64)}}), from, to, condition, options);
  solution.x = combine({{back, solution.x}});
  solution.error *= back;
  return solution;
}

const Register<Metric> exact_error_metric{
    {.name = "exact_error",
     .summary =
         "Distance to the probability-flow ODE's solution from the same noise (root mean square over samples); for "
         "deterministic samplers. Its floor is the estimated error of that solution itself, not fresh data.",
     .formula =
         "sqrt(1/n sum |x_i - x_i*|^2);  floor: sqrt(D) times the rms error of x*, estimated from a solution of ten\n"
         "times its tolerance (0 where x* is a closed form)",
     .parameters = {{"compared", std::int64_t{256}, "samples compared, the first ones; 0: all", 0},
                    {"tolerance", 1e-7,
                     "of each step of the reference solution, which an adaptive method finds; beside the state's rms",
                     1e-14, 0.1}},
     .numerics = 4},
    [](const Parameters& p) -> Metric {
      const std::int64_t count = p.integer("compared");
      const ReferenceOptions options{.tolerance = p.number("tolerance")};
      const auto solutions = std::make_shared<Remembered<ReferenceSolution>>();
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        const Denoiser* exact = input.exact_guided != nullptr ? input.exact_guided : input.exact;
        if (exact == nullptr || input.grid == nullptr || input.start == nullptr)
          throw InputError("exact_error: the noise that the samples started from is not known; a run knows its own");
        if (input.condition.defined() && exact->classes == 0)
          throw InputError("exact_error: the samples were asked for by class, and the formula '" + exact->name +
                           "' knows none; expected sampling.condition = \"none\"");
        const Compared compared(input, count);
        const Tensor &start = compared.start, &condition = compared.condition;
        const auto solve = [&] { return solution_on(input.path, *input.grid, *exact, start, condition, options); };
        // A guided solution is remembered where it is said what guides it.
        const bool known = exact == input.exact || !input.exact_key.empty();
        Sha256 key;
        key.text(input.data.hash).text(exact->name).text(exact->path->signature()).text(input.exact_key).tensor(start);
        if (condition.defined()) key.tensor(condition);
        if (input.path != nullptr) key.text(input.path->signature());
        key.number(input.grid->front().value).number(input.grid->back().value);
        const ReferenceSolution reference =
            known ? solutions->get(key.hex(), std::function<ReferenceSolution()>(solve)) : solve();
        return {reference_error("exact_error", input, reference)};
      };
      return {.measure = measure, .lacks = lacks_exact_formula};
    }};

}  // namespace
}  // namespace ito::experiments
