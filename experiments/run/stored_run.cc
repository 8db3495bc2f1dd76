#include "experiments/run/stored_run.h"

namespace ito::experiments {

StoredRun read_run(const std::filesystem::path& folder) {
  const Store store(folder / kStoreFile, Access::read);
  RunHeader header = store.header();
  ResolvedRecipe recipe = resolve(parse_recipe(header.text, header.file), header.overrides);
  recipe.name = header.name;
  std::vector<CellResult> cells = store.cells();
  // Findings and tables index the recipe's sections.
  std::erase_if(
      cells, [&](const CellResult& cell) { return static_cast<std::size_t>(cell.section) >= recipe.sections.size(); });
  return {.folder = folder, .header = std::move(header), .recipe = std::move(recipe), .cells = std::move(cells)};
}

}  // namespace ito::experiments
