#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "autograd/io/atomic_file.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/cli/output_file.h"
#include "experiments/laws/cell_law.h"
#include "experiments/report/table.h"
#include "experiments/report/terminal.h"

namespace ito::experiments {
namespace {

constexpr const char* kCaption =
    "Exact: the data are the Gaussian with their mean and covariance, the denoiser is its own, nothing is drawn.";

report::TableCell number_cell(double value) {
  return std::isfinite(value) ? report::estimate_cell(value, {}, {}, 0) : report::text_cell("inf");
}

report::TableCell axis_cell(const std::map<std::string, Value>& axes, const std::string& axis) {
  const auto it = axes.find(axis);
  if (it == axes.end()) return report::text_cell("");
  if (const auto* text = std::get_if<std::string>(&it->second)) return report::text_cell(*text);
  return report::text_cell(value_text(it->second));
}

std::set<std::string> axes_of(const std::vector<CellLaw>& laws, int section) {
  std::set<std::string> axes;
  for (const CellLaw& law : laws)
    if (law.section == section)
      for (const auto& [name, value] : law.axes) axes.insert(name);
  return axes;
}

// The laws of one section; without rows where it has none.
report::Table section_table(const ResolvedRecipe& recipe, const std::vector<CellLaw>& laws, int section) {
  const std::string& title = recipe.sections[static_cast<std::size_t>(section)].title;
  const std::set<std::string> axes = axes_of(laws, section);
  report::Table table;
  table.title = title.empty() ? recipe.title : title;
  for (const std::string& axis : axes) table.columns.push_back({.name = axis});
  table.label_columns = static_cast<int>(axes.size());
  for (const char* name : {"nfe", "W2 to data", "W2 to end", "KL(sampler||data)", "KL(data||sampler)"})
    table.columns.push_back({.name = name});
  for (const CellLaw& law : laws) {
    if (law.section != section || !law.reason.empty()) continue;
    std::vector<report::TableCell> row;
    for (const std::string& axis : axes) row.push_back(axis_cell(law.axes, axis));
    row.push_back(report::exact_cell(static_cast<double>(law.evaluations)));
    for (const double value : {law.w2, law.w2_end, law.kl, law.kl_reverse}) row.push_back(number_cell(value));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// "reason: how many cells, the first of them", each reason once.
std::string reasons_text(const std::vector<CellLaw>& laws) {
  std::map<std::string, std::vector<const CellLaw*>> by_reason;
  for (const CellLaw& law : laws)
    if (!law.reason.empty()) by_reason[law.reason].push_back(&law);
  std::string text;
  for (const auto& [reason, cells] : by_reason) {
    const std::string first = axes_text(cells.front()->axes);
    text += "no law for " + std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells") +
            (first.empty() ? "" : " (" + first + (cells.size() == 1 ? ")" : ", ...)")) + ": " + reason + "\n";
  }
  return text;
}

std::string csv_of_directions(const std::vector<CellLaw>& laws) {
  report::Table table;
  std::set<std::string> axes;
  for (const CellLaw& law : laws)
    for (const auto& [name, value] : law.axes) axes.insert(name);
  table.columns = {{.name = "section"}};
  for (const std::string& axis : axes) table.columns.push_back({.name = axis});
  for (const char* name : {"direction", "data mean", "data variance", "sampler mean", "sampler variance"})
    table.columns.push_back({.name = name});
  for (const CellLaw& law : laws)
    for (std::size_t j = 0; j < law.end.means.size(); ++j) {
      std::vector<report::TableCell> row = {report::exact_cell(law.section + 1)};
      for (const std::string& axis : axes) row.push_back(axis_cell(law.axes, axis));
      row.push_back(report::exact_cell(static_cast<double>(j)));
      for (const double value : {law.data.means[j], law.data.variances[j], law.end.means[j], law.end.variances[j]})
        row.push_back(report::exact_cell(value));
      table.rows.push_back(std::move(row));
    }
  return report::csv_table(table);
}

void check_file(const std::string& file) {
  if (file.empty()) return;
  if (!file.ends_with(".csv")) throw InputError("--out " + file + ": expected a name that ends in .csv");
  check_output_file("--out", file);
}

}  // namespace

int exact_command(const ExactOptions& options) {
  check_file(options.file);
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), options.recipe.set);
  const std::vector<CellLaw> laws = cell_laws(Plan(recipe, options.recipe.only));
  if (!options.file.empty()) write_file_atomically(options.file, std::string_view(csv_of_directions(laws)));
  if (options.json) {
    std::fputs(exact_json(recipe.name, laws).c_str(), stdout);
    return 0;
  }
  bool any = false;
  for (int section = 0; section < static_cast<int>(recipe.sections.size()); ++section) {
    report::Table table = section_table(recipe, laws, section);
    if (table.rows.empty()) continue;
    if (!any) table.caption = kCaption;
    any = true;
    std::fputs((report::terminal_table(table, terminal_width(1), terminal_is_utf8()) + "\n").c_str(), stdout);
  }
  std::fputs(reasons_text(laws).c_str(), stdout);
  return 0;
}

}  // namespace ito::experiments
