#include "experiments/run/machine.h"

#include <fmt/core.h>
#include <hwy/highway.h>
#include <openssl/crypto.h>
#include <png.h>
#include <sqlite3.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "kernels/core/context.h"
#include "kernels/core/simd_target.h"

namespace ito::experiments {
namespace {

// The first line of a file that starts with `start`, from `from` on.
std::optional<std::string> line_of(const char* path, const std::string& start) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(start)) return line;
  return std::nullopt;
}

std::string program_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  folders += ':';
  for (std::size_t begin = 0, end = 0; (end = folders.find(':', begin)) != std::string::npos; begin = end + 1) {
    const std::string candidate = folders.substr(begin, end - begin) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "not installed";
}

}  // namespace

std::string cpu_name() {
  const auto line = line_of("/proc/cpuinfo", "model name");
  if (!line) return "unknown";
  const std::size_t colon = line->find(": ");
  return colon == std::string::npos ? "unknown" : line->substr(colon + 2);
}

std::optional<std::string> gpu_name() {
  auto line = line_of("/proc/driver/nvidia/version", "NVRM version:");
  if (line) line->erase(0, std::string("NVRM version:").size());
  return line;
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const auto version = [](int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  };
  const char* data = std::getenv("ITO_DATA");
  const std::filesystem::path fashion = data != nullptr ? data : "/usr/share/datasets/fashion-mnist";
  std::error_code ignored;
  return {{"highway", version(HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
          {"fmt", version(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"sqlite", sqlite3_libversion()},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"zlib", zlibVersion()},
          {"libpng", png_get_libpng_ver(nullptr)},
          {"compiler", __VERSION__},
          {"gnuplot", program_in_path("gnuplot")},
          {"fashion-mnist", std::filesystem::exists(fashion, ignored) ? fashion.string() : "not installed"}};
}

std::string machine_text() {
  return "processor: " + cpu_name() + "\nsimd: " + std::string(simd_target_name(simd_target())) +
         "\nthreads: " + std::to_string(default_context().threads) + "\ncompiler: " __VERSION__ + "\n";
}

}  // namespace ito::experiments
