#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/io/npy.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/report/table.h"
#include "experiments/report/terminal.h"
#include "experiments/run/objects.h"
#include "experiments/run/plan.h"

namespace ito::experiments {
namespace {

struct Scored {
  Tensor samples;    // float [N, ...]
  Tensor condition;  // int32 [N], or undefined
};

Scored load(const std::string& file) {
  Scored scored;
  if (file.ends_with(".npy")) {
    scored.samples = load_npy(file);
  } else if (file.ends_with(".npz")) {
    NamedTensors arrays = load_npz(file);
    const auto x = arrays.find("x");
    if (x == arrays.end() && arrays.size() != 1)
      throw InputError(file + ": expected an array called x (and labels, if any)");
    scored.samples = x != arrays.end() ? x->second : arrays.begin()->second;
    if (const auto labels = arrays.find("labels"); labels != arrays.end()) scored.condition = labels->second;
  } else {
    throw InputError(file + ": expected a name that ends in .npy or .npz");
  }
  if (scored.samples.rank() < 1 || scored.samples.dim(0) < 1) throw InputError(file + ": holds no samples");
  if (scored.samples.dtype() == DType::i32) throw InputError(file + ": expected numbers with a fraction (f4 or f8)");
  scored.samples = scored.samples.to(DType::f32);
  for (const float value : scored.samples.span<float>())
    if (!std::isfinite(value)) throw InputError(file + ": holds a value that is not finite");
  if (scored.condition.defined() &&
      (scored.condition.dtype() != DType::i32 || scored.condition.shape() != Shape{scored.samples.dim(0)}))
    throw InputError(file + ": labels must be whole numbers, one for each sample");
  return scored;
}

// The questions that a recipe answers for a run, asked of a file: a recipe of data and metrics alone.
Recipe recipe_of(const ScoreOptions& options, std::int64_t count) {
  Recipe recipe;
  recipe.name = recipe.file = "score";
  const Location against{"--against " + options.against, 0, 0};
  const bool is_file = options.against.ends_with(".npy") || options.against.ends_with(".npz");
  const auto add = [&](const char* key, auto value, const Location& where) {
    recipe.base.emplace_back(key, Item{.where = where, .node = std::move(value), .key = where});
  };
  add(is_file ? "data.file" : "data.name", options.against, against);
  std::vector<Item> names;
  for (const std::string& metric : options.metrics) {
    const Location where{"--metric " + metric, 0, 0};
    names.push_back({.where = where, .node = metric, .key = where});
  }
  if (!names.empty()) add("metrics.names", names, names.front().where);
  add("metrics.count", count, {options.file, 0, 0});
  add("seed", options.seed, {"--seed", 0, 0});
  recipe.sections.push_back({.where = against, .title = "", .items = {}});
  return recipe;
}

}  // namespace

int score_command(const ScoreOptions& options) {
  const Scored scored = load(options.file);
  const ResolvedRecipe recipe = resolve(recipe_of(options, scored.samples.dim(0)), options.set);
  const Plan plan(recipe);
  Objects objects("", MissingWeights::leave_untrained);
  std::vector<MetricValue> values;
  plan.for_each([&](const PlannedCell& cell) {
    const Dataset& data = objects.data(cell.settings);
    std::vector<std::int64_t> extents = {scored.samples.dim(0)};
    for (const std::int64_t extent : data.sample_shape.extents()) extents.push_back(extent);
    if (scored.samples.shape() != Shape(extents))
      throw InputError(options.file + ": samples are " + scored.samples.shape().text() + ", data '" + data.name +
                       "' asks for " + Shape(extents).text());
    const auto references = objects.references(cell.settings, 0);
    const MetricInput input{.seed = static_cast<std::uint64_t>(options.seed),
                            .data = data,
                            .samples = scored.samples,
                            .condition = scored.condition,
                            .reference = references->reference,
                            .second = references->second,
                            .path = nullptr};
    for (const std::string& name : cell.settings.texts("metrics.names"))
      for (const MetricValue& value : maker<Metric>(name)(cell.settings.parameters("metric", name))(input))
        values.push_back(value);
  });
  for (const MetricValue& value : values)
    if (!std::isfinite(value.value)) throw DivergedError("metric " + value.name + " is not finite");
  if (options.json) {
    std::fputs(score_json(options.file, options.against, values).c_str(), stdout);
    return 0;
  }
  report::Table table;
  table.title = options.file + " against " + options.against;
  table.caption = std::to_string(scored.samples.dim(0)) + " samples; floor: the same number for fresh data";
  table.columns = {{.name = "metric"}, {.name = "value"}, {.name = "floor"}};
  for (const MetricValue& value : values)
    table.rows.push_back({report::text_cell(value.name), report::estimate_cell(value.value, {}, {}, 0),
                          value.floor ? report::estimate_cell(*value.floor, {}, {}, 0) : report::text_cell("-")});
  std::fputs(report::terminal_table(table, terminal_width(1), terminal_is_utf8()).c_str(), stdout);
  return 0;
}

}  // namespace ito::experiments
