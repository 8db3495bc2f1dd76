#include "kernels/pooling/pooling.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

void check_pooling(const Pooling& p) {
  require(p.samples >= 0 && p.height >= 0 && p.width >= 0 && p.channels >= 0, "pooling: a size is negative");
  require(p.height > 0 && p.width > 0, "pooling: expected an image that has pixels");
  require(p.size_h > 0 && p.size_w > 0 && p.stride_h > 0 && p.stride_w > 0,
          "pooling: expected a positive size and stride");
  require(p.padding_h >= 0 && p.padding_w >= 0 && 2 * p.padding_h <= p.size_h && 2 * p.padding_w <= p.size_w,
          "pooling: expected a padding from 0 to half the size");
  require(p.height + 2 * p.padding_h >= p.size_h && p.width + 2 * p.padding_w >= p.size_w,
          "pooling: expected an image at least as large, with its padding, as the window");
}

template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y) {
  require_backend(context, "average_pool");
  check_pooling(p);
  simd::average_pool(context, p, x, y);
}

template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx) {
  require_backend(context, "average_pool_gradient");
  check_pooling(p);
  simd::average_pool_gradient(context, p, dy, dx);
}

template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y) {
  require_backend(context, "max_pool");
  check_pooling(p);
  simd::max_pool(context, p, x, y);
}

template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx) {
  require_backend(context, "max_pool_gradient");
  check_pooling(p);
  simd::max_pool_gradient(context, p, x, y, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                        \
  template void average_pool<T>(Context&, const Pooling&, const T*, T*);          \
  template void average_pool_gradient<T>(Context&, const Pooling&, const T*, T*); \
  template void max_pool<T>(Context&, const Pooling&, const T*, T*);              \
  template void max_pool_gradient<T>(Context&, const Pooling&, const T*, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
