// The recipes that can be run by name from here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ito::experiments {

struct NamedRecipe {
  std::string name;
  std::string title;
  std::filesystem::path file;
};
// Sorted by name; a file that cannot be parsed has the reason for its title.
std::vector<NamedRecipe> shipped_recipes();

}  // namespace ito::experiments
