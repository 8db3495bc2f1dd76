#include "experiments/training/shipped_weights.h"

#include <algorithm>

#include "experiments/recipe/source_tree.h"
#include "kernels/core/error.h"
#include "samplers/registry.h"

namespace ito::experiments {
namespace fs = std::filesystem;

namespace {
constexpr const char* kSuffix = ".safetensors";
}  // namespace

std::vector<fs::path> weight_folders() {
  std::vector<fs::path> folders;
  std::error_code ignored;
  if (const fs::path tree = source_tree(); !tree.empty()) folders.push_back(tree / "experiments" / "weights");
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) folders.push_back(program.parent_path().parent_path() / "share" / "ito" / "weights");
  std::erase_if(folders, [](const fs::path& folder) {
    std::error_code unreadable;
    return !fs::is_directory(folder, unreadable);
  });
  return folders;
}

fs::path find_weights(const std::string& name_or_path) {
  std::error_code ignored;
  if (name_or_path.ends_with(kSuffix) || name_or_path.find('/') != std::string::npos) {
    if (fs::is_regular_file(name_or_path, ignored)) return name_or_path;
    throw InputError(name_or_path + ": there is no such file of weights");
  }
  std::vector<std::string> names;
  for (const fs::path& folder : weight_folders()) {
    const fs::path candidate = folder / (name_or_path + kSuffix);
    if (fs::is_regular_file(candidate, ignored)) return candidate;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == kSuffix) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  throw InputError(
      "no weights are called '" + name_or_path + "'" +
      (names.empty() ? ": none are shipped beside the recipes" : "; nearest: " + nearest_name(name_or_path, names)) +
      " (a path ends in .safetensors)");
}

}  // namespace ito::experiments
