#include "experiments/run/estimate.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "experiments/run/compute_cell.h"
#include "experiments/training/options.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kMeasuredSamples = 256;
constexpr double kMeasuredSeconds = 0.03;

// Seconds that one call of the denoiser takes for one sample, on a batch at the middle of the grid.
double seconds_per_sample(const CellTools& tools, const Dataset& data, const CellSettings& settings) {
  const std::int64_t n = std::min(kMeasuredSamples, settings.integer("metrics.count"));
  std::vector<std::int64_t> extents = {n};
  for (const std::int64_t extent : data.sample_shape.extents()) extents.push_back(extent);
  const DType dtype = settings.text("dtype") == "double" ? DType::f64 : DType::f32;
  const Tensor x = initial_noise(Shape(extents), dtype, 0);
  const Tensor condition = tools.guided.classes > 0 ? Tensor::zeros({n}, DType::i32) : Tensor();
  const double time = tools.grid[tools.grid.steps() / 2].value;
  const auto call = [&] {
    if (tools.guided.reset) tools.guided.reset(n);
    const auto begin = std::chrono::steady_clock::now();
    tools.guided.evaluate({x, {&time, 1}, condition});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  call();
  double best = call();
  for (double spent = best; spent < kMeasuredSeconds;) {
    const double seconds = call();
    spent += seconds;
    best = std::min(best, seconds);
  }
  return best / static_cast<double>(n);
}

// What decides a combination: every setting but the seed and the number of samples.
std::string combination(const CellSettings& settings) {
  std::string text;
  for (const RegisteredTable& table : registered_tables()) {
    if (table.kind == "metric") continue;
    const std::string& name = settings.text(table.name_key);
    text += name + "\n";
    const Parameters parameters = settings.parameters(table.kind, name);
    for (const auto& [key, value] : parameters.all()) text += key + "=" + value_text(value) + "\n";
  }
  for (const char* key : {"grid.steps", "dtype", "sampling.condition", "sampling.outside"})
    text += value_text(settings.value(key)) + "\n";
  const Parameters training = settings.training();
  for (const auto& [key, value] : training.all()) text += value_text(value) + "\n";
  return text;
}

struct Cost {
  std::int64_t calls = 0;
  std::int64_t evaluations = 0;
  double seconds_per_call = 0;
};

}  // namespace

WorkEstimate check(const Plan& plan, const std::filesystem::path& folder, bool measure_speed) {
  Objects objects(folder, MissingWeights::leave_untrained);
  WorkEstimate estimate;
  std::map<std::string, Cost> costs;
  std::map<std::string, double> speeds;  // by model, path, guidance and type
  std::set<const Model*> trained;
  plan.for_each([&](const PlannedCell& cell) {
    const CellSettings& settings = cell.settings;
    ++estimate.cells;
    const std::int64_t count = settings.integer("metrics.count");
    const std::string text = combination(settings);
    auto known = costs.find(text);
    if (known == costs.end()) {
      const CellTools tools = make_tools(plan, cell, objects);
      for (const std::string& metric : settings.texts("metrics.names"))
        maker<Metric>(metric)(settings.parameters("metric", metric));
      Cost cost;
      cost.calls = std::int64_t{tools.solver->calls_per_step()} * tools.grid.steps();
      cost.evaluations = cost.calls * tools.guided.evaluations_per_call;
      const Model* model = objects.model(settings).model.get();
      const bool train = model->trainable() && trained.insert(model).second && objects.needs_training(settings);
      if (measure_speed) {
        const std::string speed_key = std::to_string(reinterpret_cast<std::uintptr_t>(model)) +
                                      tools.path->signature() + settings.text("dtype") + tools.guided.name;
        auto speed = speeds.find(speed_key);
        if (speed == speeds.end())
          speed = speeds.emplace(speed_key, seconds_per_sample(tools, objects.data(settings), settings)).first;
        cost.seconds_per_call = speed->second;
        if (train) {
          const TrainingOptions options = training_options(settings.training());
          estimate.training_seconds += static_cast<double>(options.steps) * static_cast<double>(options.batch) * 3 *
                                       cost.seconds_per_call / tools.guided.evaluations_per_call;
        }
      }
      known = costs.emplace(text, cost).first;
    }
    const Cost& cost = known->second;
    estimate.evaluations += cost.evaluations * count;
    estimate.sampling_seconds += static_cast<double>(cost.calls) * static_cast<double>(count) * cost.seconds_per_call;
  });
  return estimate;
}

}  // namespace ito::experiments
