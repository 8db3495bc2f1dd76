// What a recipe may say: the fixed keys, and which table's remaining keys are the parameters of which registered kind.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/recipe/recipe.h"
#include "samplers/registry.h"

namespace ito::experiments {

// A key that every recipe knows. `parameter.name` is the dotted key.
struct FixedKey {
  Parameter parameter;
  std::string names_kind = "";  // the key's value is the name of a registered entry of this kind
  bool decides_bits = true;     // false: how the work is cut up; no part of a cell's key
};
std::span<const FixedKey> fixed_keys();
const FixedKey* find_fixed_key(std::string_view key);

// A table whose other keys are the parameters of the entry that `name_key` names.
struct RegisteredTable {
  std::string_view table;     // "sampler"
  std::string_view kind;      // "solver"
  std::string_view name_key;  // "sampler.name"
};
std::span<const RegisteredTable> registered_tables();
const RegisteredTable* table_of(std::string_view key);  // null for "seed", "training.steps", ...

// `item` as a value of `parameter`'s type, inside its bounds and choices; integers pass as numbers. Refuses with the
// item's place: "file:3:14: grid.steps: expected an integer of at least 1, found 0".
Value convert(const Item& item, const Parameter& parameter, std::string_view key);
// What was found, for messages: `text "abc"`, `0.5`, `a list`.
std::string found_text(const Item& item);
bool is_list_type(const Value& value);
// Equal as numbers (1 and 1.0 are) or as text.
bool same_value(const Value& a, const Value& b);

// The whole description of a recipe as `ito explain recipe` prints it.
std::string explain_recipe();

}  // namespace ito::experiments
