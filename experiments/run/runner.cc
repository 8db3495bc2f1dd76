#include "experiments/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "experiments/models/classifier.h"
#include "experiments/report/progress.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/interrupt.h"
#include "experiments/run/machine.h"
#include "experiments/run/stopwatch.h"
#include "experiments/store/run_lock.h"
#include "experiments/store/store.h"

namespace ito::experiments {
namespace {

RunHeader header_of(const ResolvedRecipe& recipe) {
  return {.name = recipe.name,
          .file = recipe.file,
          .text = recipe.text,
          .overrides = recipe.overrides,
          .hash = recipe.hash,
          .machine = machine_text()};
}

void add_divergence(std::vector<Divergence>& all, const std::map<std::string, Value>& axes,
                    const std::string& message) {
  auto it = std::find_if(all.begin(), all.end(), [&](const Divergence& d) { return d.message == message; });
  if (it == all.end()) it = all.insert(it, {axes_text(axes), message, 0});
  ++it->cells;
}

}  // namespace

RunOutcome run(const Plan& plan, const std::filesystem::path& folder) {
  const RunLock lock(folder);
  Store store(folder / kStoreFile);
  store.begin(header_of(plan.recipe()));
  Objects objects(folder, MissingWeights::train);
  RunOutcome outcome;
  outcome.cells = plan.cells();
  Progress progress(plan.recipe().name, plan.cells(), "cells");
  std::int64_t done = 0;
  plan.for_each([&](const PlannedCell& cell) {
    if (outcome.signal != 0) return;
    if (interrupt_signal() != 0) {
      outcome.signal = interrupt_signal();
      return;
    }
    try {
      // Trains where weights are missing, and cells that are kept take no time: neither says how long the rest takes.
      const Stopwatch watch;
      const std::string key = key_of(cell, objects);
      const bool kept = store.has(key);
      progress.discount(kept ? 1 : 0, watch.seconds().now);
      if (kept) {
        CellResult point;
        point.key = key;
        point.section = cell.section;
        point.axes = cell.axes;
        store.put_point(point, cell.place);
        ++outcome.kept;
      } else {
        const std::string where = axes_text(cell.axes);
        const ComputedCell computed =
            compute_cell(plan, cell, objects, key, [&](std::int64_t step, std::int64_t steps) {
              progress.update(done, fmt::format("{}{}step {} of {}", where, where.empty() ? "" : ", ", step, steps));
            });
        store.put(computed.result, cell.place, preview_of(computed));
        ++outcome.computed;
      }
    } catch (const Interrupted& interrupted) {
      outcome.signal = interrupted.signal;
      return;
    }
    progress.update(++done, axes_text(cell.axes));
  });
  if (outcome.signal == 0) progress.finish();
  for (const CellResult& cell : store.cells()) {
    if (cell.status != CellStatus::diverged) continue;
    ++outcome.diverged;
    add_divergence(outcome.divergences, cell.axes, cell.message);
  }
  return outcome;
}

int count_networks(const Plan& plan, const std::filesystem::path& folder) {
  Objects objects(folder, MissingWeights::leave_untrained);
  std::set<std::filesystem::path> files;
  plan.for_each([&](const PlannedCell& cell) {
    if (objects.make_model(cell.settings)->trainable()) files.insert(objects.weights_file(cell.settings));
  });
  return static_cast<int>(files.size());
}

TrainOutcome train_all(const Plan& plan, const std::filesystem::path& folder) {
  const RunLock lock(folder);
  Objects objects(folder, MissingWeights::train);
  TrainOutcome outcome;
  std::set<std::string> seen;
  plan.for_each([&](const PlannedCell& cell) {
    if (outcome.signal != 0) return;
    const bool missing = objects.needs_training(cell.settings);
    try {
      const std::string& weights = objects.weights(cell.settings);
      if (weights.empty() || !seen.insert(weights).second) return;
      ++outcome.networks;
      const Model& model = *objects.model(cell.settings).model;
      outcome.trained += missing;
      outcome.weights.push_back({objects.weights_file(cell.settings), weights, {}});
      const Examples& held_out = objects.data(cell.settings).held_out;
      if (const auto* classifier = dynamic_cast<const Classifier*>(&model); classifier && held_out.x.defined())
        outcome.weights.back().accuracy = classifier->accuracy(held_out);
    } catch (const DivergedError& error) {
      add_divergence(outcome.divergences, cell.axes, error.what());
    } catch (const Interrupted& interrupted) {
      outcome.signal = interrupted.signal;
    }
  });
  return outcome;
}

}  // namespace ito::experiments
