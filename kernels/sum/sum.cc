#include "kernels/sum/sum.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
double sum(Context& context, std::int64_t n, const T* x) {
  require_backend(context, "sum");
  require(n >= 0, "sum: a size is negative");
  return simd::sum(context, n, x);
}

template <class T>
double dot(Context& context, std::int64_t n, const T* x, const T* y) {
  require_backend(context, "dot");
  require(n >= 0, "dot: a size is negative");
  return simd::dot(context, n, x, y);
}

template <class T>
double sum_of_squares(Context& context, std::int64_t n, const T* x) {
  return dot(context, n, x, x);
}

template <class T>
void sum_columns(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x,
                 T* out) {
  require_backend(context, "sum_columns");
  require(rows >= 0 && columns >= 0 && (row_stride >= columns || rows <= 1),
          "sum_columns: expected rows, columns >= 0 and row_stride >= columns");
  simd::sum_columns(context, rows, columns, row_stride, x, out);
}

template <class T>
void sum_rows(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out,
              bool accumulate) {
  require_backend(context, "sum_rows");
  require(rows >= 0 && columns >= 0 && (row_stride >= columns || rows <= 1),
          "sum_rows: expected rows, columns >= 0 and row_stride >= columns");
  simd::sum_rows(context, rows, columns, row_stride, x, out, accumulate);
}

template <class T>
T maximum(Context& context, std::int64_t n, const T* x) {
  require_backend(context, "maximum");
  require(n >= 0, "maximum: a size is negative");
  return simd::maximum(context, n, x);
}

template <class T>
bool all_finite(Context& context, std::int64_t n, const T* x) {
  require_backend(context, "all_finite");
  require(n >= 0, "all_finite: a size is negative");
  return simd::all_finite(context, n, x);
}

#define ITO_INSTANTIATE(T)                                                                           \
  template double sum<T>(Context&, std::int64_t, const T*);                                          \
  template double dot<T>(Context&, std::int64_t, const T*, const T*);                                \
  template double sum_of_squares<T>(Context&, std::int64_t, const T*);                               \
  template void sum_columns<T>(Context&, std::int64_t, std::int64_t, std::int64_t, const T*, T*);    \
  template void sum_rows<T>(Context&, std::int64_t, std::int64_t, std::int64_t, const T*, T*, bool); \
  template T maximum<T>(Context&, std::int64_t, const T*);                                           \
  template bool all_finite<T>(Context&, std::int64_t, const T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
