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

// The ends of grids that place their times by sigma/alpha.
inline std::vector<Parameter> ratio_end_parameters() {
  return {{.name = "sigma_min",
           .default_value = 0.0,
           .meaning = "least sigma/alpha; 0: that of the path's t_min, or of t = 0.001 where t_min is clean",
           .min = 0,
           .max = 1e9},
          {.name = "sigma_max",
           .default_value = 0.0,
           .meaning = "largest sigma/alpha; 0: that of the path's t_max, or of t = 0.999 where alpha(t_max) = 0",
           .min = 0,
           .max = 1e9}};
}

struct RatioEnds {
  double sigma_max, sigma_min;
};
inline RatioEnds ratio_ends(const Path& path, const Parameters& parameters) {
  const auto ratio = [&](const char* name, double t) {
    const double given = parameters.number(name);
    return given > 0.0 ? given : math::exp(-path.lambda(Time(t)).value);
  };
  return {ratio("sigma_max", finite_start(path)), ratio("sigma_min", finite_end(path))};
}

// The ends of grids that place their times by the clock itself, as `uniform` does.
inline std::vector<Parameter> clock_end_parameters() {
  return {{.name = "t_start",
           .default_value = kPathsOwn,
           .meaning = "first time, before any shift; -1: the path's t_max",
           .min = -1,
           .max = 1e6},
          {.name = "t_end",
           .default_value = 0.0,
           .meaning = "where the spacing ends, before any shift; 0 is the clean end",
           .min = 0,
           .max = 1e6}};
}

// A grid's times from t_start to t_end, placed at the fractions (1 at t_start, 0 at t_end) fraction_of(u) for u falling
// evenly from 1 to 0: n + 1 of them, t_end = 0 standing for the clean end. Where t_end > 0 and final = "zero" there are
// n and the clean end follows. time_of turns a place into a time.
template <class FractionOf, class TimeOf>
std::vector<double> times_between_ends(const Path& path, int steps, const Parameters& parameters,
                                       const FractionOf& fraction_of, const TimeOf& time_of) {
  const double given = parameters.number("t_start"), t_end = parameters.number("t_end");
  const double t_start = given == kPathsOwn ? path.t_max().value : given;
  const bool append = t_end > 0.0 && parameters.text("final") == "zero";
  std::vector<double> times;
  for (const double u : evenly(1.0, 0.0, append ? steps : steps + 1))
    times.push_back(time_of(u == 1.0 ? t_start : u == 0.0 ? t_end : t_end + fraction_of(u) * (t_start - t_end)));
  if (append) times.push_back(path.clean_end().value);
  if (t_end == 0.0) times.back() = path.clean_end().value;
  return times;
}

}  // namespace ito
