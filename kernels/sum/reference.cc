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

template double sum<float>(std::int64_t, const float*);
template double sum<double>(std::int64_t, const double*);
template double dot<float>(std::int64_t, const float*, const float*);
template double dot<double>(std::int64_t, const double*, const double*);
template void sum_columns<float>(std::int64_t, std::int64_t, std::int64_t, const float*, float*);
template void sum_columns<double>(std::int64_t, std::int64_t, std::int64_t, const double*, double*);
template void sum_rows<float>(std::int64_t, std::int64_t, std::int64_t, const float*, float*, bool);
template void sum_rows<double>(std::int64_t, std::int64_t, std::int64_t, const double*, double*, bool);
template float maximum<float>(std::int64_t, const float*);
template double maximum<double>(std::int64_t, const double*);
template bool all_finite<float>(std::int64_t, const float*);
template bool all_finite<double>(std::int64_t, const double*);

}  // namespace ito::kernels::reference
