#include <algorithm>
#include <span>

#include "experiments/report/section_layout.h"
#include "experiments/report/text.h"
#include "kernels/core/math.h"

namespace ito::experiments::report {
namespace {

constexpr std::size_t kLast = 3;   // points of the slope at the end
constexpr double kAboveFloor = 3;  // an error nearer to the reference's own says nothing of the sampler

struct LogPoint {
  double evaluations, error;  // logarithms
};

std::vector<LogPoint> points_of(const SectionLayout& layout, const std::vector<std::size_t>& row,
                                const std::string& metric) {
  std::vector<LogPoint> points;
  for (std::size_t place = 0; place < layout.cells.axes[*layout.laid].values.size(); ++place) {
    const CellGroup* group = group_at(layout, row, place);
    if (group == nullptr) continue;
    const std::optional<double> nfe = evaluations(*group);
    const GroupEstimate found = estimate(*group, metric);
    if (!nfe || !found.mean || *found.mean <= 0 || *found.mean <= kAboveFloor * found.floor.value_or(0)) continue;
    points.push_back({math::log(*nfe), math::log(*found.mean)});
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const LogPoint& a, const LogPoint& b) { return a.evaluations < b.evaluations; });
  return points;
}

// Least squares; none through one number of evaluations.
std::optional<double> slope(std::span<const LogPoint> points) {
  double x = 0, y = 0, covariance = 0, variance = 0;
  for (const LogPoint& point : points) x += point.evaluations, y += point.error;
  x /= static_cast<double>(points.size());
  y /= static_cast<double>(points.size());
  for (const LogPoint& point : points) {
    covariance += (point.evaluations - x) * (point.error - y);
    variance += (point.evaluations - x) * (point.evaluations - x);
  }
  return points.size() > 1 && variance > 0 ? std::optional(covariance / variance) : std::nullopt;
}

TableCell slope_cell(const std::optional<double>& value) {
  return value ? text_cell(with_digits(*value, 3)) : text_cell("");
}

}  // namespace

bool has_slopes(const SectionLayout& layout, const std::string& metric) {
  return layout.laid && layout.cells.axes[*layout.laid].key == "grid.steps" &&
         (metric == "exact_error" || metric == "ode_error");
}

Table slope_table(const SectionLayout& layout, const std::string& metric) {
  Table table;
  table.title = "Slopes of " + metric + " against evaluations";
  table.caption =
      "d log(error) / d log(evaluations) by least squares: -p where the error falls as evaluations^-p. "
      "Errors within " +
      shortest(kAboveFloor) + " times their floor, the reference's own error, are left out.";
  table.label_columns = static_cast<int>(layout.rows.size());
  for (const std::size_t axis : layout.rows) table.columns.push_back({layout.cells.axes[axis].key});
  table.columns.push_back({"slope", "over all points"});
  table.columns.push_back({"slope at the end", "over the last three points"});
  for (const std::vector<std::size_t>& row : row_places(layout)) {
    std::vector<TableCell> cells;
    for (const std::size_t axis : layout.rows) {
      const GroupAxis& values = layout.cells.axes[axis];
      cells.push_back(row[axis] < values.values.size() ? value_cell(values.values[row[axis]]) : text_cell(""));
    }
    const std::vector<LogPoint> points = points_of(layout, row, metric);
    cells.push_back(slope_cell(slope(points)));
    cells.push_back(slope_cell(slope(std::span(points).last(std::min(kLast, points.size())))));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace ito::experiments::report
