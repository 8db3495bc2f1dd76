// Sums in the contract's fixed order.
//
//   contiguous:  chunks of kReductionChunk; in a chunk lane i of kReductionLanes starts at +0 and takes elements i,
//                i + 16, ...; lanes fold 8, 4, 2, 1 (lane j += lane j + w); chunk sums are added ascending, in double.
//   over rows:   rows of a [rows, columns] matrix in blocks of kRowBlock, each block from +0 ascending, blocks then
//                added ascending; lanes run over columns. In T.
// T is float or double. Values that overflow give Inf or NaN as IEEE arithmetic does.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

template <class T>
double sum(Context& context, std::int64_t n, const T* x);

// sum of x[i] * y[i]: a lane's chain is fma(x, y, lane).
template <class T>
double dot(Context& context, std::int64_t n, const T* x, const T* y);

// sum of squares: dot(x, x).
template <class T>
double sum_of_squares(Context& context, std::int64_t n, const T* x);

// out[r] = contiguous sum of row r of x [rows, columns] (row stride in elements). out is [rows], rounded to T.
template <class T>
void sum_columns(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x,
                 T* out);

// out[c] = sum over rows of x [rows, columns], the rule for rows; accumulate adds the finished total to out.
template <class T>
void sum_rows(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out,
              bool accumulate = false);

// The largest element (a zero is +0); -inf for n = 0; NaN if any element is NaN.
template <class T>
T maximum(Context& context, std::int64_t n, const T* x);

// True when every element is finite.
template <class T>
bool all_finite(Context& context, std::int64_t n, const T* x);

namespace reference {  // plain loops, double accumulation
template <class T>
double sum(std::int64_t n, const T* x);
template <class T>
double dot(std::int64_t n, const T* x, const T* y);
template <class T>
void sum_columns(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out);
template <class T>
void sum_rows(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out, bool accumulate);
template <class T>
T maximum(std::int64_t n, const T* x);
template <class T>
bool all_finite(std::int64_t n, const T* x);
}  // namespace reference

namespace simd {
template <class T>
double sum(Context& context, std::int64_t n, const T* x);
template <class T>
double dot(Context& context, std::int64_t n, const T* x, const T* y);
template <class T>
void sum_columns(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x,
                 T* out);
template <class T>
void sum_rows(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out,
              bool accumulate);
template <class T>
T maximum(Context& context, std::int64_t n, const T* x);
template <class T>
bool all_finite(Context& context, std::int64_t n, const T* x);
}  // namespace simd

}  // namespace ito::kernels
