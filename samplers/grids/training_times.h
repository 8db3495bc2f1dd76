// Grids over training times: n of the indices 0 .. T-1, falling; index i stands at t = (i + 1)/T on any path whose
// clock is [0, 1]. The grid has n + 1 times: after the last index it ends clean (at t = 0 where the path does), or on
// index 0 (final = "first", diffusers' set_alpha_to_one = false).
//
// Rounding is to nearest, ties to even. An index >= T and n > T are refused.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "samplers/factories.h"

namespace ito {

inline std::vector<Parameter> training_time_parameters() {
  return {
      {.name = "T", .default_value = std::int64_t{1000}, .meaning = "number of training times", .min = 1, .max = 1e6},
      {.name = "final",
       .default_value = std::string("zero"),
       .meaning = "where the last step ends: zero (sigma = 0, clean) or first (training index 0)",
       .choices = {"zero", "first"}}};
}

// Which of diffusers' habits a grid follows, for golden data (compat).
inline Parameter compat_parameter(const std::string& meaning, std::vector<std::string> choices) {
  return {.name = "compat", .default_value = std::string("none"), .meaning = meaning, .choices = std::move(choices)};
}

inline void check_training_clock(const std::string& where, const Path& path) {
  if (path.t_min().value != 0.0 || path.t_max().value != 1.0)
    throw InputError(where + "training times stand in [0, 1]; path '" + path.name() + "' runs from " +
                     value_text(path.t_min().value) + " to " + value_text(path.t_max().value) +
                     " (uniform, lambda and karras serve it)");
}

// The grid's end after the times of training indices: clean, or index 0.
inline Grid closed_training_grid(const std::string& name, const Path& path, std::vector<double> times,
                                 const Parameters& parameters) {
  const double first = 1.0 / static_cast<double>(parameters.integer("T"));
  const bool clean = parameters.text("final") == "zero";
  if (!clean && times.back() <= first)
    throw InputError("grid '" + name +
                     "': its last index is 0 already; final = \"first\" needs a last index of at least 1 (an offset, "
                     "or another spacing)");
  times.push_back(clean ? path.clean_end().value : first);
  return Grid(path, std::move(times), "grid '" + name + "'");
}

inline Grid training_time_grid(const std::string& name, const Path& path, const std::vector<std::int64_t>& indices,
                               const Parameters& parameters) {
  const std::int64_t T = parameters.integer("T");
  const std::string where = "grid '" + name + "': ";
  check_training_clock(where, path);
  std::vector<double> times;
  for (const std::int64_t i : indices) {
    if (i < 0 || i >= T)
      throw InputError(where + "training index " + std::to_string(i) + " is outside 0 to " + std::to_string(T - 1));
    times.push_back(static_cast<double>(i + 1) / static_cast<double>(T));
  }
  return closed_training_grid(name, path, std::move(times), parameters);
}

// left_out: training times that the grid needs beside those of its steps.
inline void check_training_steps(const std::string& name, int steps, std::int64_t T, int left_out = 0) {
  if (steps + left_out > T)
    throw InputError("grid '" + name + "': " + std::to_string(steps) + " steps" +
                     (left_out > 0 ? " (and one left out)" : "") + ", but there are only " + std::to_string(T) +
                     " training times");
}

}  // namespace ito
