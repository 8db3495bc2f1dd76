#pragma once

namespace ito::experiments {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace ito::experiments
