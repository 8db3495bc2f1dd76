// Nearest upsampling and bilinear resizing of images; formulas and gradients in kernels/resampling.
#include "kernels/resampling/resampling.h"

#include <string>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

kernels::ImageShape image_shape(const char* name, const Tensor& x) {
  require(x.defined(), (std::string(name) + "() was given an undefined tensor").c_str());
  if (x.rank() != 4)
    throw InputError(std::string(name) + "(): takes [N, H, W, C], not " + dtype_name(x.dtype()) + " " +
                     x.shape().text());
  return {x.dim(0), x.dim(1), x.dim(2), x.dim(3)};
}

// y from x, dx from dy: forward and backward take (context, shape, from, to).
template <class Forward, class Backward>
Tensor resampled(const char* name, const Tensor& x, const kernels::ImageShape& s, std::int64_t out_h,
                 std::int64_t out_w, const Forward& forward, const Backward& backward) {
  const Tensor packed = x.packed();
  Tensor y = Tensor::empty({s.samples, out_h, out_w, s.channels}, x.dtype(), x.device());
  with_float_type(x.dtype(),
                  [&]<class T>() { forward(context(x), s, packed.span<T>().data(), y.mutable_span<T>().data()); });
  record(
      name, y, {x},
      [s, backward](const Tensor& dy) {
        const Tensor packed_dy = dy.packed();
        Tensor dx = Tensor::empty({s.samples, s.height, s.width, s.channels}, dy.dtype(), dy.device());
        with_float_type(dy.dtype(), [&]<class T>() {
          backward(context(dy), s, packed_dy.span<T>().data(), dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      Keeps::nothing);
  return y;
}

}  // namespace

Tensor upsample_nearest(const Tensor& x, std::int64_t factor) {
  const kernels::ImageShape s = image_shape("upsample_nearest", x);
  if (factor < 1) throw InputError("upsample_nearest(): a factor of " + std::to_string(factor) + " is not positive");
  return resampled(
      "upsample_nearest", x, s, s.height * factor, s.width * factor,
      [factor](Context& c, const auto& shape, const auto* from, auto* to) {
        kernels::upsample_nearest(c, shape, factor, factor, from, to);
      },
      [factor](Context& c, const auto& shape, const auto* from, auto* to) {
        kernels::upsample_nearest_gradient(c, shape, factor, factor, from, to);
      });
}

Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width) {
  const kernels::ImageShape s = image_shape("resize_bilinear", x);
  if (height < 1 || width < 1 || s.height < 1 || s.width < 1)
    throw InputError("resize_bilinear(): " + x.shape().text() + " to height " + std::to_string(height) + " and width " +
                     std::to_string(width) + ": expected positive ones");
  return resampled(
      "resize_bilinear", x, s, height, width,
      [height, width](Context& c, const auto& shape, const auto* from, auto* to) {
        kernels::resize_bilinear(c, shape, height, width, from, to);
      },
      [height, width](Context& c, const auto& shape, const auto* from, auto* to) {
        kernels::resize_bilinear_gradient(c, shape, height, width, from, to);
      });
}

}  // namespace ito
