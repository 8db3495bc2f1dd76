// Cells put together: those of one section that differ in seed only form a group, the unit of every table and plot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/report/table.h"
#include "experiments/store/cell.h"

namespace ito::experiments::report {

inline constexpr const char* kSeedAxis = "seed";

// A swept key without the seed, and its values in the order of the cells.
struct GroupAxis {
  std::string key;
  std::vector<Value> values;
  bool numeric() const;  // all values are integers or numbers
};

struct CellGroup {
  std::vector<std::size_t> place;        // for each axis, which of its values; axis.values.size(): not swept here
  std::vector<const CellResult*> cells;  // one for each seed, in the order of the cells
};

struct GroupedCells {
  std::vector<GroupAxis> axes;       // in the order asked for
  std::vector<CellGroup> groups;     // in the order of the cells
  std::vector<std::string> metrics;  // in the order of appearance

  // The group at these places of the axes; null where the sweep has none.
  const CellGroup* find(const std::vector<std::size_t>& place) const;
};

// axes: the section's swept keys, slowest first (the seed may be among them). Pointers into `cells` are kept.
GroupedCells group_cells(const std::vector<CellResult>& cells, int section, const std::vector<std::string>& axes);

// A metric over a group's seeds.
struct GroupEstimate {
  std::optional<double> mean, error;  // none where no cell has the metric, or one diverged
  std::optional<double> floor, floor_error;
  int n = 0;
  int diverged = 0;
  // A distance, two seeds or more, and the paired interval of value - floor does not lie above zero.
  bool unresolved = false;
  std::vector<std::string> keys;
};
GroupEstimate estimate(const CellGroup& group, const std::string& metric);
// Network evaluations a sample, averaged over the group's finished cells; none where all diverged.
std::optional<double> evaluations(const CellGroup& group);
// Time that sampling took, the mean over the same cells.
std::optional<double> seconds(const CellGroup& group);

TableCell estimate_cell(
    const GroupEstimate& estimate);  // "diverged", "1 of 4 diverged" or an empty place where there is no number
TableCell value_cell(const Value& value);
std::string axis_value_text(const GroupAxis& axis, std::size_t place);

// "field_rms[t=0.10]" -> {"field_rms", "t", 0.1}; none for a plain name or a suffix that is no number.
struct MetricFamily {
  std::string name, parameter;
  double at;
};
std::optional<MetricFamily> metric_family(const std::string& metric);

}  // namespace ito::experiments::report
