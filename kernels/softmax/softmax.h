// Softmax over the rows of x [rows, columns], its logarithm and its normaliser, with their gradients.
//
//   m = max_j x_j;   e_j = exp(x_j - m);   l = sum_j e_j
//   softmax:      y_j = e_j / l                     dx_j = y_j (dy_j - s),  s = sum_j y_j dy_j
//   log_softmax:  y_j = (x_j - m) - log l           dx_j = fma(-exp(y_j), s, dy_j),  s = sum_j dy_j
//   log_sum_exp:  out = m + log l                   dx_j = dout exp(x_j - out)
//
// Sums run in the contract's contiguous order and are rounded to T. exp(-inf) = +0 and exp(0) = 1 exactly, so a masked
// element (-inf) changes no bit of the others. A row that is -inf throughout gives a softmax of +0, a log_softmax and
// log_sum_exp of -inf, and gradients of +0. A row holding NaN or +inf gives NaN.
//
// Rows start row_stride elements apart in every matrix (0: `columns`); out and dout are [rows], contiguous. An output
// may be one of its inputs, else they must not overlap. T is float or double.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

template <class T>
void softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride = 0);
template <class T>
void log_softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y,
                 std::int64_t row_stride = 0);
template <class T>
void log_sum_exp(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* out,
                 std::int64_t row_stride = 0);

// From y, the result (x and out, for log_sum_exp).
template <class T>
void softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride = 0);
template <class T>
void log_softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride = 0);
template <class T>
void log_sum_exp_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* x, const T* out,
                          const T* dout, T* dx, std::int64_t row_stride = 0);

namespace reference {  // plain loops in double
template <class T>
void softmax(std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride);
template <class T>
void log_softmax(std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride);
template <class T>
void log_sum_exp(std::int64_t rows, std::int64_t columns, const T* x, T* out, std::int64_t row_stride);
template <class T>
void softmax_gradient(std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx, std::int64_t row_stride);
template <class T>
void log_softmax_gradient(std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride);
template <class T>
void log_sum_exp_gradient(std::int64_t rows, std::int64_t columns, const T* x, const T* out, const T* dout, T* dx,
                          std::int64_t row_stride);
}  // namespace reference

namespace simd {
template <class T>
void softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride);
template <class T>
void log_softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride);
template <class T>
void log_sum_exp(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* out,
                 std::int64_t row_stride);
template <class T>
void softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride);
template <class T>
void log_softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride);
template <class T>
void log_sum_exp_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* x, const T* out,
                          const T* dout, T* dx, std::int64_t row_stride);
}  // namespace simd

}  // namespace ito::kernels
