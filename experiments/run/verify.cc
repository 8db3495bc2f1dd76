#include "experiments/run/verify.h"

#include <bit>
#include <map>
#include <string>

#include "experiments/report/progress.h"
#include "experiments/report/text.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/interrupt.h"
#include "experiments/run/stored_run.h"

namespace ito::experiments {
namespace {

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// The first thing in which two results differ; empty when every bit is the same.
std::string difference(const CellResult& stored, const CellResult& again) {
  if (stored.status != again.status) return "status";
  if (stored.samples_hash != again.samples_hash) return "samples";
  if (stored.nfe != again.nfe) return "nfe";
  if (stored.metrics.size() != again.metrics.size()) return "number of metrics";
  for (std::size_t i = 0; i < stored.metrics.size(); ++i) {
    const MetricValue& a = stored.metrics[i];
    const MetricValue& b = again.metrics[i];
    if (a.name != b.name) return "metric " + a.name + ", now " + b.name;
    // The store keeps +0 for -0.
    if (!same_bits(a.value + 0.0, b.value + 0.0))
      return a.name + ": " + shortest(a.value) + " stored, " + shortest(b.value) + " now";
    if (a.floor.has_value() != b.floor.has_value() || (a.floor && !same_bits(*a.floor + 0.0, *b.floor + 0.0)))
      return "the floor of " + a.name;
  }
  return {};
}

}  // namespace

Verification verify(const std::filesystem::path& folder, const std::vector<std::string>& only, std::int64_t most) {
  const StoredRun stored = read_run(folder);
  std::map<std::string, const CellResult*> by_key;
  for (const CellResult& cell : stored.cells) by_key.emplace(cell.key, &cell);
  const Plan plan(stored.recipe, only);
  const std::int64_t chosen = most > 0 ? std::min(most, plan.cells()) : plan.cells();
  Objects objects(folder, MissingWeights::train);
  Verification verification;
  Progress progress("verifying " + stored.recipe.name, chosen, "cells");
  std::int64_t at = 0;
  std::int64_t taken = 0;
  plan.for_each([&](const PlannedCell& cell) {
    // Of n cells, m are spread evenly: the i-th is taken when floor(i m / n) grows.
    const bool take = (at + 1) * chosen / plan.cells() > at * chosen / plan.cells();
    ++at;
    if (!take || verification.signal != 0) return;
    if (interrupt_signal() != 0) {
      verification.signal = interrupt_signal();
      return;
    }
    try {
      const std::string key = key_of(cell, objects);
      const auto it = by_key.find(key);
      if (it == by_key.end()) {
        ++verification.missing;
      } else {
        const ComputedCell again = compute_cell(plan, cell, objects, key, [&](std::int64_t step, std::int64_t steps) {
          progress.update(taken, "step " + std::to_string(step) + " of " + std::to_string(steps));
        });
        const std::string differs = difference(*it->second, again.result);
        verification.cells.push_back({key, axes_text(cell.axes), differs.empty(), differs});
      }
    } catch (const Interrupted& interrupted) {
      verification.signal = interrupted.signal;
      return;
    }
    progress.update(++taken);
  });
  progress.finish();
  return verification;
}

}  // namespace ito::experiments
