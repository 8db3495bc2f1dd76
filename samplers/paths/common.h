// What the path files share: names, ranges, and the inverse of lambda up to rounding.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "samplers/path.h"
#include "samplers/registry.h"

namespace ito {

// "vp(beta_max=20, beta_min=0.1)": two paths with the same signature are the same path.
inline std::string path_signature(const std::string& name, const Parameters& parameters) {
  std::string text = name + "(";
  for (const auto& [key, value] : parameters.all())
    text += (text.back() == '(' ? "" : ", ") + key + "=" + value_text(value);
  return text + ")";
}

// Refuses a time off the clock (or NaN).
inline void check_time(const Path& path, Time t, double low, double high) {
  if (t.value >= low && t.value <= high) return;
  throw InputError("path '" + path.name() + "': time " + value_text(t.value) + " is outside [" + value_text(low) +
                   ", " + value_text(high) + "]");
}

// The same on the clock [0, 1], for paths whose clean end is beyond it.
inline void check_clock(const Path& path, Time t) {
  if (t.value != path.clean_end().value) check_time(path, t, 0.0, 1.0);
}

// Refuses a lambda that the path does not reach. Rounding of a lambda that stands at an end is forgiven: such a lambda
// is moved to that end.
inline double check_lambda(const Path& path, Lambda lambda) {
  const double low = path.lambda(path.t_max()).value;
  const double high = path.lambda(path.t_min()).value;
  const double slack = 1e-12 * (1.0 + std::abs(lambda.value));  // some thousand ULP: what a log and a pow may lose
  const bool inside = std::isinf(lambda.value) ? lambda.value == low || lambda.value == high
                                               : lambda.value >= low - slack && lambda.value <= high + slack;
  if (!inside)
    throw InputError("path '" + path.name() + "': lambda " + value_text(lambda.value) + " is outside [" +
                     value_text(low) + ", " + value_text(high) + "]");
  return std::clamp(lambda.value, low, high);
}

}  // namespace ito
