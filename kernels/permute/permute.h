// Permutation of axes, as NumPy's transpose(x, axes):
//
//   y[i_0, ..., i_{r-1}] = x[j],  j_{axes[d]} = i_d,     so y's size along d is shape[axes[d]]
//
// x and y are contiguous, row-major, rank 0 to kMaxPermuteRank, and do not overlap. T is float, double or int32_t.
// InputError when axes is not a permutation of 0 .. rank - 1.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/core/context.h"

namespace ito::kernels {

inline constexpr int kMaxPermuteRank = 6;

// shape is x's.
template <class T>
void permute(Context& context, std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y);

// y [columns, rows] = transpose of x [rows, columns].
template <class T>
void transpose(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y);

// Index arithmetic element by element: to read, and to test against.
namespace reference {
template <class T>
void permute(std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y);
}  // namespace reference

namespace simd {
template <class T>
void permute(Context& context, std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y);
}  // namespace simd

}  // namespace ito::kernels
