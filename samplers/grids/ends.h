// The ends of grids in continuous time, where a recipe leaves them to the path.
//
//   t_start   t_max; for spacings in lambda or sigma/alpha, where alpha(t_max) = 0 (flow, cosine), 0.999
//   t_end     for spacings in lambda or sigma/alpha: t_min where sigma(t_min) > 0 (edm, ve, laplace), else 0.001 (Lu
//             et al. 2022, appendix D.4); the clean end follows as a step of its own, unless final = "end"
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/math.h"
#include "samplers/factories.h"

namespace ito {

inline constexpr double kPathsOwn = -1.0;  // a parameter's value that leaves an end to the path
inline constexpr double kNoisyEnd = 0.999;
inline constexpr double kQuietEnd = 0.001;

inline double finite_start(const Path& path) { return path.alpha(path.t_max()) > 0.0 ? path.t_max().value : kNoisyEnd; }
inline double finite_end(const Path& path) { return path.clean_at_min() ? kQuietEnd : path.t_min().value; }

inline Parameter final_parameter() {
  return {.name = "final",
          .default_value = std::string("zero"),
          .meaning = "zero: the last step goes from the spacing's end to the clean end; end: it stops there",
          .choices = {"zero", "end"}};
}

// `count` numbers from a to b, ends included and exact; one number is a.
inline std::vector<double> evenly(double a, double b, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i)
    values.push_back(i == 0 ? a : i == count - 1 ? b : a + static_cast<double>(i) / (count - 1) * (b - a));
  return values;
}

// The times of a grid whose steps are equal in another variable: n of it from a to b, each turned into a time, then the
// clean end; with final = "end" n + 1 of it and no clean end.
template <class TimeOf>
std::vector<double> times_evenly(const Path& path, double a, double b, int steps, const Parameters& parameters,
                                 const TimeOf& time_of) {
  const bool clean = parameters.text("final") == "zero";
  std::vector<double> times;
  for (const double value : evenly(a, b, clean ? steps : steps + 1)) times.push_back(time_of(value));
  if (clean) times.push_back(path.clean_end().value);
  return times;
}

}  // namespace ito
