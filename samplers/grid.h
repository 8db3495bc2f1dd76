// Grid: the strictly falling times that a solver visits, from noise to the end.
//
// n steps have n + 1 times. A grid that rises, repeats a time, or leaves its path's range is refused at construction.
#pragma once

#include <string>
#include <vector>

#include "samplers/path.h"

namespace ito {

class Grid {
 public:
  // times: strictly falling with lambda strictly rising, at least two, inside [t_min, t_max] of the path; the clean end
  // (Path::clean_end) may follow as the last one. InputError names the offending pair and `origin`.
  Grid(const Path& path, std::vector<double> times, const std::string& origin);

  int steps() const { return static_cast<int>(times_.size()) - 1; }
  Time operator[](int i) const { return Time(times_[static_cast<std::size_t>(i)]); }
  Time front() const { return Time(times_.front()); }
  Time back() const { return Time(times_.back()); }
  const std::vector<double>& times() const { return times_; }

 private:
  std::vector<double> times_;
};

}  // namespace ito
