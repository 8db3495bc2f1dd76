#include "samplers/grid.h"

#include <cmath>

#include "samplers/registry.h"

namespace ito {

Grid::Grid(const Path& path, std::vector<double> times, const std::string& origin) : times_(std::move(times)) {
  const std::string where = origin + " on path '" + path.name() + "': ";
  if (times_.size() < 2)
    throw InputError(where + "it has " + std::to_string(times_.size()) + " times; expected at least 2");
  const double low = path.t_min().value, high = path.t_max().value;
  for (std::size_t i = 0; i < times_.size(); ++i) {
    const double t = times_[i];
    // Where noise is left at t_min, the clean end may close the grid.
    const bool clean_end = i + 1 == times_.size() && t == path.clean_end().value;
    if (!(t >= low && t <= high) && !clean_end)
      throw InputError(where + "time " + std::to_string(i) + " is " + value_text(t) + "; expected " + value_text(low) +
                       " to " + value_text(high));
    if (i > 0 && !(t < times_[i - 1]))
      throw InputError(where + "times must fall, but time " + std::to_string(i) + " is " + value_text(t) + " after " +
                       value_text(times_[i - 1]));
    // Where a path is clipped, times differ and the noise does not: a step of no length.
    if (i == 0) continue;
    const double before = path.lambda(Time(times_[i - 1])).value, lambda = path.lambda(Time(t)).value;
    if (!(lambda > before))
      throw InputError(where + "the noise must fall, but lambda is " + value_text(before) + " at time " +
                       value_text(times_[i - 1]) + " and " + value_text(lambda) + " at time " + value_text(t) +
                       "; start the grid at a lower time (t_start)");
  }
}

}  // namespace ito
