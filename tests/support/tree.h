// Where the tests' own files are.
#pragma once

#include <filesystem>

namespace ito {

// The nearest folder above the working directory that holds the Makefile and kernels/; empty outside the tree.
inline std::filesystem::path tree_root() {
  namespace fs = std::filesystem;
  for (fs::path folder = fs::current_path(); folder != folder.parent_path(); folder = folder.parent_path())
    if (fs::exists(folder / "Makefile") && fs::exists(folder / "kernels")) return folder;
  return {};
}

inline std::filesystem::path golden(const std::filesystem::path& name) { return tree_root() / "tests/golden" / name; }

}  // namespace ito
