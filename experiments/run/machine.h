// What this program runs on and with.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ito::experiments {

std::string cpu_name();
// The NVIDIA driver's line; nothing where there is none.
std::optional<std::string> gpu_name();
// Libraries and data packages, with their versions.
std::vector<std::pair<std::string, std::string>> library_versions();
// Processor, SIMD target, threads, compiler: "name: value" lines.
std::string machine_text();

}  // namespace ito::experiments
