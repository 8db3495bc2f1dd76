// What the parts of a run cost on this machine at this moment: each done for a moment at the size that a run has.
#pragma once

#include <cstdint>
#include <string>

#include "experiments/run/compute_cell.h"
#include "experiments/run/stopwatch.h"

namespace ito::experiments {

inline constexpr int kWalkedSteps = 3;  // spread over the grid: a formula may cost more at one time than at another

struct WalkCost {
  Seconds step;                        // one step of the grid, for one sample of a full batch
  std::int64_t fewer_evaluations = 0;  // of a whole walk, than calls_per_step says: last steps may make fewer
};
WalkCost measure_walk(const Plan& plan, const PlannedCell& cell, Objects& objects, CellTools& tools);

// One step of the training of the cell's network, which stays as it is.
Seconds measure_training_step(const CellSettings& settings, Objects& objects);

struct MetricCost {
  Seconds first;           // floors and reference solutions computed
  Seconds again;           // and remembered
  bool evaluates = false;  // asks a denoiser; else it depends on samples and data alone
};
MetricCost measure_metric(const std::string& metric, const Plan& plan, const PlannedCell& cell, Objects& objects,
                          const CellTools& tools, const ExactAnswers& exact);

}  // namespace ito::experiments
