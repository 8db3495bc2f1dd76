#include <algorithm>
#include <map>

#include "experiments/report/section_layout.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

// The floors of a table's cells: printed once where they agree, in a column where they agree along each row.
struct Floor {
  double mean;
  std::optional<double> error;
  bool operator==(const Floor&) const = default;
};

std::optional<Floor> floor_of(const GroupEstimate& estimate) {
  if (!estimate.floor) return std::nullopt;
  return Floor{*estimate.floor, estimate.floor_error};
}

std::string floor_text(const Floor& floor) {
  const EstimateText text = estimate_text(floor.mean, floor.error);
  return text.value + (text.error.empty() ? "" : " ± " + text.error);
}

// Whether all values that are there are equal.
bool agree(const std::vector<std::optional<Floor>>& floors) {
  const Floor* first = nullptr;
  for (const auto& floor : floors) {
    if (!floor) continue;
    if (first != nullptr && !(*first == *floor)) return false;
    first = &*floor;
  }
  return true;
}

std::string key_list(const SectionLayout& layout, const std::vector<std::size_t>& axes) {
  std::string text;
  for (std::size_t i = 0; i < axes.size(); ++i)
    text += (i == 0 ? "" : i + 1 == axes.size() ? " and " : ", ") + layout.cells.axes[axes[i]].key;
  return text;
}

std::string seeds_text(const SectionLayout& layout) {
  std::size_t fewest = static_cast<std::size_t>(-1), most = 0;
  for (const CellGroup& group : layout.cells.groups) {
    fewest = std::min(fewest, group.cells.size());
    most = std::max(most, group.cells.size());
  }
  if (most <= 1) return "One seed: no standard errors.";
  return "Mean ± standard error over " + (fewest == most ? "" : std::to_string(fewest) + " to ") +
         std::to_string(most) + " seeds.";
}

std::string diverged_text(const SectionLayout& layout) {
  std::size_t diverged = 0, all = 0;
  std::string first;
  for (const CellGroup& group : layout.cells.groups)
    for (const CellResult* cell : group.cells) {
      ++all;
      if (cell->status != CellStatus::diverged) continue;
      if (diverged++ == 0) first = cell->message;
    }
  if (diverged == 0) return "";
  return " " + std::to_string(diverged) + " of " + std::to_string(all) + " cells diverged" +
         (first.empty() ? "" : " (the first: " + first + ")") + "; means are over the others.";
}

std::vector<TableCell> row_labels(const SectionLayout& layout, const std::vector<std::size_t>& row) {
  std::vector<TableCell> cells;
  for (const std::size_t axis : layout.rows) {
    const GroupAxis& values = layout.cells.axes[axis];
    cells.push_back(row[axis] < values.values.size() ? value_cell(values.values[row[axis]]) : text_cell(""));
  }
  return cells;
}

// One metric: rows by the row axes, columns by `columns` (header and the estimate at a row).
struct PivotColumn {
  std::string name;
  std::function<std::optional<GroupEstimate>(const std::vector<std::size_t>& row)> at;
};

Table pivot(const SectionLayout& layout, const std::string& title, const std::vector<PivotColumn>& columns) {
  Table table;
  table.title = title;
  table.label_columns = static_cast<int>(layout.rows.size());
  for (const std::size_t axis : layout.rows) table.columns.push_back({layout.cells.axes[axis].key});
  for (const PivotColumn& column : columns) table.columns.push_back({column.name});
  std::vector<std::optional<Floor>> all, of_row;
  bool rows_agree = true;
  for (const std::vector<std::size_t>& row : row_places(layout)) {
    std::vector<TableCell> cells = row_labels(layout, row);
    std::vector<std::optional<Floor>> floors;
    for (const PivotColumn& column : columns) {
      const std::optional<GroupEstimate> estimate = column.at(row);
      cells.push_back(estimate ? estimate_cell(*estimate) : text_cell(""));
      floors.push_back(estimate ? floor_of(*estimate) : std::nullopt);
    }
    rows_agree = rows_agree && agree(floors);
    const auto first = std::find_if(floors.begin(), floors.end(), [](const auto& floor) { return floor.has_value(); });
    of_row.push_back(first == floors.end() ? std::nullopt : *first);
    all.insert(all.end(), floors.begin(), floors.end());
    table.rows.push_back(std::move(cells));
  }
  table.caption = seeds_text(layout);
  const auto some = std::find_if(all.begin(), all.end(), [](const auto& floor) { return floor.has_value(); });
  if (some != all.end() && agree(all)) {
    table.caption += " Floor: " + floor_text(**some) + ".";
  } else if (some != all.end() && rows_agree) {
    table.columns.push_back(
        {"floor", "the same number for fresh data; of exact_error and ode_error: the error of the reference itself"});
    for (std::size_t i = 0; i < table.rows.size(); ++i)
      table.rows[i].push_back(of_row[i] ? estimate_cell(of_row[i]->mean, of_row[i]->error, {}, 0) : text_cell(""));
  }
  table.caption += diverged_text(layout);
  return table;
}

Table metric_table(const SectionLayout& layout, const std::string& metric) {
  const GroupAxis& laid = layout.cells.axes[*layout.laid];
  std::vector<PivotColumn> columns;
  for (std::size_t place = 0; place < laid.values.size(); ++place)
    columns.push_back({(place == 0 ? laid.key.substr(laid.key.find('.') + 1) + " " : "") + axis_value_text(laid, place),
                       [&layout, &metric, place](const auto& row) -> std::optional<GroupEstimate> {
                         const CellGroup* group = group_at(layout, row, place);
                         return group != nullptr ? std::optional(estimate(*group, metric)) : std::nullopt;
                       }});
  std::vector<std::size_t> by = layout.rows;
  by.push_back(*layout.laid);
  return pivot(layout, metric + " by " + key_list(layout, by), columns);
}

// One table for each value of the laid axis would be many: a family's table takes the last (the most steps).
Table family_table(const SectionLayout& layout, const std::string& family) {
  const std::size_t last = layout.laid ? layout.cells.axes[*layout.laid].values.size() - 1 : 0;
  std::string parameter;
  std::vector<PivotColumn> columns;
  for (const std::string& metric : layout.cells.metrics) {
    const auto member = metric_family(metric);
    if (!member || member->name != family) continue;
    parameter = member->parameter;
    columns.push_back({(columns.empty() ? parameter + " = " : "") + shortest(member->at),
                       [&layout, metric, last](const auto& row) -> std::optional<GroupEstimate> {
                         const CellGroup* group = group_at(layout, row, last);
                         return group != nullptr ? std::optional(estimate(*group, metric)) : std::nullopt;
                       }});
  }
  std::string title = family + " along " + parameter;
  if (layout.laid) {
    const GroupAxis& laid = layout.cells.axes[*layout.laid];
    title += " at " + laid.key + " = " + axis_value_text(laid, last);
  }
  return pivot(layout, title, columns);
}

}  // namespace

std::vector<Block> section_tables(const SectionLayout& layout) {
  std::vector<Block> blocks;
  if (layout.laid)
    for (const std::string& metric : layout.metrics) {
      blocks.emplace_back(metric_table(layout, metric));
      if (has_slopes(layout, metric)) blocks.emplace_back(slope_table(layout, metric));
    }
  for (const std::string& family : layout.families) blocks.emplace_back(family_table(layout, family));
  return blocks;
}

Table long_table(const SectionLayout& layout, const std::string& title, const std::vector<std::string>& metrics) {
  Table table;
  table.title = title;
  table.caption = seeds_text(layout) + diverged_text(layout);
  table.label_columns = static_cast<int>(layout.varying.size());
  for (const std::size_t axis : layout.varying) table.columns.push_back({layout.cells.axes[axis].key});
  table.columns.push_back({"nfe", "network evaluations a sample"});
  std::vector<bool> has_floor;
  for (const std::string& metric : metrics) {
    table.columns.push_back({metric});
    has_floor.push_back(false);
    for (const CellGroup& group : layout.cells.groups)
      if (estimate(group, metric).floor) has_floor.back() = true;
    if (has_floor.back())
      table.columns.push_back(
          {"floor", "the same number for fresh data; of exact_error and ode_error: the error of the reference itself"});
  }
  for (const CellGroup& group : layout.cells.groups) {
    std::vector<TableCell> row;
    for (const std::size_t axis : layout.varying) {
      const GroupAxis& values = layout.cells.axes[axis];
      row.push_back(group.place[axis] < values.values.size() ? value_cell(values.values[group.place[axis]])
                                                             : text_cell(""));
    }
    const std::optional<double> nfe = evaluations(group);
    row.push_back(nfe ? exact_cell(*nfe) : text_cell(""));
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const GroupEstimate found = estimate(group, metrics[i]);
      row.push_back(estimate_cell(found));
      if (has_floor[i])
        row.push_back(found.floor ? estimate_cell(*found.floor, found.floor_error, {}, found.n) : text_cell(""));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace ito::experiments::report
