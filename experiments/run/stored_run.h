// A run as its folder holds it: the recipe it was run with, and the cells so far.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/recipe/resolve.h"
#include "experiments/store/store.h"

namespace ito::experiments {

struct StoredRun {
  std::filesystem::path folder;
  RunHeader header;
  ResolvedRecipe recipe;
  std::vector<CellResult> cells;
};
// InputError when the folder holds no run.
StoredRun read_run(const std::filesystem::path& folder);

}  // namespace ito::experiments
