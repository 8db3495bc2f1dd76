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

template double sum<float>(Context&, std::int64_t, const float*);
template double sum<double>(Context&, std::int64_t, const double*);
template double dot<float>(Context&, std::int64_t, const float*, const float*);
template double dot<double>(Context&, std::int64_t, const double*, const double*);
template double sum_of_squares<float>(Context&, std::int64_t, const float*);
template double sum_of_squares<double>(Context&, std::int64_t, const double*);
template void sum_columns<float>(Context&, std::int64_t, std::int64_t, std::int64_t, const float*, float*);
template void sum_columns<double>(Context&, std::int64_t, std::int64_t, std::int64_t, const double*, double*);
template void sum_rows<float>(Context&, std::int64_t, std::int64_t, std::int64_t, const float*, float*, bool);
template void sum_rows<double>(Context&, std::int64_t, std::int64_t, std::int64_t, const double*, double*, bool);
template float maximum<float>(Context&, std::int64_t, const float*);
template double maximum<double>(Context&, std::int64_t, const double*);
template bool all_finite<float>(Context&, std::int64_t, const float*);
template bool all_finite<double>(Context&, std::int64_t, const double*);

}  // namespace ito::kernels
