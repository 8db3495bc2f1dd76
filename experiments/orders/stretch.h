// Where orders are measured: a stretch of a path away from both ends, cut into equal steps of a method's own clock.
#pragma once

#include <string>
#include <vector>

#include "samplers/path.h"

namespace ito::experiments {

struct Stretch {
  Time from, to;  // from > to
};

// A stretch of the path on which its coefficients are smooth: 0.8 to 0.1 on most, sigma from 4 to 0.2 on edm. In equal
// steps of "ratio" it runs from sigma/alpha = 2 to 1/2 where it may: steps that are equal from far out resolve nothing.
Stretch smooth_stretch(const Path& path, const std::string& clock);

// The place of a time in the variable in which a method's steps are equal, and back. clock: "time" (the path's own),
// "lambda", or "ratio" (sigma/alpha), as OrderClaim has it.
double place_of(const Path& path, Time t, const std::string& clock);
Time time_of(const Path& path, double place, const std::string& clock);

// n equal steps from t_a down to t_b, and the `history` times that equal steps before t_a would have visited, oldest
// first. t_a leaves room on the stretch for `history` steps of the length that `coarsest` steps have, and so is the
// same for every n >= coarsest.
struct EqualSteps {
  std::vector<Time> before;
  std::vector<double> times;  // n + 1
};
EqualSteps equal_steps(const Path& path, const Stretch& stretch, const std::string& clock, int n, int history,
                       int coarsest);

}  // namespace ito::experiments
