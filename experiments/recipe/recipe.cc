#include "experiments/recipe/recipe.h"

#include <algorithm>

#include "autograd/io/atomic_file.h"
#include "experiments/recipe/source_tree.h"
#include "samplers/registry.h"

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

Location wrong_part(const Item& item, std::string_view key, const std::vector<std::string>& valid) {
  std::size_t end = 0;
  for (const Location& part : item.parts) {
    end = std::min(key.find('.', end + (end > 0)), key.size());
    const std::string_view prefix = key.substr(0, end);
    const bool known = std::any_of(valid.begin(), valid.end(), [&](const std::string& name) {
      return name.starts_with(prefix) && (name.size() == end || name[end] == '.');
    });
    if (!known) return part;
  }
  return item.key;
}

void refuse(const Location& where, const std::string& message) { throw InputError(where.text() + ": " + message); }

std::vector<fs::path> recipe_folders() {
  std::vector<fs::path> folders;
  std::error_code ignored;
  if (const fs::path tree = source_tree(); !tree.empty()) folders.push_back(tree / "experiments" / "recipes");
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) folders.push_back(program.parent_path().parent_path() / "share" / "ito" / "recipes");
  std::erase_if(folders, [](const fs::path& folder) {
    std::error_code unreadable;
    return !fs::is_directory(folder, unreadable);
  });
  return folders;
}

fs::path find_recipe(const std::string& name_or_path) {
  if (name_or_path.empty()) throw InputError("a recipe's name is empty");
  std::error_code ignored;
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
  if (is_path) {
    if (!fs::is_regular_file(name_or_path, ignored)) throw InputError(name_or_path + ": no such recipe file");
    return name_or_path;
  }
  std::vector<std::string> names;
  for (const fs::path& folder : recipe_folders()) {
    const fs::path candidate = folder / (name_or_path + ".toml");
    if (fs::is_regular_file(candidate, ignored)) return candidate;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  throw InputError("no recipe is called '" + name_or_path + "'" +
                   (names.empty() ? ": this is not inside a source tree, and none are installed beside the program"
                                  : "; nearest: " + nearest_name(name_or_path, names)) +
                   " (a path ends in .toml)");
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
