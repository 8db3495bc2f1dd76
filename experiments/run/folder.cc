#include "experiments/run/folder.h"

#include "experiments/recipe/source_tree.h"
#include "experiments/store/store.h"
#include "kernels/core/error.h"

namespace ito::experiments {

namespace fs = std::filesystem;

fs::path run_folder(const std::string& name, const std::string& out) {
  if (!out.empty()) return out;
  const fs::path tree = source_tree();
  std::error_code ignored;
  return (tree.empty() ? fs::current_path(ignored) : tree) / "build" / "runs" / name;
}

fs::path make_run_folder(const std::string& name, const std::string& out) {
  const fs::path folder = run_folder(name, out);
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    throw InputError(folder.string() + ": not a folder");
  const fs::path weights = folder / "weights";
  fs::create_directories(weights, error);
  if (error) throw EnvironmentError(weights.string() + ": cannot make this folder (" + error.message() + ")");
  return folder;
}

fs::path find_run(const std::string& path_or_name) {
  std::error_code ignored;
  for (const fs::path& folder : {fs::path(path_or_name), run_folder(path_or_name, "")})
    if (fs::is_regular_file(folder / kStoreFile, ignored)) return folder;
  throw InputError("no run at '" + path_or_name + "': there is no " + (fs::path(path_or_name) / kStoreFile).string() +
                   " and no " + (run_folder(path_or_name, "") / kStoreFile).string());
}

}  // namespace ito::experiments
