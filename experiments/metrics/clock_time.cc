#include "experiments/metrics/clock_time.h"

#include <algorithm>

#include "kernels/core/math.h"

namespace ito::experiments {

Time clock_time(const Path& path, double fraction) {
  const double low = path.t_min().value, high = path.t_max().value;
  if (path.name() == "edm") return Time(low * math::pow(high / low, fraction));
  return Time(std::min(high, low + fraction * (high - low)));
}

}  // namespace ito::experiments
