#include "experiments/run/plan.h"

#include <algorithm>

#include "experiments/training/options.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kMostCells = 1'000'000;

const RegisteredTable& table_for(std::string_view kind) {
  for (const RegisteredTable& table : registered_tables())
    if (table.kind == kind) return table;
  throw InputError("no table of a recipe holds parameters of kind '" + std::string(kind) + "'");
}

bool declares(const Entry& entry, std::string_view parameter) {
  return std::any_of(entry.parameters.begin(), entry.parameters.end(),
                     [&](const Parameter& p) { return p.name == parameter; });
}

// True when `key` says something in a cell with these values: a fixed key does, a parameter where its table's chosen
// entry declares it.
bool applies(std::string_view key, const std::map<std::string, Value, std::less<>>& values) {
  if (find_fixed_key(key) != nullptr) return true;
  const RegisteredTable& table = *table_of(key);
  const std::string_view parameter = key.substr(table.table.size() + 1);
  const Value& names = values.find(table.name_key)->second;
  if (const auto* many = std::get_if<std::vector<std::string>>(&names))
    return std::any_of(many->begin(), many->end(),
                       [&](const std::string& name) { return declares(find_entry(table.kind, name), parameter); });
  return declares(find_entry(table.kind, std::get<std::string>(names)), parameter);
}

std::int64_t product(const ResolvedSection& section) {
  std::int64_t cells = 1;
  for (const Axis& axis : section.axes) {
    cells *= static_cast<std::int64_t>(axis.values.size());
    if (cells > kMostCells)
      refuse(section.where, "this section has more than " + std::to_string(kMostCells) + " cells");
  }
  return cells;
}

// Calls visit for each cell of one section. An axis that does not apply to a cell is not one of its axes: the cell is
// visited once, not once for each of that axis' values.
void walk(const ResolvedSection& section, int number, const std::function<void(PlannedCell&&)>& visit) {
  std::map<std::string, Value, std::less<>> base;
  for (const FixedKey& key : fixed_keys()) base.emplace(key.parameter.name, key.parameter.default_value);
  for (const auto& [key, setting] : section.given) base.insert_or_assign(key, setting.value);
  const std::int64_t cells = product(section);
  std::vector<std::size_t> at(section.axes.size());
  for (std::int64_t place = 0; place < cells; ++place) {
    std::int64_t rest = place;
    for (std::size_t a = section.axes.size(); a-- > 0;) {
      const auto size = static_cast<std::int64_t>(section.axes[a].values.size());
      at[a] = static_cast<std::size_t>(rest % size);
      rest /= size;
    }
    auto values = base;
    for (std::size_t a = 0; a < at.size(); ++a)
      values.insert_or_assign(section.axes[a].key, section.axes[a].values[at[a]].value);
    std::map<std::string, Value> axes;
    bool repeated = false;
    for (std::size_t a = 0; a < at.size() && !repeated; ++a) {
      const Axis& axis = section.axes[a];
      if (applies(axis.key, values))
        axes.emplace(axis.key, axis.values[at[a]].value);
      else
        repeated = at[a] > 0;
    }
    if (!repeated)
      visit({.section = number, .place = place, .axes = std::move(axes), .settings = CellSettings(std::move(values))});
  }
}

}  // namespace

const Value& CellSettings::value(std::string_view key) const {
  const auto it = values_.find(key);
  if (it == values_.end()) throw InputError("a cell has no setting " + std::string(key));
  return it->second;
}

GivenParameters CellSettings::given(std::string_view kind, std::string_view name) const {
  const RegisteredTable& table = table_for(kind);
  GivenParameters given;
  for (const Parameter& parameter : find_entry(kind, name).parameters) {
    const auto it = values_.find(std::string(table.table) + "." + parameter.name);
    if (it != values_.end()) given.emplace(parameter.name, it->second);
  }
  return given;
}

Parameters CellSettings::parameters(std::string_view kind, std::string_view name) const {
  return {find_entry(kind, name), given(kind, name)};
}

Parameters CellSettings::training() const {
  GivenParameters given;
  for (const Parameter& parameter : training_parameters())
    given.emplace(parameter.name, value("training." + parameter.name));
  return {training_entry(), given};
}

CellSettings CellSettings::with(std::string_view key, Value value) const {
  CellSettings changed = *this;
  changed.values_.insert_or_assign(std::string(key), std::move(value));
  return changed;
}

std::string axes_text(const std::map<std::string, Value>& axes) {
  std::string text;
  for (const auto& [key, value] : axes) text += (text.empty() ? "" : ", ") + key + " = " + value_text(value);
  return text;
}

Plan::Plan(ResolvedRecipe recipe, const std::vector<std::string>& only)
    : recipe_(std::move(recipe)), sections_(recipe_.sections.size(), true) {
  for (const std::string& text : only) {
    const std::string shown = "--only " + text + ": ";
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) throw InputError(shown + "expected axis=value");
    const std::string axis = text.substr(0, equals);
    const std::string value = text.substr(equals + 1);
    if (axis == "section") {
      std::vector<std::string> valid;
      if (std::find(sections_.begin(), sections_.end(), false) == sections_.end())
        std::fill(sections_.begin(), sections_.end(), false);
      bool found = false;
      for (std::size_t s = 0; s < sections_.size(); ++s) {
        const std::string& title = recipe_.sections[s].title;
        valid.push_back(title.empty() ? std::to_string(s + 1) : title);
        if (value != std::to_string(s + 1) && (title.empty() || value != title)) continue;
        sections_[s] = found = true;
      }
      if (!found) throw InputError(shown + "there is no such section; nearest: " + nearest_name(value, valid));
      continue;
    }
    std::vector<std::string> axes;
    std::vector<std::string> values;
    const Item item = parse_value(value, {shown.substr(0, shown.size() - 2), 0, 0});
    const auto matches = [&](const Value& v) {
      if (value_text(v) == value) return true;
      if (const auto* s = std::get_if<std::string>(&item.node)) return same_value(v, *s);
      if (const auto* i = std::get_if<std::int64_t>(&item.node)) return same_value(v, *i);
      if (const auto* d = std::get_if<double>(&item.node)) return same_value(v, *d);
      return false;
    };
    std::string canonical;
    for (const ResolvedSection& section : recipe_.sections) {
      for (const Axis& a : section.axes) {
        axes.push_back(a.key);
        if (a.key != axis) continue;
        for (const Setting& setting : a.values) {
          values.push_back(value_text(setting.value));
          if (matches(setting.value)) canonical = values.back();
        }
      }
    }
    if (axes.empty()) throw InputError(shown + "this recipe sweeps nothing");
    if (values.empty()) throw InputError(shown + "not an axis of this recipe; nearest: " + nearest_name(axis, axes));
    if (canonical.empty())
      throw InputError(shown + "not a value of this axis; nearest: " + nearest_name(value, values));
    const auto it = std::find_if(only_.begin(), only_.end(), [&](const Choice& choice) { return choice.axis == axis; });
    if (it == only_.end())
      only_.push_back({axis, {canonical}});
    else
      it->values.push_back(canonical);
  }
  for_each([&](const PlannedCell&) { ++cells_; });
  if (cells_ > kMostCells) throw InputError(recipe_.file + ": more than " + std::to_string(kMostCells) + " cells");
  if (cells_ == 0) throw InputError("--only leaves no cell of " + recipe_.name);
}

bool Plan::chosen(int section, const std::map<std::string, Value>& axes) const {
  if (!sections_[static_cast<std::size_t>(section)]) return false;
  return std::all_of(only_.begin(), only_.end(), [&](const Choice& choice) {
    const auto it = axes.find(choice.axis);
    return it != axes.end() &&
           std::find(choice.values.begin(), choice.values.end(), value_text(it->second)) != choice.values.end();
  });
}

Location Plan::where(const PlannedCell& cell, const std::string& key) const {
  const ResolvedSection& section = recipe_.sections[static_cast<std::size_t>(cell.section)];
  if (const auto axis = cell.axes.find(key); axis != cell.axes.end())
    for (const Axis& swept : section.axes)
      for (const Setting& setting : swept.values)
        if (swept.key == key && same_value(setting.value, axis->second)) return setting.where;
  const auto given = section.given.find(key);
  return given != section.given.end() ? given->second.where : section.where;
}

void Plan::for_each(const std::function<void(const PlannedCell&)>& visit) const {
  for (std::size_t s = 0; s < recipe_.sections.size(); ++s)
    walk(recipe_.sections[s], static_cast<int>(s), [&](PlannedCell&& cell) {
      if (chosen(cell.section, cell.axes)) visit(cell);
    });
}

}  // namespace ito::experiments
