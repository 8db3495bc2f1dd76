#include "experiments/recipe/recipe.h"

#include <unistd.h>

#include "autograd/io/atomic_file.h"

namespace ito::experiments {

namespace fs = std::filesystem;

std::string Location::text() const {
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const Item* find_item(const Items& items, std::string_view key) {
  for (const auto& [name, item] : items)
    if (name == key) return &item;
  return nullptr;
}

void refuse(const Location& where, const std::string& message) { throw InputError(where.text() + ": " + message); }

fs::path find_recipe(const std::string& name_or_path) {
  if (name_or_path.empty()) throw InputError("a recipe's name is empty");
  std::error_code ignored;
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
  if (is_path) {
    if (!fs::is_regular_file(name_or_path, ignored)) throw InputError(name_or_path + ": no such recipe file");
    return name_or_path;
  }
  const std::string file = name_or_path + ".toml";
  for (fs::path folder = fs::current_path(ignored); !folder.empty(); folder = folder.parent_path()) {
    const fs::path candidate = folder / "experiments" / "recipes" / file;
    if (fs::is_regular_file(candidate, ignored)) return candidate;
    if (folder == folder.parent_path()) break;
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed = program.parent_path().parent_path() / "share" / "ito" / "recipes" / file;
  if (!program.empty() && fs::is_regular_file(installed, ignored)) return installed;
  throw InputError("no recipe is called '" + name_or_path + "': there is no experiments/recipes/" + file +
                   " here or above, and no " + installed.string());
}

Recipe read_recipe(const std::string& name_or_path) {
  const fs::path path = find_recipe(name_or_path);
  // Messages name the file as the reader would type it.
  std::error_code ignored;
  const fs::path shown = fs::proximate(path, ignored);
  const std::string name =
      !shown.empty() && shown.string().size() < path.string().size() ? shown.string() : path.string();
  Recipe recipe = parse_recipe(read_text_file(path, std::uint64_t{1} << 20), name);
  return recipe;
}

}  // namespace ito::experiments
