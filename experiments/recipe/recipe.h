// Recipe: a TOML file as it was written. Every item remembers its file, line and column; nothing is checked yet beyond
// TOML's own grammar and the shape of the sections (experiments/recipe/plan.h checks names, types and values).
//
//   title = "..."                # and any dotted key: the settings of every cell
//   [sweep] or [[sweep]]         # a section: a scalar overrides its key, a list sweeps it; sections add up
//   [[finding]]                  # a claim about the cells, evaluated when they are all there
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/core/error.h"

namespace ito::experiments {

// Where something was written: "file:line:column", or the option it came from.
struct Location {
  std::string file;  // "--set grid.steps=10" when line is 0
  int line = 0;
  int column = 0;

  std::string text() const;
};

// One value as written.
struct Item {
  Location where;
  std::variant<bool, std::int64_t, double, std::string, std::vector<Item>> node;
  Location key = {};                 // where its key's last part stands; for what follows a key directly
  std::vector<Location> parts = {};  // where each part of its dotted key stands; empty where it has one place

  bool is_list() const { return std::holds_alternative<std::vector<Item>>(node); }
  const std::vector<Item>& list() const { return std::get<std::vector<Item>>(node); }
};

// Dotted keys and their items, in the file's order. No key occurs twice (TOML refuses that).
using Items = std::vector<std::pair<std::string, Item>>;
// Where the first part of `key` stands that no valid key shares: "gird" of gird.steps, "stepz" of grid.stepz.
Location wrong_part(const Item& item, std::string_view key, const std::vector<std::string>& valid);
const Item* find_item(const Items& items, std::string_view key);

struct SweepSection {
  Location where;
  std::string title;
  Items items;
};

struct FindingItems {
  Location where;
  Items items;
};

struct Recipe {
  std::string name;  // the file's stem
  std::string file;  // as named in messages
  std::string title;
  std::string description;
  std::string text;  // the whole file
  Items base;
  std::vector<SweepSection> sections;
  std::vector<FindingItems> findings;
};

// InputError "file:line:column: ..." for anything that is not a recipe.
Recipe parse_recipe(std::string_view text, const std::string& file);

// What follows `=` in `--set key=value`: a TOML value, or a bare word (letters, digits and _ - . / + only).
Item parse_value(std::string_view text, const Location& where);

// The recipe called `name_or_path`: a path to a file, or the name of one in experiments/recipes of this folder or the
// nearest one above it, or of share/ito/recipes beside the program's own folder. InputError says where it looked.
Recipe read_recipe(const std::string& name_or_path);
std::filesystem::path find_recipe(const std::string& name_or_path);
// Where names are looked for, nearest first.
std::vector<std::filesystem::path> recipe_folders();

// An InputError whose line starts with where.text().
[[noreturn]] void refuse(const Location& where, const std::string& message);

}  // namespace ito::experiments
