// Song, Meng, Ermon 2021 (DDIM), appendix D.2: training indices floor(c i^2), which the authors use on CIFAR-10 with
// the largest at 0.8 T.
//
//   floor((i sqrt(0.8 T)/(n-1))^2) = floor(4 T i^2/(5 (n-1)^2)),  i = n-1 .. 0  (n = 1: index 0)
//
// by whole numbers. The authors' code squares rounded roots and truncates, and so has 31 for 32, 127 for 128, 287 for
// 288 and 511 for 512 at n = 16, 26 and 31 (T = 1000). Above n = 29 its list holds index 0 twice, at n = 100, which
// DDIM's tables use, four times and 2 twice: steps that go nowhere. A grid refuses them, unless repeats = "advance"
// moves a repeated index to the next free one.
#include "samplers/grids/training_times.h"

namespace ito {
namespace {

std::vector<Parameter> parameters_of_quadratic() {
  std::vector<Parameter> parameters = training_time_parameters();
  parameters.push_back({.name = "repeats",
                        .default_value = std::string("refuse"),
                        .meaning = "what becomes of an index that repeats: refuse; advance (moved up to the next free)",
                        .choices = {"refuse", "advance"}});
  return parameters;
}

const Register<Grid> quadratic{
    {.name = "quadratic",
     .paper = "Song, Meng, Ermon 2021 (DDIM), appendix D.2, quadratic",
     .summary = "Training indices along a parabola up to 0.8 T: short steps where noise is low, as DDIM on CIFAR-10.",
     .formula = "floor((i sqrt(0.8 T)/(n-1))^2),  i = n-1 .. 0  (n = 1: 0)",
     .parameters = parameters_of_quadratic()},
    [](const Path& path, int steps, const Parameters& parameters) {
      const std::int64_t T = parameters.integer("T"), cells = steps - 1;
      check_training_steps("quadratic", steps, T);
      std::vector<std::int64_t> indices(static_cast<std::size_t>(steps));
      std::int64_t next = 0;  // the lowest index above those taken
      for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t index = steps == 1 ? 0 : 4 * T * i * i / (5 * cells * cells);
        if (index < next && parameters.text("repeats") == "refuse")
          throw InputError("grid 'quadratic': training index " + std::to_string(index) + " repeats with " +
                           std::to_string(steps) + " steps of T = " + std::to_string(T) +
                           "; take fewer steps, or repeats = \"advance\"");
        indices[static_cast<std::size_t>(cells - i)] = std::max(index, next);
        next = std::max(index, next) + 1;
      }
      return training_time_grid("quadratic", path, indices, parameters);
    }};

}  // namespace
}  // namespace ito
