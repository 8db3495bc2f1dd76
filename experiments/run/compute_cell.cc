#include "experiments/run/compute_cell.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "experiments/run/cell_key.h"
#include "experiments/run/interrupt.h"
#include "experiments/run/preview_field.h"
#include "experiments/store/value_bytes.h"
#include "samplers/brownian.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kDefaultBatch = 1024;
constexpr std::int64_t kPreviewImages = 64;
constexpr std::int64_t kPreviewPoints = 1000;

// f(), whose InputError is about the setting `key`.
template <class F>
auto about(const Plan& plan, const PlannedCell& cell, const char* key, const F& f) {
  try {
    return f();
  } catch (const InputError& error) {
    refuse(plan.where(cell, key), error.what());
  }
}

std::uint64_t seed_of(const PlannedCell& cell) { return static_cast<std::uint64_t>(cell.settings.integer("seed")); }

}  // namespace

std::string model_key(const CellSettings& settings, Objects& objects) {
  Sha256 key;
  key.text(entry_hash(settings, "model", settings.text("model.kind"))).text(objects.weights(settings));
  if (objects.model(settings).model->trainable())
    key.text(make_path(settings.text("training.path"))->signature()).text(settings.text("sampling.outside"));
  key.text(entry_hash(settings, "guidance", settings.text("guidance.name")));
  return key.hex();
}

Tensor start_of(const CellTools& tools, const Dataset& data, const CellSettings& settings) {
  std::vector<std::int64_t> extents = {settings.integer("metrics.count")};
  for (const std::int64_t extent : data.sample_shape.extents()) extents.push_back(extent);
  const DType dtype = settings.text("dtype") == "double" ? DType::f64 : DType::f32;
  const Tensor z = initial_noise(Shape(extents), dtype, static_cast<std::uint64_t>(settings.integer("seed")));
  return combine({{tools.path->sigma(tools.grid.front()), z}});
}

SampleRequest walk_from(const Tensor& start, const References& references, const Dataset& data,
                        const CellSettings& settings) {
  const std::int64_t batch = settings.integer("metrics.batch");
  SampleRequest request;
  request.seed = static_cast<std::uint64_t>(settings.integer("seed"));
  request.count = start.dim(0);
  request.batch = batch > 0 ? batch : kDefaultBatch;
  request.shape = data.sample_shape;
  request.dtype = start.dtype();
  request.condition = references.condition;
  request.start = start;
  request.brownian = settings.text("sampling.noise") == "brownian";
  return request;
}

ExactAnswers exact_answers(const PlannedCell& cell, Objects& objects, const CellTools& tools) {
  const CellSettings& settings = cell.settings;
  const std::string& rule = settings.text("guidance.name");
  ExactAnswers exact;
  exact.key = entry_hash(settings, "guidance", rule);
  if (!objects.model(settings).model->trainable()) {
    exact.key += entry_hash(settings, "model", settings.text("model.kind"));
    exact.plain = tools.network;
  } else if (const Denoiser* formula = objects.exact(settings, tools.path)) {
    exact.plain = *formula;
  }
  if (exact.plain && (exact.plain->classes > 0 || tools.network.classes == 0)) {
    // The solution runs through every noise level down to none; the clocks of edm, ve and laplace end before.
    std::optional<Denoiser> whole = exact.plain;
    if (!tools.path->clean_at_min()) {
      const PathPtr circle = make_path("trig");
      const bool formula = !objects.model(settings).model->trainable();
      whole = formula ? objects.network(settings, circle) : *objects.exact(settings, circle);
    }
    exact.guided = make_guidance(rule, *whole, settings.given("guidance", rule));
  }
  return exact;
}

std::vector<MetricValue> measure(const Metric& metric, const PlannedCell& cell, Objects& objects,
                                 const CellTools& tools, const ExactAnswers& exact, const References& references,
                                 const Tensor& samples, const Tensor& start) {
  const CellSettings& settings = cell.settings;
  const Parameters rule = settings.parameters("guidance", settings.text("guidance.name"));
  const Tensor rounded = samples.dtype() == DType::f32 ? samples : samples.to(DType::f32);
  const MetricInput input{.seed = seed_of(cell),
                          .data = objects.data(settings),
                          .samples = rounded,
                          .condition = references.condition,
                          .reference = references.reference,
                          .second = references.second,
                          .model = &tools.guided,
                          .network = &tools.network,
                          .exact = exact.plain ? &*exact.plain : nullptr,
                          .exact_guided = exact.guided ? &*exact.guided : nullptr,
                          .model_key = model_key(settings, objects),
                          .exact_key = exact.key,
                          .path = tools.path,
                          .grid = &tools.grid,
                          .start = &start,
                          .ends = &samples,
                          .guidance_w = rule.all().contains("w") ? rule.number("w") : 1.0};
  std::vector<MetricValue> values = metric(input);
  for (const MetricValue& value : values)
    if (!std::isfinite(value.value) || (value.floor && !std::isfinite(*value.floor)))
      throw DivergedError("metric " + value.name + " is not finite");
  return values;
}

void check_metrics(const Plan& plan, const PlannedCell& cell, Objects& objects) {
  about(plan, cell, "metrics.names", [&] {
    objects.check_metrics(cell.settings);
    return 0;
  });
}

namespace {

// A walk asks a network at the time that each step starts from, some metrics at the walk's end too: what it does not
// know there is told before it is trained.
void check_asked(const Plan& plan, const PlannedCell& cell, Objects& objects, const Path& path, const Grid& grid) {
  about(plan, cell, "model.kind", [&] {
    for (const Time t : {grid.front(), grid[grid.steps() - 1]}) objects.check_asked(cell.settings, path, t);
    return 0;
  });
  about(plan, cell, "metrics.names", [&] {
    for (const std::string& name : cell.settings.texts("metrics.names")) {
      const Metric& wanted = objects.metric(cell.settings, name);
      if (!wanted.check_end) continue;
      wanted.check_end(path, grid);
      try {
        objects.check_asked(cell.settings, path, grid.back());
      } catch (const InputError& error) {
        throw InputError("metrics.names: " + name + " asks down to the grid's end: " + error.what());
      }
    }
    return 0;
  });
}

}  // namespace

CellTools make_tools(const Plan& plan, const PlannedCell& cell, Objects& objects) {
  const CellSettings& settings = cell.settings;
  const auto name = [&](const char* key) { return settings.text(key); };
  const PathPtr path = about(plan, cell, "path.name",
                             [&] { return make_path(name("path.name"), settings.given("path", name("path.name"))); });
  Grid grid = about(plan, cell, "grid.steps", [&] {
    return make_grid(name("grid.name"), *path, static_cast<int>(settings.integer("grid.steps")),
                     settings.given("grid", name("grid.name")));
  });
  auto solver = about(plan, cell, "sampler.name", [&] {
    return make_solver(name("sampler.name"), settings.given("solver", name("sampler.name")));
  });
  about(plan, cell, "data.name", [&] { return objects.data(settings).classes; });
  check_metrics(plan, cell, objects);
  Denoiser network = about(plan, cell, "model.kind", [&] { return objects.network(settings, path); });
  Denoiser guided = about(plan, cell, "guidance.name", [&] {
    return make_guidance(name("guidance.name"), network, settings.given("guidance", name("guidance.name")));
  });
  about(plan, cell, "sampler.name", [&] {
    check_variance(guided, *solver);
    solver->start(*path, grid, guided.prediction);
    return 0;
  });
  check_asked(plan, cell, objects, *path, grid);
  about(plan, cell, "sampling.noise", [&] {
    if (settings.text("sampling.noise") == "brownian") check_brownian_range(*path, grid);
    return 0;
  });
  return {path, std::move(grid), std::move(solver), std::move(network), std::move(guided)};
}

namespace {

struct Sampled {
  SampleResult result;
  Tensor start;
  std::shared_ptr<const References> references;
  double seconds = 0;
};

Sampled draw(const Plan& plan, const PlannedCell& cell, Objects& objects, CellTools& tools,
             const SamplingProgress& progress) {
  const CellSettings& settings = cell.settings;
  Sampled sampled;
  sampled.references =
      about(plan, cell, "sampling.condition", [&] { return objects.references(settings, tools.network.classes); });
  const auto begin = std::chrono::steady_clock::now();
  const Dataset& data = objects.data(settings);
  sampled.start = start_of(tools, data, settings);
  SampleRequest request = walk_from(sampled.start, *sampled.references, data, settings);
  const std::int64_t batches = (request.count + request.batch - 1) / request.batch;
  const std::int64_t steps = batches * tools.grid.steps();
  std::int64_t done = 0;
  request.observe = [&](int, Time, const Tensor&) {
    if (++done < steps && interrupt_signal() != 0) throw Interrupted{interrupt_signal()};
    if (progress) progress(done, steps);
  };
  sampled.result = sample(tools.guided, tools.path, tools.grid, *tools.solver, request);
  sampled.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return sampled;
}

}  // namespace

ComputedCell sample_cell(const Plan& plan, const PlannedCell& cell, Objects& objects,
                         const SamplingProgress& progress) {
  CellTools tools = make_tools(plan, cell, objects);
  const Sampled sampled = draw(plan, cell, objects, tools, progress);
  ComputedCell computed;
  computed.result.axes = cell.axes;
  computed.result.nfe = sampled.result.evaluations;
  computed.result.seconds = sampled.seconds;
  computed.samples = sampled.result.samples;
  computed.condition = sampled.references->condition;
  return computed;
}

ComputedCell compute_cell(const Plan& plan, const PlannedCell& cell, Objects& objects, const std::string& key,
                          const SamplingProgress& progress) {
  ComputedCell computed;
  CellResult& result = computed.result;
  result.key = key;
  result.section = cell.section;
  result.axes = cell.axes;
  try {
    CellTools tools = make_tools(plan, cell, objects);
    const Sampled sampled = draw(plan, cell, objects, tools, progress);
    result.nfe = sampled.result.evaluations;
    result.seconds = sampled.seconds;
    result.samples_hash = sha256_hex(tensor_bytes(sampled.result.samples));
    const Tensor& samples = sampled.result.samples;
    const ExactAnswers exact = exact_answers(cell, objects, tools);
    for (const std::string& name : cell.settings.texts("metrics.names"))
      for (MetricValue& value : measure(objects.metric(cell.settings, name), cell, objects, tools, exact,
                                        *sampled.references, samples, sampled.start))
        result.metrics.push_back(std::move(value));
    computed.samples = sampled.result.samples;
    computed.condition = sampled.references->condition;
    const bool field = std::any_of(result.metrics.begin(), result.metrics.end(),
                                   [](const MetricValue& metric) { return metric.name == "field_rms"; });
    if (field && samples.rank() == 2 && samples.dim(1) == 2)
      computed.field =
          preview_field(*tools.path, tools.network, *exact.plain, sampled.references->reference.x, seed_of(cell));
  } catch (const DivergedError& error) {
    result.status = CellStatus::diverged;
    result.message = error.what();
    result.metrics.clear();
  }
  return computed;
}

Preview preview_of(const ComputedCell& computed) {
  if (!computed.samples.defined()) return {};
  const std::int64_t most = computed.samples.rank() == 4 ? kPreviewImages : kPreviewPoints;
  const std::int64_t n = std::min(most, computed.samples.dim(0));
  Preview preview{.samples = computed.samples.slice_first(0, n).to(DType::f32).clone(), .condition = {}, .field = {}};
  if (computed.condition.defined()) preview.condition = computed.condition.slice_first(0, n).clone();
  preview.field = computed.field;
  return preview;
}

std::string key_of(const PlannedCell& cell, Objects& objects) {
  return cell_key(cell.settings, objects.data(cell.settings).hash, objects.weights(cell.settings),
                  objects.metrics_hash(cell.settings));
}

}  // namespace ito::experiments
