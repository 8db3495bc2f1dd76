// Cells that differ in seed only, and how far their metrics spread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/store/cell.h"

namespace ito::experiments {

class SeedGroups {
 public:
  explicit SeedGroups(const std::vector<CellResult>& cells);

  struct Spread {
    std::optional<double> standard_error;  // of the mean over the group; none for a group of one
    int n = 1;                             // finished cells of the group that have the metric
  };
  Spread spread(const CellResult& cell, const std::string& metric) const;

 private:
  static std::string group(const CellResult& cell);
  std::map<std::string, std::map<std::string, std::vector<double>>> values_;  // group -> metric -> values
};

}  // namespace ito::experiments
