// The one file that knows toml++.

namespace {
// Some malformed texts run into toml++'s own assertions: there they must be an error, not the end of the program.
struct ParserAssertion {};
[[noreturn]] void fail_parser_assertion() { throw ParserAssertion{}; }
}  // namespace
#define TOML_ASSERT(condition) (static_cast<bool>(condition) ? static_cast<void>(0) : fail_parser_assertion())
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "experiments/recipe/recipe.h"

namespace ito::experiments {
namespace {

constexpr std::size_t kMaxRecipeBytes = std::size_t{1} << 20;

Location location(const toml::source_region& source, const std::string& file) {
  return {file, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

Item item(const toml::node& node, const std::string& file) {
  Item made{.where = location(node.source(), file), .node = false, .key = {}};
  switch (node.type()) {
    case toml::node_type::boolean:
      made.node = node.as_boolean()->get();
      break;
    case toml::node_type::integer:
      made.node = node.as_integer()->get();
      break;
    case toml::node_type::string:
      made.node = node.as_string()->get();
      break;
    case toml::node_type::floating_point: {
      const double value = node.as_floating_point()->get();
      if (!std::isfinite(value)) refuse(made.where, "expected a finite number");
      made.node = value;
      break;
    }
    case toml::node_type::array: {
      std::vector<Item> items;
      for (const toml::node& element : *node.as_array()) items.push_back(item(element, file));
      made.node = std::move(items);
      break;
    }
    case toml::node_type::table:
      refuse(made.where, "expected a value or a list of values, found a table");
    default:
      refuse(made.where, "dates and times have no meaning in a recipe");
  }
  return made;
}

// toml++ keeps tables sorted by key; a recipe keeps the order in which keys were written.
void flatten(const toml::table& table, const std::string& prefix, const std::vector<Location>& outer,
             const std::string& file, Items& items) {
  for (const auto& [key, node] : table) {
    const Location where = location(key.source(), file);
    if (key.str().find('.') != std::string_view::npos)
      refuse(where, "the key \"" + std::string(key.str()) + "\": a dotted key is written without quotes");
    std::vector<Location> parts = outer;
    parts.push_back(where);
    const std::string dotted = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      flatten(*inner, dotted, parts, file, items);
    } else {
      items.emplace_back(dotted, item(node, file));
      items.back().second.key = where;
      items.back().second.parts = std::move(parts);
    }
  }
}

Items items_of(const toml::table& table, const std::string& file) {
  Items items;
  flatten(table, "", {}, file, items);
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    const Location& x = a.second.where;
    const Location& y = b.second.where;
    return std::pair(x.line, x.column) < std::pair(y.line, y.column);
  });
  return items;
}

std::string take_text(Items& items, const std::string& key) {
  for (auto it = items.begin(); it != items.end(); ++it) {
    if (it->first != key) continue;
    if (!std::holds_alternative<std::string>(it->second.node))
      refuse(it->second.where, key + ": expected text in quotes");
    std::string text = std::get<std::string>(it->second.node);
    items.erase(it);
    return text;
  }
  return {};
}

// The tables under `key`: one table, or several as [[key]].
std::vector<const toml::table*> sections(const toml::table& root, const char* key, bool only_double,
                                         const std::string& file) {
  std::vector<const toml::table*> found;
  const toml::node* node = root.get(key);
  if (node == nullptr) return found;
  const std::string expected =
      std::string("expected ") + (only_double ? "" : "[" + std::string(key) + "] or ") + "[[" + key + "]] sections";
  if (const toml::table* table = node->as_table()) {
    if (only_double) refuse(location(node->source(), file), expected);
    found.push_back(table);
  } else if (const toml::array* array = node->as_array()) {
    for (const toml::node& element : *array) {
      if (!element.is_table()) refuse(location(element.source(), file), expected);
      found.push_back(element.as_table());
    }
  } else {
    refuse(location(node->source(), file), expected);
  }
  return found;
}

toml::table parse(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    for (char& c : what)
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    refuse(location(error.source(), file), "not TOML: " + what);
  } catch (const ParserAssertion&) {
    throw InputError(file + ": not TOML");
  }
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& file) {
  if (text.size() > kMaxRecipeBytes) throw InputError(file + ": longer than 1 MiB: not a recipe");
  toml::table root = parse(text, file);
  Recipe recipe;
  recipe.file = file;
  recipe.name = std::filesystem::path(file).stem().string();
  recipe.text = std::string(text);
  for (const toml::table* table : sections(root, "sweep", false, file)) {
    SweepSection section{.where = location(table->source(), file), .title = "", .items = items_of(*table, file)};
    section.title = take_text(section.items, "title");
    recipe.sections.push_back(std::move(section));
  }
  for (const toml::table* table : sections(root, "finding", true, file))
    recipe.findings.push_back({.where = location(table->source(), file), .items = items_of(*table, file)});
  root.erase("sweep");
  root.erase("finding");
  recipe.base = items_of(root, file);
  recipe.title = take_text(recipe.base, "title");
  recipe.description = take_text(recipe.base, "description");
  if (recipe.title.empty()) recipe.title = recipe.name;
  // Without a sweep the recipe is one cell.
  if (recipe.sections.empty()) recipe.sections.push_back({.where = {file, 1, 1}, .title = "", .items = {}});
  return recipe;
}

Item parse_value(std::string_view text, const Location& where) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./+").find(c) != std::string_view::npos;
  };
  try {
    const toml::table table = toml::parse("value = " + std::string(text));
    if (table.size() == 1 && table.contains("value")) {
      Item parsed = item(*table.get("value"), "");
      const auto place = [&](auto& self, Item& at) -> void {
        at.where = at.key = where;
        if (auto* list = std::get_if<std::vector<Item>>(&at.node))
          for (Item& element : *list) self(self, element);
      };
      place(place, parsed);
      return parsed;
    }
  } catch (const toml::parse_error&) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), bare))
      return {.where = where, .node = std::string(text), .key = where};
  } catch (const InputError&) {
    // Dates, tables, inf: refused below in the option's own words.
  } catch (const ParserAssertion&) {
    // Not TOML at all.
  }
  refuse(where, "expected a TOML value after '=' (a number, true, a word, \"text\", or a [list])");
}

}  // namespace ito::experiments
