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

template void unary<float>(Context&, Unary, std::int64_t, const float*, float*);
template void unary<double>(Context&, Unary, std::int64_t, const double*, double*);
template void unary_gradient<float>(Context&, Unary, std::int64_t, const float*, const float*, float*);
template void unary_gradient<double>(Context&, Unary, std::int64_t, const double*, const double*, double*);
template void binary<float>(Context&, Binary, Broadcast, std::int64_t, std::int64_t, const float*, const float*,
                            float*);
template void binary<double>(Context&, Binary, Broadcast, std::int64_t, std::int64_t, const double*, const double*,
                             double*);
template void affine<float>(Context&, std::int64_t, double, const float*, double, float*);
template void affine<double>(Context&, std::int64_t, double, const double*, double, double*);
template void add_scaled<float>(Context&, std::int64_t, double, const float*, float*);
template void add_scaled<double>(Context&, std::int64_t, double, const double*, double*);
template void clamp<float>(Context&, std::int64_t, double, double, const float*, float*);
template void clamp<double>(Context&, std::int64_t, double, double, const double*, double*);
template void clamp_gradient<float>(Context&, std::int64_t, double, double, const float*, const float*, float*);
template void clamp_gradient<double>(Context&, std::int64_t, double, double, const double*, const double*, double*);

}  // namespace ito::kernels
