// From a recipe as written to settings that are known to be valid: every key known, every value of its type and inside
// its bounds, every name registered.
//
// Rules: a section's scalar overrides the key for that section and its list sweeps it (a list of lists sweeps a key
// whose value is a list). A parameter that only some of the names chosen in a section declare (sampler.eta, where
// sampler.name is swept over ddim and euler) applies where it is declared; it is an error where none declares it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/recipe/finding.h"
#include "experiments/recipe/recipe.h"
#include "experiments/recipe/schema.h"

namespace ito::experiments {

struct Setting {
  Value value;
  Location where;
};
using Settings = std::map<std::string, Setting, std::less<>>;

struct Axis {
  std::string key;
  std::vector<Setting> values;
};

struct ResolvedSection {
  std::string title;
  Location where;
  Settings given;          // what the recipe says for the whole section, the base included
  std::vector<Axis> axes;  // in the order written; the first varies slowest
};

struct ResolvedRecipe {
  std::string name;
  std::string file;
  std::string title;
  std::string description;
  std::string text;
  std::vector<std::string> overrides;  // the --set options as typed
  std::vector<ResolvedSection> sections;
  std::vector<Finding> findings;
  std::string hash;  // SHA-256 of everything above that decides a cell
};

// overrides: "key=value", as after --set. A scalar replaces the key everywhere, in the base and in every section; a
// list sweeps it in the sections that mention the key, or in all where none does. With another name chosen, what the
// recipe says of the old choice alone is dropped; a finding about what is no longer there has no answer, and says so.
ResolvedRecipe resolve(const Recipe& recipe, const std::vector<std::string>& overrides = {});

}  // namespace ito::experiments
