// What counts as a source tree, seen from folders inside and outside one.
#include "experiments/recipe/source_tree.h"

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

TEST(SourceTree, IsFoundFromAnyFolderInsideAndNeedsMoreThanRecipes) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::create_directories(folder / "experiments/recipes/mine");
  fs::current_path(folder / "experiments/recipes/mine");
  const fs::path strangers = source_tree();
  fs::create_directories(folder / "kernels/core");
  std::ofstream(folder / "Makefile") << "all:\n";
  const fs::path whole = source_tree();
  fs::current_path(before);
  EXPECT_TRUE(strangers.empty()) << strangers;
  EXPECT_TRUE(fs::equivalent(whole, folder.path())) << whole;
}

}  // namespace
}  // namespace ito::experiments
