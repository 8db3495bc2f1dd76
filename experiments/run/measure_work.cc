#include "experiments/run/measure_work.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "experiments/training/train.h"
#include "kernels/core/math.h"

namespace ito::experiments {
namespace {

constexpr double kEnough = 0.05;              // seconds of one kind of work
constexpr double kEnoughTraining = 0.3;       // of training steps, after the first two, which fill the pools
constexpr double kMostEvaluating = 0.15;      // seconds of real evaluations inside one metric
constexpr std::int64_t kMostWalked = 16384;   // samples of a batch: beyond, a batch costs in proportion
constexpr std::int64_t kLeastWalked = 16;     // where that is already enough work, a larger batch says no more
constexpr std::int64_t kMostMeasured = 4096;  // samples that a metric is measured on
constexpr std::int64_t kLeastMeasured = 512;  // where these already take kEnoughMetric
constexpr double kEnoughMetric = 0.2;

PlannedCell with_count(const PlannedCell& cell, std::int64_t count) {
  PlannedCell smaller = cell;
  smaller.settings = cell.settings.with("metrics.count", count);
  return smaller;
}

std::shared_ptr<const References> references_of(const Plan& plan, const PlannedCell& cell, Objects& objects,
                                                const CellTools& tools) {
  try {
    return objects.references(cell.settings, tools.network.classes);
  } catch (const InputError& error) {
    refuse(plan.where(cell, "sampling.condition"), error.what());
  }
}

// `steps` of the grid's own times, both ends among them.
Grid spread(const Path& path, const Grid& grid, int steps) {
  std::vector<double> times;
  for (int i = 0; i <= steps; ++i)
    times.push_back(grid[static_cast<int>(static_cast<std::int64_t>(i) * grid.steps() / steps)].value);
  return {path, std::move(times), "grid.steps"};
}

// What the denoisers that a metric asked would have taken beyond what they took.
struct Evaluations {
  bool any = false;
  Seconds saved;
};

// A denoiser that computes for a moment and then answers with its last answer, adding up what it would have taken.
Denoiser hurried(const Denoiser& denoiser, const std::shared_ptr<Evaluations>& total) {
  struct State {
    Seconds spent;
    std::int64_t samples = 0;
    Answer last;
  };
  Denoiser quick = denoiser;
  quick.evaluate = [evaluate = denoiser.evaluate, state = std::make_shared<State>(), total](const Query& query) {
    total->any = true;
    const bool same = state->last.prediction.defined() && state->last.prediction.shape() == query.x.shape() &&
                      state->last.prediction.dtype() == query.x.dtype();
    if (same && state->spent.now >= kMostEvaluating) {
      total->saved += state->spent * (static_cast<double>(query.x.dim(0)) / static_cast<double>(state->samples));
      return state->last;
    }
    state->spent += seconds_of([&] { state->last = evaluate(query); });
    state->samples += query.x.dim(0);
    return state->last;
  };
  if (denoiser.flow)
    quick.flow = [flow = denoiser.flow, total](const Tensor& x, Time from, Time to) {
      total->any = true;
      return flow(x, from, to);
    };
  return quick;
}

}  // namespace

WalkCost measure_walk(const Plan& plan, const PlannedCell& cell, Objects& objects, CellTools& tools) {
  const Dataset& data = objects.data(cell.settings);
  const std::int64_t count = cell.settings.integer("metrics.count");
  const std::int64_t whole = walk_from(Tensor::zeros({1}, DType::f32), {}, data, cell.settings).batch;
  const std::int64_t most = std::min({count, whole, kMostWalked});
  const int steps = std::min(kWalkedSteps, tools.grid.steps());
  const Grid grid = spread(*tools.path, tools.grid, steps);
  WalkCost cost;
  for (std::int64_t batch = std::min(most, kLeastWalked);; batch = std::min(most, 8 * batch)) {
    const PlannedCell one_batch = with_count(cell, batch);
    const auto references = references_of(plan, one_batch, objects, tools);
    const Tensor start = start_of(tools, data, one_batch.settings);
    const SampleRequest request = walk_from(start, *references, data, one_batch.settings);
    const auto walk = [&] {
      try {
        const SampleResult result = sample(tools.guided, tools.path, grid, *tools.solver, request);
        cost.fewer_evaluations =
            std::int64_t{tools.solver->calls_per_step()} * steps * tools.guided.evaluations_per_call -
            result.evaluations;
      } catch (const DivergedError&) {
        // An untrained network, or so few steps, may end beyond all numbers: it took its time all the same.
      }
    };
    // One that takes long is measured as it is; more samples would take longer in proportion.
    Seconds seconds = seconds_of(walk);
    if (batch < most && seconds.idle < kEnough) continue;
    if (seconds.idle < kEnough) seconds = measured(kEnough, walk);
    cost.step = seconds * (1 / (static_cast<double>(steps) * static_cast<double>(batch)));
    return cost;
  }
}

Seconds measure_training_step(const CellSettings& settings, Objects& objects) {
  const std::unique_ptr<Model> model = objects.make_model(settings);
  std::vector<Seconds> steps;
  Stopwatch watch;
  Seconds before, spent;
  TrainingControl control;
  control.progress = [&](const TrainingProgress& at) {
    const Seconds now = watch.seconds();
    if (at.step > 2) steps.push_back(now - before), spent += steps.back();
    before = now;
  };
  control.stop = [&] { return spent.now >= kEnoughTraining; };
  try {
    train(*model, objects.data(settings), training_options(settings.training()), control);
  } catch (const DivergedError&) {
    // It took its time all the same.
  }
  if (steps.empty()) return before;
  Seconds step = spent * (1 / static_cast<double>(steps.size()));
  for (const Seconds& one : steps) step.idle = std::min(step.idle, one.idle);
  return step;
}

MetricCost measure_metric(const std::string& metric, const Plan& plan, const PlannedCell& cell, Objects& objects,
                          const CellTools& tools, const ExactAnswers& exact) {
  const std::int64_t count = cell.settings.integer("metrics.count");
  const auto of = [&](std::int64_t samples) {
    const PlannedCell smaller = with_count(cell, samples);
    const auto references = references_of(plan, smaller, objects, tools);
    const Tensor start = start_of(tools, objects.data(smaller.settings), smaller.settings);
    // Fresh data stand for samples: what a sampler aims at. None that the metric has seen, as a cell's are not.
    PlannedCell elsewhere = smaller;
    elsewhere.settings = smaller.settings.with("seed", smaller.settings.integer("seed") + 1);
    const auto stand_ins = references_of(plan, elsewhere, objects, tools);
    // Its own, which remembers nothing yet: the run's, or that of another count, may hold the answer already.
    const Metric fresh = maker<Metric>(metric)(smaller.settings.parameters("metric", metric));
    MetricCost cost;
    const auto once = [&](const Tensor& stand_in) {
      const auto total = std::make_shared<Evaluations>();
      CellTools quick{tools.path, tools.grid, nullptr, hurried(tools.network, total), hurried(tools.guided, total)};
      ExactAnswers answers = exact;
      for (std::optional<Denoiser>* denoiser : {&answers.plain, &answers.guided})
        if (*denoiser) *denoiser = hurried(**denoiser, total);
      const Seconds seconds = seconds_of([&] {
        try {
          measure(fresh, smaller, objects, quick, answers, *references, stand_in, start);
        } catch (const DivergedError&) {
          // Of an untrained network.
        }
      });
      cost.evaluates = cost.evaluates || total->any;
      return seconds + total->saved;
    };
    cost.first = once(stand_ins->reference.x);
    cost.again = once(stand_ins->second.x);
    return cost;
  };
  std::int64_t n = std::min(count, kLeastMeasured);
  MetricCost cost = of(n);
  if (n < count && cost.first.idle < kEnoughMetric) {
    n = std::min(count, kMostMeasured);
    cost = of(n);
  }
  if (n < count) {
    // Beyond, as the cost grows from half as many: metrics look at all samples, or at the first so many.
    const MetricCost half = of(n / 2);
    const auto grown = [&](const Seconds& from, const Seconds& to) {
      const double power = std::clamp(math::log(to.idle / from.idle) / math::log(2.0), 0.0, 3.0);
      return to * math::pow(static_cast<double>(count) / static_cast<double>(n), power);
    };
    cost.first = grown(half.first, cost.first);
    cost.again = grown(half.again, cost.again);
  }
  return cost;
}

}  // namespace ito::experiments
