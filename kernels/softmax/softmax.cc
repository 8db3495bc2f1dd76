#include "kernels/softmax/softmax.h"

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

// Checks what all six share; the row stride with 0 replaced.
std::int64_t checked_stride(const Context& context, const char* kernel, std::int64_t rows, std::int64_t columns,
                            std::int64_t row_stride) {
  require_backend(context, kernel);
  require(rows >= 0 && columns >= 0, "softmax: a size is negative");
  require(row_stride == 0 || row_stride >= columns, "softmax: expected row_stride = 0 or >= columns");
  return row_stride == 0 ? columns : row_stride;
}

}  // namespace

template <class T>
void softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  row_stride = checked_stride(context, "softmax", rows, columns, row_stride);
  simd::softmax(context, rows, columns, x, y, row_stride);
}

template <class T>
void log_softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  row_stride = checked_stride(context, "log_softmax", rows, columns, row_stride);
  simd::log_softmax(context, rows, columns, x, y, row_stride);
}

template <class T>
void log_sum_exp(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* out,
                 std::int64_t row_stride) {
  row_stride = checked_stride(context, "log_sum_exp", rows, columns, row_stride);
  simd::log_sum_exp(context, rows, columns, x, out, row_stride);
}

template <class T>
void softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride) {
  row_stride = checked_stride(context, "softmax_gradient", rows, columns, row_stride);
  simd::softmax_gradient(context, rows, columns, y, dy, dx, row_stride);
}

template <class T>
void log_softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride) {
  row_stride = checked_stride(context, "log_softmax_gradient", rows, columns, row_stride);
  simd::log_softmax_gradient(context, rows, columns, y, dy, dx, row_stride);
}

template <class T>
void log_sum_exp_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* x, const T* out,
                          const T* dout, T* dx, std::int64_t row_stride) {
  row_stride = checked_stride(context, "log_sum_exp_gradient", rows, columns, row_stride);
  simd::log_sum_exp_gradient(context, rows, columns, x, out, dout, dx, row_stride);
}

#define ITO_INSTANTIATE(T)                                                                                           \
  template void softmax<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                        \
  template void log_softmax<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void log_sum_exp<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void softmax_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t);     \
  template void log_softmax_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t); \
  template void log_sum_exp_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, const T*, T*,      \
                                        std::int64_t);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
