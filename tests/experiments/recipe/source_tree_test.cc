// What counts as a source tree, seen from folders inside and outside one.
#include "experiments/recipe/source_tree.h"

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

TEST(SourceTree, IsFoundFromAnyFolderInsideAndNeedsAllItsParts) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path(), inside = folder / "experiments/recipes/mine";
  const auto found_from_inside = [&] {
    fs::create_directories(inside);
    fs::current_path(inside);
    const fs::path found = source_tree();
    fs::current_path(before);
    return found;
  };
  fs::create_directories(folder / "kernels/core");
  EXPECT_TRUE(found_from_inside().empty()) << "without a Makefile";
  std::ofstream(folder / "Makefile") << "all:\n";
  EXPECT_TRUE(fs::equivalent(found_from_inside(), folder.path()));
  fs::remove_all(folder / "kernels");
  EXPECT_TRUE(found_from_inside().empty()) << "without kernels";
  fs::create_directories(folder / "kernels/core");
  fs::rename(folder / "experiments", folder / "other");
  fs::current_path(folder / "other");
  const fs::path without_recipes = source_tree();
  fs::current_path(before);
  EXPECT_TRUE(without_recipes.empty()) << "without recipes";
}

}  // namespace
}  // namespace ito::experiments
