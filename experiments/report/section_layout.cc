#include "experiments/report/section_layout.h"

#include <algorithm>

namespace ito::experiments::report {
namespace {

constexpr const char* kStepsAxis = "grid.steps";

std::optional<std::size_t> choose_laid(const GroupedCells& cells, const std::vector<std::size_t>& varying) {
  for (const std::size_t axis : varying)
    if (cells.axes[axis].key == kStepsAxis) return axis;
  for (auto axis = varying.rbegin(); axis != varying.rend(); ++axis)
    if (cells.axes[*axis].numeric() && cells.axes[*axis].values.size() >= 3) return *axis;
  return std::nullopt;
}

}  // namespace

SectionLayout lay_out(const std::vector<CellResult>& cells, int section, const std::vector<std::string>& axes) {
  SectionLayout layout;
  layout.cells = group_cells(cells, section, axes);
  for (std::size_t axis = 0; axis < layout.cells.axes.size(); ++axis)
    if (layout.cells.axes[axis].values.size() > 1) layout.varying.push_back(axis);
  layout.laid = choose_laid(layout.cells, layout.varying);
  for (const std::size_t axis : layout.varying)
    if (axis != layout.laid) layout.rows.push_back(axis);
  for (const std::string& metric : layout.cells.metrics) {
    const auto family = metric_family(metric);
    if (!family) {
      layout.metrics.push_back(metric);
    } else if (std::find(layout.families.begin(), layout.families.end(), family->name) == layout.families.end()) {
      layout.families.push_back(family->name);
    }
  }
  return layout;
}

std::vector<std::vector<std::size_t>> row_places(const SectionLayout& layout) {
  std::vector<std::vector<std::size_t>> rows;
  for (const CellGroup& group : layout.cells.groups) {
    std::vector<std::size_t> row = group.place;
    if (layout.laid) row[*layout.laid] = 0;
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(std::move(row));
  }
  return rows;
}

const CellGroup* group_at(const SectionLayout& layout, const std::vector<std::size_t>& row, std::size_t laid_place) {
  std::vector<std::size_t> place = row;
  if (layout.laid) place[*layout.laid] = laid_place;
  return layout.cells.find(place);
}

std::string row_text(const SectionLayout& layout, const std::vector<std::size_t>& row,
                     const std::vector<std::size_t>& axes) {
  std::string text;
  for (const std::size_t axis : axes) {
    const std::string value = axis_value_text(layout.cells.axes[axis], row[axis]);
    if (value.empty()) continue;
    // A name ("ddim") says what it is; a number or a boolean needs its key.
    const GroupAxis& values = layout.cells.axes[axis];
    const bool name = std::holds_alternative<std::string>(values.values[row[axis]]);
    text += (text.empty() ? "" : ", ") + (name ? value : values.key.substr(values.key.find('.') + 1) + " = " + value);
  }
  return text;
}

}  // namespace ito::experiments::report
