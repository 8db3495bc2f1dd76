#include "experiments/run/compare.h"

#include <algorithm>
#include <map>
#include <set>

#include "experiments/run/plan.h"

namespace ito::experiments {
namespace {

// A cell's place in a comparison: its section and axes.
std::string place(const CellResult& cell, bool with_seed) {
  std::map<std::string, Value> axes = cell.axes;
  if (!with_seed) axes.erase("seed");
  const std::string text = axes_text(axes);
  return (cell.section > 0 ? "section " + std::to_string(cell.section + 1) + (text.empty() ? "" : ": ") : "") + text;
}

std::map<std::string, const CellResult*> by_place(const StoredRun& run) {
  std::map<std::string, const CellResult*> cells;
  for (const CellResult& cell : run.cells) cells.emplace(place(cell, true), &cell);
  return cells;
}

struct Samples {
  std::vector<double> a, b;
};

}  // namespace

Comparison compare(const StoredRun& a, const StoredRun& b) {
  Comparison comparison;
  const auto cells_b = by_place(b);
  std::set<std::string> seen;
  std::map<std::pair<std::string, std::string>, Samples> metrics;
  for (const CellResult& cell : a.cells) {
    const auto partner = cells_b.find(place(cell, true));
    if (partner == cells_b.end()) {
      comparison.only_a.push_back(place(cell, true));
      continue;
    }
    seen.insert(partner->first);
    const CellResult& other = *partner->second;
    if (cell.key != other.key)
      ++comparison.other_key;
    else if (cell.samples_hash != other.samples_hash || cell.status != other.status)
      ++comparison.other_bits;
    else
      ++comparison.equal;
    for (const MetricValue& metric : cell.metrics)
      for (const MetricValue& same : other.metrics)
        if (metric.name == same.name) {
          Samples& samples = metrics[{place(cell, false), metric.name}];
          samples.a.push_back(metric.value);
          samples.b.push_back(same.value);
        }
  }
  for (const auto& [name, cell] : cells_b)
    if (!seen.contains(name)) comparison.only_b.push_back(name);
  for (const auto& [name, samples] : metrics) {
    if (samples.a == samples.b) continue;
    std::vector<double> differences;
    for (std::size_t i = 0; i < samples.a.size(); ++i) differences.push_back(samples.b[i] - samples.a[i]);
    comparison.differing.push_back({.axes = name.first,
                                    .metric = name.second,
                                    .a = estimate_mean(samples.a).mean,
                                    .b = estimate_mean(samples.b).mean,
                                    .difference = estimate_mean(differences),
                                    .seeds = static_cast<int>(differences.size())});
  }
  return comparison;
}

}  // namespace ito::experiments
