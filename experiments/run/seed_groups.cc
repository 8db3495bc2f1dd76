#include "experiments/run/seed_groups.h"

#include "experiments/metrics/statistics.h"

namespace ito::experiments {

std::string SeedGroups::group(const CellResult& cell) {
  std::string text = std::to_string(cell.section);
  for (const auto& [key, value] : cell.axes)
    if (key != "seed") text += "\n" + key + "=" + value_text(value);
  return text;
}

SeedGroups::SeedGroups(const std::vector<CellResult>& cells) {
  for (const CellResult& cell : cells) {
    auto& metrics = values_[group(cell)];
    for (const MetricValue& metric : cell.metrics) metrics[metric.name].push_back(metric.value);
  }
}

SeedGroups::Spread SeedGroups::spread(const CellResult& cell, const std::string& metric) const {
  const auto found = values_.find(group(cell));
  if (found == values_.end()) return {};
  const auto values = found->second.find(metric);
  if (values == found->second.end()) return {};
  return {estimate_mean(values->second).standard_error, static_cast<int>(values->second.size())};
}

}  // namespace ito::experiments
