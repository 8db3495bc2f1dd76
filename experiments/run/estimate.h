// Before a run: is every cell possible, and how much work is it?
#pragma once

#include <cstdint>
#include <filesystem>

#include "experiments/run/plan.h"

namespace ito::experiments {

struct WorkEstimate {
  std::int64_t cells = 0;
  std::int64_t evaluations = 0;  // of the network (or formula), over all samples of all cells; an upper bound: the last
                                 // step of some solvers takes fewer
  double sampling_seconds = 0;   // from a short measurement of each model on this machine
  double training_seconds = 0;   // of networks whose weights are not in `folder`: three forward passes an example
  double seconds() const { return sampling_seconds + training_seconds; }  // metrics are not in it
};

// Makes what each cell walks with (data, model, path, grid, solver, guidance), once for each different combination.
// InputError begins with the place in the recipe.
WorkEstimate check(const Plan& plan, const std::filesystem::path& folder, bool measure_speed);

}  // namespace ito::experiments
