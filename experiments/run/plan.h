// Plan: the cells of a resolved recipe, one after the other. Never a list of all of them: a sweep may be large.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/recipe/resolve.h"
#include "samplers/factories.h"

namespace ito::experiments {

// What one cell is asked to do: every fixed key has a value; parameters of registered entries are those that the recipe
// gives, and `parameters` resolves them.
class CellSettings {
 public:
  explicit CellSettings(std::map<std::string, Value, std::less<>> values) : values_(std::move(values)) {}

  const Value& value(std::string_view key) const;
  std::int64_t integer(std::string_view key) const { return std::get<std::int64_t>(value(key)); }
  const std::string& text(std::string_view key) const { return std::get<std::string>(value(key)); }
  const std::vector<std::string>& texts(std::string_view key) const {
    return std::get<std::vector<std::string>>(value(key));
  }
  // The parameters of the table `kind` belongs to ("sampler" for "solver") that the entry called `name` declares.
  Parameters parameters(std::string_view kind, std::string_view name) const;
  GivenParameters given(std::string_view kind, std::string_view name) const;
  Parameters training() const;
  // The same with another value of a fixed key.
  CellSettings with(std::string_view key, Value value) const;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

struct PlannedCell {
  int section = 0;
  std::int64_t place = 0;  // in its section, whatever --only leaves out
  std::map<std::string, Value> axes;
  CellSettings settings;
};

// "grid.steps = 10, seed = 1".
std::string axes_text(const std::map<std::string, Value>& axes);

class Plan {
 public:
  // only: "axis=value" or "section=number or title", as after --only; conditions on one axis add up to a choice.
  // InputError for an axis or a value that the recipe does not have.
  explicit Plan(ResolvedRecipe recipe, const std::vector<std::string>& only = {});

  // In the recipe's order: sections, then the first axis slowest.
  void for_each(const std::function<void(const PlannedCell&)>& visit) const;
  std::int64_t cells() const { return cells_; }
  const ResolvedRecipe& recipe() const { return recipe_; }
  // Where the recipe gives `key` its value in this cell; the section where it leaves the default.
  Location where(const PlannedCell& cell, const std::string& key) const;

 private:
  struct Choice {
    std::string axis;
    std::vector<std::string> values;
  };
  bool chosen(int section, const std::map<std::string, Value>& axes) const;

  ResolvedRecipe recipe_;
  std::vector<Choice> only_;
  std::vector<bool> sections_;
  std::int64_t cells_ = 0;
};

}  // namespace ito::experiments
