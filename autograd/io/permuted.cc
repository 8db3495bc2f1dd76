#include "autograd/io/permuted.h"

#include "kernels/permute/permute.h"

namespace ito {

Tensor permuted(const Tensor& x, std::span<const int> axes) {
  require(static_cast<int>(axes.size()) == x.rank(), "permuted: as many axes as the tensor has are needed");
  Shape shape = x.shape();
  for (int a = 0; a < x.rank(); ++a) shape.set(a, x.dim(axes[static_cast<std::size_t>(a)]));
  Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  const auto run = [&]<class T>() {
    kernels::permute<T>(context(x), x.shape().extents(), axes, x.span<T>().data(), y.mutable_span<T>().data());
  };
  if (x.dtype() == DType::i32)
    run.template operator()<std::int32_t>();
  else
    with_float_type(x.dtype(), run);
  return y;
}

}  // namespace ito
