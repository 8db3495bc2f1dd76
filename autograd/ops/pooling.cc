// Average and maximum over windows; formulas and gradients in kernels/pooling.
#include "kernels/pooling/pooling.h"

#include <string>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

kernels::Pooling checked(const char* name, const Tensor& x, const PoolOptions& options) {
  require(x.defined(), (std::string(name) + "() was given an undefined tensor").c_str());
  if (x.rank() != 4)
    throw InputError(std::string(name) + "(): takes [N, H, W, C], not " + dtype_name(x.dtype()) + " " +
                     x.shape().text());
  const std::int64_t stride = options.stride == 0 ? options.size : options.stride;
  const kernels::Pooling p{.samples = x.dim(0),
                           .height = x.dim(1),
                           .width = x.dim(2),
                           .channels = x.dim(3),
                           .size_h = options.size,
                           .size_w = options.size,
                           .stride_h = stride,
                           .stride_w = stride,
                           .padding_h = options.padding,
                           .padding_w = options.padding,
                           .count_include_pad = options.count_include_pad};
  kernels::check_pooling(p);
  return p;
}

Tensor pooled(const kernels::Pooling& p, const Tensor& x) {
  return Tensor::empty({p.samples, p.out_height(), p.out_width(), p.channels}, x.dtype(), x.device());
}

Tensor unpooled(const kernels::Pooling& p, const Tensor& dy) {
  return Tensor::empty({p.samples, p.height, p.width, p.channels}, dy.dtype(), dy.device());
}

}  // namespace

Tensor average_pool(const Tensor& x, const PoolOptions& options) {
  const kernels::Pooling p = checked("average_pool", x, options);
  const Tensor packed = x.packed();
  Tensor y = pooled(p, x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::average_pool<T>(context(x), p, packed.span<T>().data(), y.mutable_span<T>().data());
  });
  record(
      "average_pool", y, {x},
      [p](const Tensor& dy) {
        const Tensor packed_dy = dy.packed();
        Tensor dx = unpooled(p, dy);
        with_float_type(dy.dtype(), [&]<class T>() {
          kernels::average_pool_gradient<T>(context(dy), p, packed_dy.span<T>().data(), dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      Keeps::nothing);
  return y;
}

Tensor max_pool(const Tensor& x, const PoolOptions& options) {
  const kernels::Pooling p = checked("max_pool", x, options);
  const Tensor packed = x.packed();
  Tensor y = pooled(p, x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::max_pool<T>(context(x), p, packed.span<T>().data(), y.mutable_span<T>().data());
  });
  record(
      "max_pool", y, {x},
      [p, packed, y](const Tensor& dy) {
        const Tensor packed_dy = dy.packed();
        Tensor dx = unpooled(p, dy);
        with_float_type(dy.dtype(), [&]<class T>() {
          kernels::max_pool_gradient<T>(context(dy), p, packed.span<T>().data(), y.span<T>().data(),
                                        packed_dy.span<T>().data(), dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      Keeps::inputs_and_output);
  return y;
}

}  // namespace ito
