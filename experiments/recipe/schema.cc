#include "experiments/recipe/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/training/options.h"

namespace ito::experiments {
namespace {

constexpr double kLargest = 9007199254740992.0;  // 2^53: the largest integer that a double bound can state

std::vector<FixedKey> make_fixed_keys() {
  const auto count = [](std::string name, std::int64_t value, double min, std::string meaning) {
    return Parameter{
        .name = std::move(name), .default_value = value, .meaning = std::move(meaning), .min = min, .max = kLargest};
  };
  const auto text = [](std::string name, std::string value, std::string meaning,
                       std::vector<std::string> choices = {}) {
    return Parameter{.name = std::move(name),
                     .default_value = std::move(value),
                     .meaning = std::move(meaning),
                     .choices = std::move(choices)};
  };
  std::vector<FixedKey> keys = {
      {.parameter =
           count("seed", 1, 0, "decides initial noise, step noise and reference draws; sweep it for intervals")},
      {.parameter = text("dtype", "float", "type that samples are computed in", {"float", "double"})},
      {.parameter = text("data.name", "", "data set (ito list data); required"), .names_kind = "data"},
      {.parameter = text("model.kind", "exact", "what denoises (ito list models)"), .names_kind = "model"},
      {.parameter = text("path.name", "vp", "path that is sampled on (ito list paths)"), .names_kind = "path"},
      {.parameter = text("grid.name", "lambda", "where the steps go (ito list grids)"), .names_kind = "grid"},
      {.parameter = count("grid.steps", 20, 1, "steps from noise to data"), .names_kind = ""},
      {.parameter = text("sampler.name", "ddim", "solver (ito list solvers)"), .names_kind = "solver"},
      {.parameter = text("guidance.name", "none", "guidance rule (ito list guidance)"), .names_kind = "guidance"},
      {.parameter = text("sampling.condition", "data",
                         "labels asked for: data (as often as the data have them), none, balanced (0, 1, .. in turn), "
                         "or one class's number")},
      {.parameter = text("sampling.outside", "refuse",
                         "a network asked outside its own path's range of lambda: refuse, or clamp to its nearest time",
                         {"refuse", "clamp"})},
      {.parameter =
           text("sampling.noise", "counter",
                "what a stochastic solver draws: counter (fresh for each step), or brownian (increments of one "
                "path, the same at any number of steps)",
                {"counter", "brownian"})},
      {.parameter = {.name = "metrics.names",
                     .default_value = std::vector<std::string>{"w2"},
                     .meaning = "what is measured (ito list metrics)"},
       .names_kind = "metric"},
      {.parameter = count("metrics.count", 1000, 1,
                          "samples drawn in each cell; where a finite set has fewer than twice as many examples, "
                          "distances have no floor")},
      {.parameter = count("metrics.batch", 0, 0, "samples computed at a time, 0: chosen by size; changes no bit"),
       .decides_bits = false},
      // What decides bits is the weights' hash, whatever they are called.
      {.parameter = text("model.weights", "",
                         "weights to use instead of training: a name in experiments/weights, or a .safetensors file"),
       .decides_bits = false},
  };
  keys[6].parameter.max = 1000000;
  keys[13].parameter.max = 10000000;
  for (const Parameter& parameter : training_parameters()) {
    Parameter named = parameter;
    named.name = "training." + parameter.name;
    keys.push_back({.parameter = named, .names_kind = parameter.name == "path" ? "path" : ""});
  }
  return keys;
}

const std::vector<FixedKey>& keys() {
  static const std::vector<FixedKey> made = make_fixed_keys();
  return made;
}

constexpr std::array<RegisteredTable, 7> kTables = {{{"data", "data", "data.name"},
                                                     {"model", "model", "model.kind"},
                                                     {"path", "path", "path.name"},
                                                     {"grid", "grid", "grid.name"},
                                                     {"sampler", "solver", "sampler.name"},
                                                     {"guidance", "guidance", "guidance.name"},
                                                     {"metrics", "metric", "metrics.names"}}};

std::string expected_text(const Parameter& parameter) {
  const auto bound = [&](double value) {
    const bool whole = std::holds_alternative<std::int64_t>(parameter.default_value);
    return whole ? value_text(static_cast<std::int64_t>(value)) : value_text(value);
  };
  const std::string type = value_type_name(parameter.default_value);
  std::string text = type == "text" ? type : (type == "integer" ? "an " : "a ") + type;
  const bool low = parameter.min > -1e308;
  const bool high = parameter.max < 1e308 && parameter.max != kLargest;
  if (low && high) return text + " from " + bound(parameter.min) + " to " + bound(parameter.max);
  if (low) return text + " of at least " + bound(parameter.min);
  if (high) return text + " of at most " + bound(parameter.max);
  return text;
}

void check_bounds(double value, const Item& item, const Parameter& parameter, std::string_view key) {
  if (value < parameter.min || value > parameter.max)
    refuse(item.where, std::string(key) + ": expected " + expected_text(parameter) + ", found " + found_text(item));
}

void check_choice(const std::string& value, const Item& item, const Parameter& parameter, std::string_view key) {
  if (parameter.choices.empty()) return;
  for (const std::string& choice : parameter.choices)
    if (choice == value) return;
  std::string all;
  for (const std::string& choice : parameter.choices) all += (all.empty() ? "" : ", ") + choice;
  refuse(item.where, std::string(key) + ": expected one of " + all + ", found \"" + value +
                         "\"; nearest: " + nearest_name(value, parameter.choices));
}

}  // namespace

std::span<const FixedKey> fixed_keys() { return keys(); }

const FixedKey* find_fixed_key(std::string_view key) {
  for (const FixedKey& fixed : keys())
    if (fixed.parameter.name == key) return &fixed;
  return nullptr;
}

std::span<const RegisteredTable> registered_tables() { return kTables; }

const RegisteredTable* table_of(std::string_view key) {
  const std::string_view table = key.substr(0, key.find('.'));
  if (table.size() == key.size()) return nullptr;
  for (const RegisteredTable& registered : kTables)
    if (registered.table == table) return &registered;
  return nullptr;
}

bool is_list_type(const Value& value) {
  return std::holds_alternative<std::vector<double>>(value) || std::holds_alternative<std::vector<std::string>>(value);
}

bool same_value(const Value& a, const Value& b) {
  const auto number = [](const Value& v, double& out) {
    if (const auto* i = std::get_if<std::int64_t>(&v)) return out = static_cast<double>(*i), true;
    if (const auto* d = std::get_if<double>(&v)) return out = *d, true;
    return false;
  };
  double x = 0;
  double y = 0;
  if (number(a, x) && number(b, y)) return x == y;
  return a == b;
}

std::string found_text(const Item& item) {
  if (item.is_list()) return "a list";
  if (const auto* b = std::get_if<bool>(&item.node)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&item.node)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&item.node)) return value_text(*d);
  const auto& text = std::get<std::string>(item.node);
  return fmt::format("text \"{}{}\"", std::string_view(text).substr(0, text.size() <= 60 ? 60 : 57),
                     text.size() <= 60 ? "" : "...");
}

std::string explain_recipe() {
  std::string out =
      "A recipe is a TOML file. Its dotted keys are the settings of every cell:\n\n"
      "  title, description   text for the report\n";
  std::size_t widest = 0;
  for (const FixedKey& key : keys()) widest = std::max(widest, key.parameter.name.size());
  for (const FixedKey& key : keys()) {
    const Parameter& p = key.parameter;
    out += "  " + p.name + std::string(widest - p.name.size() + 2, ' ') + p.meaning + "  [" + expected_text(p) +
           (p.name == "data.name" ? "" : "; " + value_text(p.default_value)) + "]\n";
  }
  out +=
      "\nThe other keys of the tables data, model, path, grid, sampler, guidance and metrics are the parameters of "
      "what\n"
      "was named there (ito explain NAME prints them): sampler.eta for sampler.name = \"ddim\". data.file = \"x.npy\"\n"
      "alone means data.name = \"array\".\n"
      "\n[sweep], or several [[sweep]] sections, each with an optional title:\n"
      "  a list sweeps its key, a scalar sets it for that section; a section's cells are the product of its lists, "
      "the\n"
      "  first list varying slowest. A key whose value is a list itself is swept by a list of lists. A parameter that "
      "only\n"
      "  some of the names in a section declare applies where it is declared, and is an error where none declares it.\n"
      "\n[[finding]] states a claim, evaluated when its cells are there:\n"
      "  title       what is claimed\n"
      "  kind        ratio (mean a / mean b), difference (a - b), bound (a), first_unresolved (the smallest value of "
      "the\n"
      "              axis `along` at which a - b is not resolved from zero)\n"
      "  metric      whose values are compared (b.metric for another one in b)\n"
      "  a, b        which cells: a = { section = \"title or number\", sampler.name = \"ddim\", grid.steps = 20 }; "
      "they may\n"
      "              differ in seed only, which pairs them\n"
      "  along       the axis of first_unresolved\n"
      "  at_least, at_most   what is expected of the value, if anything\n"
      "  confidence  of the interval that is printed (0.95)\n"
      "\nFrom the command line: --set key=value overrides a key everywhere (a list sweeps it), --only axis=value keeps "
      "the\n"
      "cells with that value (also --only section=2, or its title); both may be repeated. What the recipe says of a\n"
      "choice that --set replaced is dropped with it, and a finding about what is no longer there is not measured.\n";
  return out;
}

Value convert(const Item& item, const Parameter& parameter, std::string_view key) {
  const auto wrong = [&](const Item& at, const std::string& expected) {
    refuse(at.where, std::string(key) + ": expected " + expected + ", found " + found_text(at));
  };
  const auto number = [&](const Item& at) -> double {
    double value = 0;
    if (const auto* i = std::get_if<std::int64_t>(&at.node))
      value = static_cast<double>(*i);
    else if (const auto* d = std::get_if<double>(&at.node))
      value = *d;
    else
      wrong(at, is_list_type(parameter.default_value) ? "a list of numbers" : expected_text(parameter));
    check_bounds(value, at, parameter, key);
    return value;
  };
  const auto text = [&](const Item& at) -> std::string {
    if (const auto* s = std::get_if<std::string>(&at.node)) {
      check_choice(*s, at, parameter, key);
      return *s;
    }
    wrong(at, is_list_type(parameter.default_value) ? "a list of text" : "text in quotes");
    return {};
  };
  const Value& type = parameter.default_value;
  if (std::holds_alternative<bool>(type)) {
    if (const auto* b = std::get_if<bool>(&item.node)) return *b;
    wrong(item, "true or false");
  }
  if (std::holds_alternative<std::int64_t>(type)) {
    const auto* i = std::get_if<std::int64_t>(&item.node);
    if (i == nullptr) wrong(item, expected_text(parameter));
    check_bounds(static_cast<double>(*i), item, parameter, key);
    return *i;
  }
  if (std::holds_alternative<double>(type)) return number(item);
  if (std::holds_alternative<std::string>(type)) return text(item);
  if (!item.is_list())
    wrong(item, std::holds_alternative<std::vector<double>>(type) ? "a list of numbers" : "a list of text");
  if (std::holds_alternative<std::vector<double>>(type)) {
    std::vector<double> values;
    for (const Item& element : item.list()) values.push_back(number(element));
    return values;
  }
  std::vector<std::string> values;
  for (const Item& element : item.list()) values.push_back(text(element));
  return values;
}

}  // namespace ito::experiments
