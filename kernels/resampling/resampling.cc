#include "kernels/resampling/resampling.h"

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

void check(const Context& context, const char* kernel, const ImageShape& shape) {
  require_backend(context, kernel);
  require(shape.samples >= 0 && shape.height >= 0 && shape.width >= 0 && shape.channels >= 0,
          "resampling: a size is negative");
}

void check_factors(const Context& context, const char* kernel, const ImageShape& shape, std::int64_t factor_h,
                   std::int64_t factor_w) {
  check(context, kernel, shape);
  require(factor_h > 0 && factor_w > 0, "upsample_nearest: expected positive factors");
}

void check_sizes(const Context& context, const char* kernel, const ImageShape& shape, std::int64_t out_height,
                 std::int64_t out_width) {
  check(context, kernel, shape);
  require(out_height >= 0 && out_width >= 0, "resize_bilinear: a size is negative");
  require((shape.height > 0 || out_height == 0) && (shape.width > 0 || out_width == 0),
          "resize_bilinear: expected an image that is not empty");
}

}  // namespace

template <class T>
void upsample_nearest(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                      const T* x, T* y) {
  check_factors(context, "upsample_nearest", shape, factor_h, factor_w);
  simd::upsample_nearest(context, shape, factor_h, factor_w, x, y);
}

template <class T>
void upsample_nearest_gradient(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                               const T* dy, T* dx) {
  check_factors(context, "upsample_nearest_gradient", shape, factor_h, factor_w);
  simd::upsample_nearest_gradient(context, shape, factor_h, factor_w, dy, dx);
}

template <class T>
void resize_bilinear(Context& context, const ImageShape& shape, std::int64_t out_height, std::int64_t out_width,
                     const T* x, T* y) {
  check_sizes(context, "resize_bilinear", shape, out_height, out_width);
  simd::resize_bilinear(context, shape, out_height, out_width, x, y);
}

template <class T>
void resize_bilinear_gradient(Context& context, const ImageShape& shape, std::int64_t out_height,
                              std::int64_t out_width, const T* dy, T* dx) {
  check_sizes(context, "resize_bilinear_gradient", shape, out_height, out_width);
  simd::resize_bilinear_gradient(context, shape, out_height, out_width, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                                                           \
  template void upsample_nearest<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);          \
  template void upsample_nearest_gradient<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*); \
  template void resize_bilinear<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);           \
  template void resize_bilinear_gradient<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
