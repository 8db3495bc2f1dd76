#include <cctype>
#include <cstdio>

#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/cli/outcome.h"
#include "experiments/recipe/schema.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string range_text(const Parameter& parameter) {
  if (!parameter.choices.empty()) {
    std::string all;
    for (const std::string& choice : parameter.choices) all += (all.empty() ? "" : " | ") + choice;
    return all;
  }
  std::string text = value_type_name(parameter.default_value);
  if (parameter.min > -1e308) text += " >= " + value_text(parameter.min);
  if (parameter.max < 1e308)
    text += std::string(parameter.min > -1e308 ? "," : "") + " <= " + value_text(parameter.max);
  return text;
}

// How a recipe names it: training.times = "discrete".
std::string in_a_recipe(const Entry& entry, std::string_view key) {
  if (entry.kind == "metric") return std::string(key) + " = [\"" + entry.name + "\"]";
  if (entry.name == "stratified") return "training.stratified = true, with any training.times";
  return std::string(key) + " = \"" + entry.name + "\"";
}

// The tables that name an entry of each kind: a recipe's own, and those of training, whose keys are fixed.
std::vector<RegisteredTable> tables_of(const std::string& kind) {
  std::vector<RegisteredTable> tables(registered_tables().begin(), registered_tables().end());
  tables.push_back({"training", "training_time", "training.times"});
  tables.push_back({"training", "loss_weight", "training.loss_weight"});
  std::erase_if(tables, [&](const RegisteredTable& table) { return table.kind != kind; });
  return tables;
}

std::string explain(const Entry& entry) {
  std::string out = entry.name + " (" + entry.kind + ")\n";
  if (!entry.summary.empty()) out += "  " + entry.summary + "\n";
  if (!entry.formula.empty()) out += "\n" + indented(entry.formula) + "\n";
  out += "\n";
  const auto line = [&](const char* what, const std::string& text) {
    if (!text.empty()) out += std::string("  ") + what + text + "\n";
  };
  line("order        ", entry.order);
  line("evaluations  ", entry.evaluations);
  line("paper        ", entry.paper);
  line("numerics     ", std::to_string(entry.numerics));
  for (const RegisteredTable& table : tables_of(entry.kind)) {
    line("in a recipe  ", in_a_recipe(entry, table.name_key));
    if (entry.parameters.empty()) out += "  no parameters\n";
    for (const Parameter& parameter : entry.parameters)
      out += "  " + std::string(table.table) + "." + parameter.name + " = " + value_text(parameter.default_value) +
             "   " + parameter.meaning + " (" + range_text(parameter) + ")\n";
  }
  return out;
}

// "also called exponential, and lu." in a summary: what else the field calls the thing.
bool is_also_called(const Entry& entry, const std::string& name) {
  const std::size_t at = entry.summary.find("also called ");
  if (at == std::string::npos) return false;
  std::string word;
  for (std::size_t i = at + 12; i <= entry.summary.size(); ++i) {
    const char c = i < entry.summary.size() ? entry.summary[i] : '.';
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
    } else {
      if (word == name) return true;
      word.clear();
    }
  }
  return false;
}

}  // namespace

int explain_command(const ExplainOptions& options) {
  std::string out;
  if (options.name == "recipe") out = explain_recipe();
  if (options.name == "json") out = explain_json();
  if (options.name == "exit-codes") out = explain_exit_codes();
  std::vector<std::string> names = {"recipe", "json", "exit-codes"};
  // A name may stand for things of several kinds: all of them are explained.
  for (const Entry* entry : all_entries()) {
    names.push_back(entry->name);
    if (entry->name == options.name) out += (out.empty() ? "" : "\n") + explain(*entry);
  }
  // Another word for a thing, or the beginning of a family's names: dpm_solver_pp is 2s, 2m, 3m and others.
  if (out.empty())
    for (const Entry* entry : all_entries())
      if (is_also_called(*entry, options.name) || entry->name.starts_with(options.name + "_"))
        out += (out.empty() ? "" : "\n") + explain(*entry);
  if (out.empty()) {
    if (const FixedKey* key = find_fixed_key(options.name))
      out = options.name + ": " + key->parameter.meaning + " (" + range_text(key->parameter) + ", default " +
            value_text(key->parameter.default_value) + ")\n";
    for (const FixedKey& key : fixed_keys()) names.push_back(key.parameter.name);
  }
  if (out.empty())
    throw InputError("nothing is called '" + options.name + "'; nearest: " + nearest_name(options.name, names));
  std::fputs(out.c_str(), stdout);
  return 0;
}

}  // namespace ito::experiments
