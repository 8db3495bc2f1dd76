#include "experiments/data/fit_cache.h"

#include <cstdlib>

#include "autograd/io/safetensors.h"
#include "autograd/io/sha256.h"
#include "experiments/recipe/source_tree.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

std::string tensors_hash(const Fit& fit) {
  Sha256 hash;
  for (const auto& [name, x] : fit) hash.text(name).tensor(x);
  return hash.hex();
}

// Empty when there is none that can be trusted.
Fit read_fit(const fs::path& path, const std::string& key) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  try {
    const TensorFile file = load_safetensors(path);
    const auto stored_key = file.metadata.find("key"), stored_hash = file.metadata.find("tensors");
    if (stored_key == file.metadata.end() || stored_key->second != key) return {};
    if (stored_hash == file.metadata.end() || stored_hash->second != tensors_hash(file.tensors)) return {};
    return file.tensors;
  } catch (const Error&) {
    return {};
  }
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

}  // namespace

fs::path cache_folder() {
  if (const char* given = environment("ITO_CACHE")) return given;
  if (const fs::path tree = source_tree(); !tree.empty()) return tree / "build/cache";
  if (const char* xdg = environment("XDG_CACHE_HOME")) return fs::path(xdg) / "ito";
  if (const char* home = environment("HOME")) return fs::path(home) / ".cache/ito";
  return {};
}

Fit cached_fit(const std::string& key, const std::function<Fit()>& fit) {
  const fs::path folder = cache_folder();
  const fs::path path = folder / ("fit-" + sha256_hex(key) + ".safetensors");
  if (!folder.empty())
    if (Fit kept = read_fit(path, key); !kept.empty()) return kept;
  Fit fresh = fit();
  try {
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    if (!folder.empty()) save_safetensors(path, {fresh, {{"key", key}, {"tensors", tensors_hash(fresh)}}});
  } catch (const Error&) {
    // The fit is used all the same.
  }
  return fresh;
}

}  // namespace ito::experiments
