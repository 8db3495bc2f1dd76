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
  for (const RegisteredTable& table : registered_tables()) {
    if (table.kind != entry.kind) continue;
    line("in a recipe  ", std::string(table.name_key) + " = " +
                              (entry.kind == "metric" ? "[\"" + entry.name + "\"]" : "\"" + entry.name + "\""));
    if (entry.parameters.empty()) out += "  no parameters\n";
    for (const Parameter& parameter : entry.parameters)
      out += "  " + std::string(table.table) + "." + parameter.name + " = " + value_text(parameter.default_value) +
             "   " + parameter.meaning + " (" + range_text(parameter) + ")\n";
  }
  return out;
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
