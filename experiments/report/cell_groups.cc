#include "experiments/report/cell_groups.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "experiments/metrics/statistics.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

const MetricValue* find_metric(const CellResult& cell, const std::string& name) {
  if (cell.status != CellStatus::finished) return nullptr;
  for (const MetricValue& metric : cell.metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

// The place of `value` among `values`; added at the end where it is new.
std::size_t place_of(const Value& value, std::vector<Value>& values) {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
  values.push_back(value);
  return values.size() - 1;
}

constexpr std::size_t kNotSwept = static_cast<std::size_t>(-1);

}  // namespace

bool GroupAxis::numeric() const {
  return !values.empty() && std::all_of(values.begin(), values.end(), [](const Value& value) {
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
  });
}

const CellGroup* GroupedCells::find(const std::vector<std::size_t>& place) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const CellGroup& g) { return g.place == place; });
  return found == groups.end() ? nullptr : &*found;
}

GroupedCells group_cells(const std::vector<CellResult>& cells, int section, const std::vector<std::string>& axes) {
  GroupedCells grouped;
  for (const std::string& key : axes)
    if (key != kSeedAxis) grouped.axes.push_back({key, {}});
  std::map<std::vector<std::size_t>, std::size_t> place_of_group;
  for (const CellResult& cell : cells) {
    if (cell.section != section) continue;
    std::vector<std::size_t> place;
    for (GroupAxis& axis : grouped.axes) {
      const auto value = cell.axes.find(axis.key);
      place.push_back(value == cell.axes.end() ? kNotSwept : place_of(value->second, axis.values));
    }
    const auto [found, is_new] = place_of_group.emplace(place, grouped.groups.size());
    if (is_new) grouped.groups.push_back({place, {}});
    grouped.groups[found->second].cells.push_back(&cell);
    for (const MetricValue& metric : cell.metrics)
      if (std::find(grouped.metrics.begin(), grouped.metrics.end(), metric.name) == grouped.metrics.end())
        grouped.metrics.push_back(metric.name);
  }
  return grouped;
}

GroupEstimate estimate(const CellGroup& group, const std::string& metric) {
  GroupEstimate out;
  std::vector<double> values, floors;
  bool distance = true;
  for (const CellResult* cell : group.cells) {
    out.diverged += cell->status == CellStatus::diverged;
    const MetricValue* found = find_metric(*cell, metric);
    if (found == nullptr) {
      if (cell->status == CellStatus::diverged) out.keys.push_back(cell->key);
      continue;
    }
    values.push_back(found->value);
    distance = distance && found->distance;
    if (found->floor) floors.push_back(*found->floor);
    out.keys.push_back(cell->key);
  }
  out.n = static_cast<int>(values.size());
  // The mean over the seeds that survived would flatter what diverges: there is none.
  if (values.empty() || out.diverged > 0) return out;
  const MeanEstimate mean = estimate_mean(values);
  out.mean = mean.mean;
  out.error = mean.standard_error;
  if (!floors.empty()) {
    const MeanEstimate floor = estimate_mean(floors);
    out.floor = floor.mean;
    out.floor_error = floor.standard_error;
  }
  if (distance && values.size() >= 2 && floors.size() == values.size()) {
    const PairedDifference above = paired_difference(values, floors);
    out.unresolved = !above.resolved || above.difference.mean < 0;
  }
  return out;
}

namespace {

template <class F>
std::optional<double> mean_of_finished(const CellGroup& group, const F& number) {
  double sum = 0;
  int n = 0;
  for (const CellResult* cell : group.cells)
    if (cell->status == CellStatus::finished) sum += number(*cell), ++n;
  if (n == 0) return std::nullopt;
  return sum / n;
}

}  // namespace

std::optional<double> evaluations(const CellGroup& group) {
  return mean_of_finished(group, [](const CellResult& cell) { return static_cast<double>(cell.nfe); });
}

std::optional<double> seconds(const CellGroup& group) {
  return mean_of_finished(group, [](const CellResult& cell) { return cell.seconds; });
}

TableCell estimate_cell(const GroupEstimate& estimate) {
  TableCell cell;
  cell.keys = estimate.keys;
  if (!estimate.mean) {
    if (estimate.diverged > 0)
      cell.text = estimate.n == 0 ? "diverged"
                                  : std::to_string(estimate.diverged) + " of " +
                                        std::to_string(estimate.diverged + estimate.n) + " diverged";
    return cell;
  }
  cell.value = estimate.mean;
  cell.error = estimate.error;
  cell.floor = estimate.floor;
  cell.n = estimate.n;
  cell.unresolved = estimate.unresolved;
  return cell;
}

TableCell value_cell(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return exact_cell(static_cast<double>(*integer));
  if (const auto* number = std::get_if<double>(&value)) return exact_cell(*number);
  return text_cell(value_text(value));
}

std::string axis_value_text(const GroupAxis& axis, std::size_t place) {
  return place < axis.values.size() ? value_text(axis.values[place]) : "";
}

std::optional<MetricFamily> metric_family(const std::string& metric) {
  const std::size_t open = metric.find('['), equals = metric.find('=', open);
  if (open == std::string::npos || equals == std::string::npos || metric.back() != ']') return std::nullopt;
  double at = 0;
  const char* const end = metric.data() + metric.size() - 1;
  const auto [rest, error] = std::from_chars(metric.data() + equals + 1, end, at);
  if (error != std::errc() || rest != end) return std::nullopt;
  return MetricFamily{metric.substr(0, open), metric.substr(open + 1, equals - open - 1), at};
}

}  // namespace ito::experiments::report
