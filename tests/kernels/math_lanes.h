// The elementary functions over arrays, by the lanes of the chosen SIMD target: for tests that hold them against the
// scalar functions.
#pragma once

#include <cstddef>
#include <span>

namespace ito::kernels {

template <class T>
struct LaneFunction {
  const char* name;
  T (*scalar)(T);
  void (*lanes)(std::span<const T> x, std::span<T> y);
};

// One entry for each function of one argument; the lanes run on simd_target().
template <class T>
std::span<const LaneFunction<T>> lane_functions();

template <class T>
void lane_pow(std::span<const T> x, std::span<const T> y, std::span<T> z);

}  // namespace ito::kernels
