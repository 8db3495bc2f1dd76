#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/softmax/softmax.h"

namespace ito::kernels::reference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// m + log l of one row, in double.
template <class T>
double normaliser(std::int64_t columns, const T* x) {
  double m = -kInfinity, l = 0;
  for (std::int64_t j = 0; j < columns; ++j) m = std::max(m, static_cast<double>(x[j]));
  if (m == -kInfinity) return m;
  for (std::int64_t j = 0; j < columns; ++j) l += std::exp(static_cast<double>(x[j]) - m);
  return m + std::log(l);
}

}  // namespace

template <class T>
void softmax(std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride, y += row_stride) {
    const double z = normaliser(columns, x);
    for (std::int64_t j = 0; j < columns; ++j)
      y[j] = z == -kInfinity ? T(0) : static_cast<T>(std::exp(static_cast<double>(x[j]) - z));
  }
}

template <class T>
void log_softmax(std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride, y += row_stride) {
    const double z = normaliser(columns, x);
    for (std::int64_t j = 0; j < columns; ++j)
      y[j] = static_cast<T>(z == -kInfinity ? z : static_cast<double>(x[j]) - z);
  }
}

template <class T>
void log_sum_exp(std::int64_t rows, std::int64_t columns, const T* x, T* out, std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r) out[r] = static_cast<T>(normaliser(columns, x + r * row_stride));
}

template <class T>
void softmax_gradient(std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r, y += row_stride, dy += row_stride, dx += row_stride) {
    double s = 0;
    for (std::int64_t j = 0; j < columns; ++j) s += static_cast<double>(y[j]) * static_cast<double>(dy[j]);
    for (std::int64_t j = 0; j < columns; ++j)
      dx[j] = static_cast<T>(static_cast<double>(y[j]) * (static_cast<double>(dy[j]) - s));
  }
}

template <class T>
void log_softmax_gradient(std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r, y += row_stride, dy += row_stride, dx += row_stride) {
    double s = 0;
    bool empty = true;
    for (std::int64_t j = 0; j < columns; ++j) {
      s += static_cast<double>(dy[j]);
      empty = empty && static_cast<double>(y[j]) == -kInfinity;
    }
    for (std::int64_t j = 0; j < columns; ++j)
      dx[j] = empty ? T(0) : static_cast<T>(static_cast<double>(dy[j]) - std::exp(static_cast<double>(y[j])) * s);
  }
}

template <class T>
void log_sum_exp_gradient(std::int64_t rows, std::int64_t columns, const T* x, const T* out, const T* dout, T* dx,
                          std::int64_t row_stride) {
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride, dx += row_stride)
    for (std::int64_t j = 0; j < columns; ++j) {
      const double z = static_cast<double>(out[r]);
      dx[j] = z == -kInfinity ? T(0)
                              : static_cast<T>(static_cast<double>(dout[r]) * std::exp(static_cast<double>(x[j]) - z));
    }
}

#define ITO_INSTANTIATE(T)                                                                                 \
  template void softmax<T>(std::int64_t, std::int64_t, const T*, T*, std::int64_t);                        \
  template void log_softmax<T>(std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void log_sum_exp<T>(std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void softmax_gradient<T>(std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t);     \
  template void log_softmax_gradient<T>(std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t); \
  template void log_sum_exp_gradient<T>(std::int64_t, std::int64_t, const T*, const T*, const T*, T*, std::int64_t);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
