// The `numerics` of everything below the registered entries: kernels, operators, the order of draws in the runner.
#pragma once

namespace ito::experiments {

// Raised when a change there alters bits; enters the keys of trainings and of cells.
inline constexpr int kCoreNumerics = 1;

}  // namespace ito::experiments
