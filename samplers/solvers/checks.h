// What a solver asks of a walk before it starts, so that a recipe is refused at once and not in the middle.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>

#include "samplers/registry.h"
#include "samplers/solver.h"
#include "samplers/solvers/step.h"

namespace ito {

// The step to sigma = 0 is x_0 itself, alpha_s x0-hat, in every solver: h is infinite, and nothing else is left.
inline bool ends_clean(const Path& path, Time s) { return path.sigma(s) == 0.0; }

// Refuses where a predicted `from` does not determine what the solver reads at t. `way_out`: what the grid could do.
inline void check_reads_at(const std::string& solver, const Path& path, Time t, Prediction from,
                           std::initializer_list<Prediction> reads,
                           const char* way_out = "end the grid at a later time (t_end)") {
  try {
    for (const Prediction wanted : reads) conversion(path, t, from, wanted);
  } catch (const InputError& error) {
    throw InputError("solver '" + solver + "': " + error.what() + "; " + way_out +
                     ", or use a model that predicts sample" +
                     (from == Prediction::velocity ? " or v" : ", v or velocity"));
  }
}

// Of what is read at the start of each step (x_0 alone in a step to the clean end).
inline void check_reads(const std::string& solver, const Path& path, const Grid& grid, Prediction from,
                        std::initializer_list<Prediction> reads) {
  for (int i = 0; i < grid.steps(); ++i) {
    const char* way_out = i == 0 ? "start the grid at a lower time (t_start)" : "end the grid at a later time (t_end)";
    if (ends_clean(path, grid[i + 1]))
      check_reads_at(solver, path, grid[i], from, {Prediction::sample}, way_out);
    else
      check_reads_at(solver, path, grid[i], from, reads, way_out);
  }
}

// Of what is read at the shares r of each bounded step, in lambda (1: at its end), as singlestep methods do.
inline void check_reads_inside(const std::string& solver, const Path& path, const Grid& grid, Prediction from,
                               std::initializer_list<Prediction> reads, std::initializer_list<double> shares) {
  for (int i = 0; i < grid.steps(); ++i) {
    const Step st(path, grid[i], grid[i + 1]);
    if (st.unbounded()) continue;
    for (const double r : shares) check_reads_at(solver, path, st.inside(path, r), from, reads);
  }
}

// The last of fewer than 15 steps: where the authors of DPM-Solver (and diffusers after them) lower a multistep
// method's order.
inline bool few_steps_end(const Trajectory& trajectory) { return trajectory.last() && trajectory.grid().steps() < 15; }
// The order that such a walk's steps have at most: no more than the steps that are left, this one counted.
inline int order_left(const Trajectory& trajectory, int order) {
  const int steps = trajectory.grid().steps();
  return steps < 15 ? std::min(order, steps - trajectory.step()) : order;
}
inline Parameter lower_order_final_parameter() {
  return {.name = "lower_order_final",
          .default_value = true,
          .meaning =
              "lower the order towards the end (the last step: 1) when there are fewer than 15 steps, for "
              "stability"};
}

// Refuses a grid of steps in the path's own time that stands where a clipped path does not move (f = g = 0) while the
// step does: x would be left as it is.
inline void check_moves(const std::string& solver, const Path& path, const Grid& grid) {
  for (int i = 0; i < grid.steps(); ++i) {
    const Time t = grid[i];
    if (ends_clean(path, grid[i + 1]) || path.diffusion_squared(t) != 0.0 || path.drift(t) != 0.0) continue;
    throw InputError("solver '" + solver + "': the path '" + path.name() + "' is clipped at time " +
                     value_text(t.value) + " and does not move there; " +
                     (i == 0 ? "start the grid at a lower time (t_start)" : "end the grid at a later time (t_end)"));
  }
}

}  // namespace ito
