#include "kernels/elementwise/elementwise.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void unary(Context& context, Unary f, std::int64_t n, const T* x, T* y) {
  require_backend(context, "unary");
  require(n >= 0, "unary: a size is negative");
  simd::unary(context, f, n, x, y);
}

template <class T>
void unary_gradient(Context& context, Unary f, std::int64_t n, const T* saved, const T* dy, T* dx) {
  require_backend(context, "unary_gradient");
  require(n >= 0, "unary_gradient: a size is negative");
  simd::unary_gradient(context, f, n, saved, dy, dx);
}

template <class T>
void binary(Context& context, Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a,
            const T* b, T* y) {
  require_backend(context, "binary");
  require(rows >= 0 && columns >= 0, "binary: a size is negative");
  simd::binary(context, op, broadcast, rows, columns, a, b, y);
}

template <class T>
void affine(Context& context, std::int64_t n, double scale, const T* x, double shift, T* y) {
  require_backend(context, "affine");
  require(n >= 0, "affine: a size is negative");
  simd::affine(context, n, scale, x, shift, y);
}

template <class T>
void add_scaled(Context& context, std::int64_t n, double scale, const T* x, T* y) {
  require_backend(context, "add_scaled");
  require(n >= 0, "add_scaled: a size is negative");
  simd::add_scaled(context, n, scale, x, y);
}

template <class T>
void clamp(Context& context, std::int64_t n, double low, double high, const T* x, T* y) {
  require_backend(context, "clamp");
  require(n >= 0, "clamp: a size is negative");
  require(low <= high, "clamp: expected low <= high");
  simd::clamp(context, n, low, high, x, y);
}

template <class T>
void clamp_gradient(Context& context, std::int64_t n, double low, double high, const T* x, const T* dy, T* dx) {
  require_backend(context, "clamp_gradient");
  require(n >= 0, "clamp_gradient: a size is negative");
  require(low <= high, "clamp_gradient: expected low <= high");
  simd::clamp_gradient(context, n, low, high, x, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                                                  \
  template void unary<T>(Context&, Unary, std::int64_t, const T*, T*);                                      \
  template void unary_gradient<T>(Context&, Unary, std::int64_t, const T*, const T*, T*);                   \
  template void binary<T>(Context&, Binary, Broadcast, std::int64_t, std::int64_t, const T*, const T*, T*); \
  template void affine<T>(Context&, std::int64_t, double, const T*, double, T*);                            \
  template void add_scaled<T>(Context&, std::int64_t, double, const T*, T*);                                \
  template void clamp<T>(Context&, std::int64_t, double, double, const T*, T*);                             \
  template void clamp_gradient<T>(Context&, std::int64_t, double, double, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
