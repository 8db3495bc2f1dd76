// How far a deterministic sampler ends from the solution of the very ODE that it steps: rms over samples of |x_i -
// x_i*|, x* the probability-flow ODE of the cell's own model under the cell's own guidance, solved from the same noise
// by reference_solution.h. Where the model is a network this is the sampler's error alone, the network's left out: what
// a sampler is chosen by. The floor is x*'s own estimated error, which for a network in float stays near 1e-6 of x.
#include "autograd/io/sha256.h"
#include "experiments/metrics/reference_error.h"
#include "experiments/metrics/remembered.h"

namespace ito::experiments {
namespace {

void check_end(const Path& path, const Grid& grid) {
  if (!path.clean_at_min() && path.sigma(grid.back()) == 0.0)
    throw InputError("ode_error: the path '" + path.name() + "' has no noise levels below " +
                     value_text(path.sigma(path.t_min())) +
                     " for the model to be asked at; end the grid above (grid.final = \"end\")");
}

const Register<Metric> ode_error_metric{
    {.name = "ode_error",
     .summary =
         "Distance to the solution of the cell's own model's probability-flow ODE from the same noise (root mean "
         "square over samples); for deterministic samplers. Its floor is the estimated error of that solution.",
     .formula =
         "sqrt(1/n sum |x_i - x_i*|^2);  floor: sqrt(D) times the rms error of x*, estimated from a solution of ten\n"
         "times its tolerance",
     .parameters = {{"compared", std::int64_t{256}, "samples compared, the first ones; 0: all", 0},
                    {"tolerance", 1e-6,
                     "of each step of the reference solution, which an adaptive method finds; beside the state's rms",
                     1e-14, 0.1}},
     .numerics = 2},
    [](const Parameters& p) -> Metric {
      const std::int64_t count = p.integer("compared");
      const ReferenceOptions options{.tolerance = p.number("tolerance")};
      const auto solutions = std::make_shared<Remembered<ReferenceSolution>>();
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        if (input.model == nullptr || input.grid == nullptr || input.start == nullptr || input.path == nullptr)
          throw InputError(
              "ode_error: the model and the noise that the samples started from are not known; a run "
              "knows its own");
        const Path& path = *input.path;
        check_end(path, *input.grid);
        const Compared compared(input, count);
        const auto solve = [&] {
          return reference_solution(*input.model, compared.start, input.grid->front(), input.grid->back(),
                                    compared.condition, options);
        };
        if (input.model_key.empty()) return {reference_error("ode_error", input, solve())};
        Sha256 key;
        key.text(input.data.hash).text(input.model_key).text(path.signature()).tensor(compared.start);
        if (compared.condition.defined()) key.tensor(compared.condition);
        key.number(input.grid->front().value).number(input.grid->back().value);
        return {
            reference_error("ode_error", input, solutions->get(key.hex(), std::function<ReferenceSolution()>(solve)))};
      };
      return {.measure = measure, .check_end = check_end};
    }};

}  // namespace
}  // namespace ito::experiments
