#include "experiments/recipe/recipe_names.h"

#include <algorithm>

#include "experiments/recipe/recipe.h"

namespace ito::experiments {

std::vector<NamedRecipe> shipped_recipes() {
  std::vector<NamedRecipe> recipes;
  for (const std::filesystem::path& folder : recipe_folders()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (entry.path().extension() != ".toml") continue;
      NamedRecipe recipe{.name = entry.path().stem().string(), .title = "", .file = entry.path()};
      // The nearest folder's recipe is the one that its name means.
      if (std::any_of(recipes.begin(), recipes.end(), [&](const NamedRecipe& r) { return r.name == recipe.name; }))
        continue;
      try {
        recipe.title = read_recipe(entry.path().string()).title;
      } catch (const Error& error) {
        recipe.title = error.what();
      }
      recipes.push_back(std::move(recipe));
    }
  }
  std::sort(recipes.begin(), recipes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return recipes;
}

}  // namespace ito::experiments
