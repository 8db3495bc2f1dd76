#include "experiments/recipe/resolve.h"

#include <algorithm>
#include <set>

#include "autograd/io/sha256.h"

namespace ito::experiments {
namespace {

// One key of one section: what is said, and whether the list given is swept.
struct Given {
  const Item* item;
  bool from_section;
  bool swept = false;
};
using GivenItems = std::vector<std::pair<std::string, Given>>;

// Names chosen for each registered table in one section: several where the name is swept (or for metrics).
using Chosen = std::map<std::string_view, std::vector<std::string>>;

bool sweeps(const Item& item, bool list_key) {
  if (!item.is_list()) return false;
  if (!list_key) return true;
  return std::any_of(item.list().begin(), item.list().end(), [](const Item& element) { return element.is_list(); });
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

void check_name(std::string_view kind, const std::string& name, const Location& where) {
  for (const Entry* entry : entries_of(kind))
    if (entry->name == name) return;
  std::vector<std::string> names;
  for (const Entry* entry : entries_of(kind)) names.push_back(entry->name);
  refuse(where, "no " + std::string(kind) + " is called '" + name + "'; nearest: " + nearest_name(name, names));
}

void check_names(const FixedKey& key, const Setting& setting) {
  if (key.names_kind.empty()) return;
  if (const auto* many = std::get_if<std::vector<std::string>>(&setting.value)) {
    for (const std::string& name : *many) check_name(key.names_kind, name, setting.where);
  } else {
    check_name(key.names_kind, std::get<std::string>(setting.value), setting.where);
  }
}

std::vector<Setting> values_of(const Given& given, const Parameter& parameter, const std::string& key) {
  std::vector<Setting> values;
  if (!given.swept) return {{convert(*given.item, parameter, key), given.item->where}};
  if (given.item->list().empty()) refuse(given.item->where, key + ": a list to sweep needs at least one value");
  for (const Item& element : given.item->list()) {
    Setting setting{convert(element, parameter, key), element.where};
    for (const Setting& earlier : values)
      if (same_value(earlier.value, setting.value))
        refuse(element.where, key + ": " + value_text(setting.value) + " stands twice in this list");
    values.push_back(std::move(setting));
  }
  return values;
}

// The declarations of `key` ("sampler.eta") by the names chosen for its table.
std::vector<const Parameter*> declarations(const RegisteredTable& table, std::string_view key, const Chosen& chosen) {
  const std::string_view parameter_name = key.substr(table.table.size() + 1);
  std::vector<const Parameter*> found;
  for (const std::string& name : chosen.at(table.table)) {
    for (const Parameter& parameter : find_entry(table.kind, name).parameters)
      if (parameter.name == parameter_name) found.push_back(&parameter);
  }
  return found;
}

bool declared_as_list(const RegisteredTable& table, std::string_view key) {
  const std::string_view parameter_name = key.substr(table.table.size() + 1);
  for (const Entry* entry : entries_of(table.kind))
    for (const Parameter& parameter : entry->parameters)
      if (parameter.name == parameter_name && is_list_type(parameter.default_value)) return true;
  return false;
}

[[noreturn]] void refuse_key(const Item& item, const std::string& key, const Chosen& chosen) {
  std::vector<std::string> valid;
  for (const FixedKey& fixed : fixed_keys()) valid.push_back(fixed.parameter.name);
  std::string elsewhere;
  for (const RegisteredTable& table : registered_tables()) {
    for (const Entry* entry : entries_of(table.kind)) {
      const auto& names = chosen.at(table.table);
      const bool is_chosen = std::find(names.begin(), names.end(), entry->name) != names.end();
      for (const Parameter& parameter : entry->parameters) {
        const std::string dotted = std::string(table.table) + "." + parameter.name;
        if (is_chosen) valid.push_back(dotted);
        if (dotted == key) elsewhere += (elsewhere.empty() ? "" : ", ") + entry->name;
      }
    }
  }
  if (!elsewhere.empty()) {
    const RegisteredTable& table = *table_of(key);
    refuse(item.key, key + ": not a parameter of " + joined(chosen.at(table.table)) + "; " + std::string(table.kind) +
                         "s that have it: " + elsewhere);
  }
  for (const char* other : {"title", "description", "sweep", "finding"}) valid.emplace_back(other);
  std::string nearest = nearest_name(key, valid);
  // "steps" is "grid.steps" or "training.steps" before it is any other short word.
  for (const std::string& candidate : valid)
    if (candidate.ends_with("." + key)) {
      nearest = candidate;
      break;
    }
  const std::string shown = key.size() <= 80 ? key : key.substr(0, 77) + "...";
  refuse(wrong_part(item, key, valid), "unknown key '" + shown + "'; nearest: " + nearest);
}

Chosen choose(const GivenItems& given) {
  Chosen chosen;
  for (const RegisteredTable& table : registered_tables()) {
    const FixedKey& key = *find_fixed_key(table.name_key);
    std::vector<std::string>& names = chosen[table.table];
    const auto add = [&](const Value& value) {
      if (const auto* many = std::get_if<std::vector<std::string>>(&value))
        names.insert(names.end(), many->begin(), many->end());
      else
        names.push_back(std::get<std::string>(value));
    };
    const auto it = std::find_if(given.begin(), given.end(), [&](const auto& g) { return g.first == table.name_key; });
    if (it == given.end()) {
      add(key.parameter.default_value);
    } else {
      for (const Setting& setting : values_of(it->second, key.parameter, it->first)) {
        check_names(key, setting);
        add(setting.value);
      }
    }
  }
  return chosen;
}

GivenItems overlay(const Items& base, const SweepSection& section) {
  GivenItems given;
  for (const auto& [key, item] : base)
    if (find_item(section.items, key) == nullptr) given.emplace_back(key, Given{&item, false});
  for (const auto& [key, item] : section.items) given.emplace_back(key, Given{&item, true});
  for (auto& [key, g] : given) {
    const FixedKey* fixed = find_fixed_key(key);
    const RegisteredTable* table = table_of(key);
    const bool list_key = fixed != nullptr ? is_list_type(fixed->parameter.default_value)
                                           : table != nullptr && declared_as_list(*table, key);
    g.swept = g.from_section && sweeps(*g.item, list_key);
  }
  return given;
}

// Tables whose name --set chose.
using Renamed = std::set<std::string_view>;

// What the recipe says of the choice that --set replaced ("model.hidden", where the model is now "exact"): it goes with
// that choice. What --set itself says, and what no entry has, does not.
bool goes_with_old_choice(const Item& item, const std::string& key, const Renamed& renamed) {
  const RegisteredTable* table = table_of(key);
  if (item.where.line == 0 || table == nullptr || !renamed.contains(table->table)) return false;
  const std::string_view parameter_name = std::string_view(key).substr(table->table.size() + 1);
  for (const Entry* entry : entries_of(table->kind))
    for (const Parameter& parameter : entry->parameters)
      if (parameter.name == parameter_name) return true;
  return false;
}

ResolvedSection resolve_section(const Items& base, const SweepSection& written, const Renamed& renamed,
                                std::set<std::string>& base_keys_used) {
  const GivenItems given = overlay(base, written);
  ResolvedSection section{.title = written.title, .where = written.where, .given = {}, .axes = {}};
  const Chosen chosen = choose(given);
  if (std::none_of(given.begin(), given.end(), [](const auto& g) { return g.first == "data.name"; }))
    refuse(written.where, "data.name is missing: which data? (ito list data)");
  for (const auto& [key, g] : given) {
    std::vector<Setting> values;
    if (const FixedKey* fixed = find_fixed_key(key)) {
      values = values_of(g, fixed->parameter, key);
      for (const Setting& setting : values) check_names(*fixed, setting);
    } else {
      const RegisteredTable* table = table_of(key);
      const auto declared = table == nullptr ? std::vector<const Parameter*>{} : declarations(*table, key, chosen);
      if (declared.empty()) {
        if (g.from_section && !goes_with_old_choice(*g.item, key, renamed)) refuse_key(*g.item, key, chosen);
        continue;
      }
      for (const Parameter* parameter : declared) {
        auto converted = values_of(g, *parameter, key);
        if (values.empty()) values = std::move(converted);
      }
    }
    if (!g.from_section) base_keys_used.insert(key);
    if (g.swept)
      section.axes.push_back({key, std::move(values)});
    else
      section.given.emplace(key, std::move(values.front()));
  }
  return section;
}

// data.file = "x.npy" alone names its data set.
void name_given_file(Items& items, const Items& outer) {
  if (find_item(items, "data.file") == nullptr || find_item(items, "data.name") != nullptr ||
      find_item(outer, "data.name") != nullptr)
    return;
  const Location where = find_item(items, "data.file")->where;
  items.emplace_back("data.name", Item{.where = where, .node = std::string("array"), .key = where});
}

void erase_key(Items& items, std::string_view key) {
  std::erase_if(items, [&](const auto& entry) { return entry.first == key; });
}

void apply_override(Recipe& recipe, const std::string& text) {
  const Location where{"--set " + text, 0, 0};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) refuse(where, "expected key=value");
  const auto trimmed = [](std::string s) {
    s.erase(0, std::min(s.find_first_not_of(" \t"), s.size()));
    s.erase(s.find_last_not_of(" \t") + 1);
    return s;
  };
  const std::string key = trimmed(text.substr(0, equals));
  Item item = parse_value(trimmed(text.substr(equals + 1)), where);
  const FixedKey* fixed = find_fixed_key(key);
  const RegisteredTable* table = table_of(key);
  const bool list_key = fixed != nullptr ? is_list_type(fixed->parameter.default_value)
                                         : table != nullptr && declared_as_list(*table, key);
  if (!sweeps(item, list_key)) {
    erase_key(recipe.base, key);
    for (SweepSection& section : recipe.sections) erase_key(section.items, key);
    recipe.base.emplace_back(key, std::move(item));
    return;
  }
  const bool mentioned = std::any_of(recipe.sections.begin(), recipe.sections.end(), [&](const SweepSection& section) {
    return find_item(section.items, key) != nullptr;
  });
  for (SweepSection& section : recipe.sections) {
    if (mentioned && find_item(section.items, key) == nullptr) continue;
    erase_key(section.items, key);
    section.items.emplace_back(key, item);
  }
}

void hash_value(Sha256& hash, const Value& value) {
  hash.integer(static_cast<std::int64_t>(value.index()));
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t>) {
          hash.integer(static_cast<std::int64_t>(v));
        } else if constexpr (std::is_same_v<T, double>) {
          hash.number(v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          hash.text(v);
        } else {
          hash.integer(static_cast<std::int64_t>(v.size()));
          for (const auto& element : v) hash_value(hash, Value(element));
        }
      },
      value);
}

std::string hash_of(const ResolvedRecipe& recipe) {
  Sha256 hash;
  hash.text("ito recipe 1");
  for (const ResolvedSection& section : recipe.sections) {
    hash.text("section");
    for (const auto& [key, setting] : section.given) {
      hash.text(key);
      hash_value(hash, setting.value);
    }
    for (const Axis& axis : section.axes) {
      hash.text("axis").text(axis.key).integer(static_cast<std::int64_t>(axis.values.size()));
      for (const Setting& setting : axis.values) hash_value(hash, setting.value);
    }
  }
  return hash.hex();
}

std::vector<ResolvedSection> resolve_sections(Recipe recipe) {
  name_given_file(recipe.base, {});
  for (SweepSection& section : recipe.sections) name_given_file(section.items, recipe.base);
  Renamed renamed;
  for (const RegisteredTable& table : registered_tables()) {
    const auto by_override = [&](const Items& items) {
      const Item* item = find_item(items, table.name_key);
      return item != nullptr && item->where.line == 0;
    };
    if (by_override(recipe.base) || std::any_of(recipe.sections.begin(), recipe.sections.end(),
                                                [&](const auto& section) { return by_override(section.items); }))
      renamed.insert(table.table);
  }

  std::vector<ResolvedSection> sections;
  std::set<std::string> used;
  for (const SweepSection& section : recipe.sections)
    sections.push_back(resolve_section(recipe.base, section, renamed, used));
  for (const auto& [key, item] : recipe.base) {
    if (used.contains(key) || goes_with_old_choice(item, key, renamed)) continue;
    const bool replaced =
        std::all_of(recipe.sections.begin(), recipe.sections.end(),
                    [&, k = key](const auto& section) { return find_item(section.items, k) != nullptr; });
    if (!replaced) {
      Chosen chosen;
      for (const SweepSection& section : recipe.sections)
        for (auto& [table, names] : choose(overlay(recipe.base, section)))
          for (std::string& name : names)
            if (auto& all = chosen[table]; std::find(all.begin(), all.end(), name) == all.end())
              all.push_back(std::move(name));
      refuse_key(item, key, chosen);
    }
  }
  return sections;
}

// A finding that was right as the recipe was written is no mistake where --set took away what it is about.
Finding resolve_finding_under(const std::vector<std::string>& overrides, const FindingItems& finding,
                              const std::vector<ResolvedSection>& sections, const Recipe& written) {
  try {
    return resolve_finding(finding, sections);
  } catch (const InputError& error) {
    if (overrides.empty()) throw;
    try {
      Finding kept = resolve_finding(finding, resolve_sections(written));
      kept.taken_away = "--set " + joined(overrides) + " took away what it is about";
      return kept;
    } catch (const InputError&) {
      throw InputError(error.what());
    }
  }
}

}  // namespace

ResolvedRecipe resolve(const Recipe& written, const std::vector<std::string>& overrides) {
  Recipe recipe = written;
  for (const std::string& text : overrides) apply_override(recipe, text);
  ResolvedRecipe resolved{.name = recipe.name,
                          .file = recipe.file,
                          .title = recipe.title,
                          .description = recipe.description,
                          .text = recipe.text,
                          .overrides = overrides,
                          .sections = resolve_sections(recipe),
                          .findings = {},
                          .hash = ""};
  for (const FindingItems& finding : recipe.findings)
    resolved.findings.push_back(resolve_finding_under(overrides, finding, resolved.sections, written));
  resolved.hash = hash_of(resolved);
  return resolved;
}

}  // namespace ito::experiments
