#include <cmath>
#include <limits>

#include "kernels/sum/sum.h"

namespace ito::kernels::reference {

template <class T>
double sum(std::int64_t n, const T* x) {
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += x[i];
  return total;
}

template <class T>
double dot(std::int64_t n, const T* x, const T* y) {
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  return total;
}

template <class T>
void sum_columns(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out) {
  for (std::int64_t r = 0; r < rows; ++r) out[r] = static_cast<T>(sum(columns, x + r * row_stride));
}

template <class T>
void sum_rows(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out, bool accumulate) {
  for (std::int64_t c = 0; c < columns; ++c) {
    double total = accumulate ? static_cast<double>(out[c]) : 0;
    for (std::int64_t r = 0; r < rows; ++r) total += x[r * row_stride + c];
    out[c] = static_cast<T>(total);
  }
}

template <class T>
T maximum(std::int64_t n, const T* x) {
  T largest = -std::numeric_limits<T>::infinity();
  for (std::int64_t i = 0; i < n; ++i)
    if (x[i] > largest || std::isnan(x[i])) largest = x[i];
  return largest + T(0);
}

template <class T>
bool all_finite(std::int64_t n, const T* x) {
  for (std::int64_t i = 0; i < n; ++i)
    if (!std::isfinite(x[i])) return false;
  return true;
}

#define ITO_INSTANTIATE(T)                                                                 \
  template double sum<T>(std::int64_t, const T*);                                          \
  template double dot<T>(std::int64_t, const T*, const T*);                                \
  template void sum_columns<T>(std::int64_t, std::int64_t, std::int64_t, const T*, T*);    \
  template void sum_rows<T>(std::int64_t, std::int64_t, std::int64_t, const T*, T*, bool); \
  template T maximum<T>(std::int64_t, const T*);                                           \
  template bool all_finite<T>(std::int64_t, const T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
