// What a solver asks of a walk before it starts, so that a recipe is refused at once and not in the middle.
#pragma once

#include <initializer_list>
#include <string>

#include "samplers/registry.h"
#include "samplers/solver.h"

namespace ito {

// The step to sigma = 0 is x_0 itself, alpha_s x0-hat, in every solver: h is infinite, and nothing else is left.
inline bool ends_clean(const Path& path, Time s) { return path.sigma(s) == 0.0; }

// Refuses where a predicted `from` does not determine what the solver reads at the start of each step (x_0 alone in a
// step to the clean end).
inline void check_reads(const std::string& solver, const Path& path, const Grid& grid, Prediction from,
                        std::initializer_list<Prediction> reads) {
  try {
    for (int i = 0; i < grid.steps(); ++i) {
      if (ends_clean(path, grid[i + 1]))
        conversion(path, grid[i], from, Prediction::sample);
      else
        for (const Prediction wanted : reads) conversion(path, grid[i], from, wanted);
    }
  } catch (const InputError& error) {
    throw InputError("solver '" + solver + "': " + error.what() +
                     "; start the grid at a lower time (t_start), or use a " +
                     "model that predicts sample, v or velocity");
  }
}

}  // namespace ito
