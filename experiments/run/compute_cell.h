// One cell: sample, measure.
#pragma once

#include <functional>

#include "experiments/run/objects.h"
#include "experiments/run/plan.h"
#include "experiments/store/store.h"

namespace ito::experiments {

// All that a cell walks with, made from its settings.
struct CellTools {
  PathPtr path;
  Grid grid;
  std::unique_ptr<Solver> solver;
  Denoiser network;  // on `path`, without guidance
  Denoiser guided;
};
// InputError begins with the place in the recipe of the setting that is at fault.
void check_metrics(const Plan& plan, const PlannedCell& cell, Objects& objects);
CellTools make_tools(const Plan& plan, const PlannedCell& cell, Objects& objects);

// What a cell is held against: the data's own formula on its path (a formula's cell: itself), and the same under the
// cell's guidance, on a path whose clock holds every noise level that the cell's grid visits. Empty where there is
// none.
struct ExactAnswers {
  std::optional<Denoiser> plain, guided;
  std::string key;  // what chose `guided`
};
ExactAnswers exact_answers(const PlannedCell& cell, Objects& objects, const CellTools& tools);

// A hash of what decides the guided model's answers on a path: a formula's parameters or a network's weights, the path
// they are asked on and what is done outside it, and the rule. What metrics remember of a model they remember under it.
std::string model_key(const CellSettings& settings, Objects& objects);

// Samples [N, ...], drawn from `start`, under one metric. DivergedError where a value is not finite.
std::vector<MetricValue> measure(const Metric& metric, const PlannedCell& cell, Objects& objects,
                                 const CellTools& tools, const ExactAnswers& exact, const References& references,
                                 const Tensor& samples, const Tensor& start);

// The cell's start, x at grid.front(), and its walk from there in batches of its size.
Tensor start_of(const CellTools& tools, const Dataset& data, const CellSettings& settings);
SampleRequest walk_from(const Tensor& start, const References& references, const Dataset& data,
                        const CellSettings& settings);

struct ComputedCell {
  CellResult result;
  Tensor samples;  // undefined where the cell diverged
  Tensor condition;
  std::optional<FieldPreview> field;  // where the plane's field was measured (metric field_rms)
};

// Called after each step of each batch; `steps` of all batches.
using SamplingProgress = std::function<void(std::int64_t done, std::int64_t steps)>;

// A training, a state or a metric that is not finite gives a cell with status `diverged`, not an exception. `key` is
// put in as it is. Throws Interrupted after the step in which a signal comes: nothing of the cell is kept.
ComputedCell compute_cell(const Plan& plan, const PlannedCell& cell, Objects& objects, const std::string& key,
                          const SamplingProgress& progress = {});

// Samples alone, in the cell's type.
ComputedCell sample_cell(const Plan& plan, const PlannedCell& cell, Objects& objects,
                         const SamplingProgress& progress = {});

// The first 64 images or 1,000 points, as float.
Preview preview_of(const ComputedCell& computed);

// May train. A cell whose training diverged has a key too.
std::string key_of(const PlannedCell& cell, Objects& objects);

}  // namespace ito::experiments
