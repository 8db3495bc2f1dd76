#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/recipe/recipe.h"
#include "experiments/recipe/recipe_names.h"
#include "experiments/report/table.h"
#include "experiments/report/terminal.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

const std::vector<std::string> kKinds = {"data", "model",  "training_time", "loss_weight", "path",
                                         "grid", "solver", "guidance",      "metric",      "recipe"};

// "solvers" and "solver", and what the recipe's table is called.
std::string kind_of(const std::string& given) {
  std::string kind = given;
  if (kind == "samplers" || kind == "sampler") return "solver";
  if (kind == "guidances") return "guidance";
  if (kind.size() > 1 && kind.back() == 's' && kind != "guidances") kind.pop_back();
  if (std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end()) return kind;
  throw InputError("no kind is called '" + given + "'; nearest: " + nearest_name(kind, kKinds) +
                   " (data, models, training_times, loss_weights, paths, grids, solvers, guidance, "
                   "metrics, recipes)");
}

std::string parameter_text(const Entry& entry) {
  std::string text;
  for (const Parameter& parameter : entry.parameters)
    text += (text.empty() ? "" : ", ") + parameter.name + " = " + value_text(parameter.default_value);
  return text;
}

void print_entries(const std::string& kind) {
  report::Table table;
  table.title = kind;
  const bool solvers = kind == "solver";
  table.columns = {{.name = "name"}};
  if (solvers) table.columns.push_back({.name = "order"});
  table.columns.push_back({.name = "summary"});
  table.columns.push_back({.name = "parameters"});
  for (const Entry* entry : entries_of(kind)) {
    std::vector<report::TableCell> row = {report::text_cell(entry->name)};
    if (solvers) row.push_back(report::text_cell(entry->order));
    row.push_back(report::text_cell(entry->summary));
    row.push_back(report::text_cell(parameter_text(*entry)));
    table.rows.push_back(std::move(row));
  }
  std::fputs(report::terminal_table(table, 200, terminal_is_utf8()).c_str(), stdout);
}

void print_recipes() {
  report::Table table;
  table.title = "recipe";
  table.columns = {{.name = "name"}, {.name = "title"}};
  for (const NamedRecipe& recipe : shipped_recipes())
    table.rows.push_back({report::text_cell(recipe.name), report::text_cell(recipe.title)});
  std::fputs(report::terminal_table(table, 200, terminal_is_utf8()).c_str(), stdout);
}

}  // namespace

int list_command(const ListOptions& options) {
  const std::string kind = options.kind.empty() ? "" : kind_of(options.kind);
  if (options.json) {
    std::vector<const Entry*> entries;
    std::vector<Entry> recipes;
    if (kind == "recipe") {
      for (const NamedRecipe& recipe : shipped_recipes()) {
        Entry entry;
        entry.name = recipe.name;
        entry.kind = "recipe";
        entry.summary = recipe.title;
        recipes.push_back(std::move(entry));
      }
      for (const Entry& entry : recipes) entries.push_back(&entry);
    } else {
      entries = kind.empty() ? all_entries() : entries_of(kind);
    }
    std::fputs(list_json(entries).c_str(), stdout);
    return 0;
  }
  for (const std::string& each : kKinds) {
    if (!kind.empty() && each != kind) continue;
    if (each == "recipe")
      print_recipes();
    else
      print_entries(each);
    if (kind.empty() && each != kKinds.back()) std::puts("");
  }
  return 0;
}

}  // namespace ito::experiments
