// Numbers that are easily mixed up get types of their own: mixing them does not compile.
#pragma once

#include <compare>

namespace ito {

// A point on a path's clock: [0, 1] with data at the low end; for `edm` the clock is sigma itself.
struct Time {
  double value = 0;
  explicit constexpr Time(double v) : value(v) {}
  constexpr Time() = default;
  auto operator<=>(const Time&) const = default;
};

// log(alpha / sigma): HALF the log-SNR. Falls as time grows; +inf where sigma = 0, -inf where alpha = 0.
struct Lambda {
  double value = 0;
  explicit constexpr Lambda(double v) : value(v) {}
  constexpr Lambda() = default;
  auto operator<=>(const Lambda&) const = default;
};

}  // namespace ito
