// Permutation of axes: y's axis d is x's axis axes[d]; the gradient is the inverse permutation.
#include "kernels/permute/permute.h"

#include <array>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

Tensor permuted(const Tensor& x, std::span<const int> axes) {
  Shape shape = x.shape();
  for (int d = 0; d < x.rank(); ++d) shape.set(d, x.dim(axes[static_cast<std::size_t>(d)]));
  Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  const Tensor packed = x.packed();
  const auto run = [&]<class T>() {
    kernels::permute<T>(context(x), x.shape().extents(), axes, packed.span<T>().data(), y.mutable_span<T>().data());
  };
  if (x.dtype() == DType::i32)
    run.operator()<std::int32_t>();
  else
    with_float_type(x.dtype(), run);
  return y;
}

}  // namespace

Tensor permute(const Tensor& x, std::span<const int> axes) {
  require(x.defined(), "permute() was given an undefined tensor");
  std::array<int, Shape::kMaxRank> inverse;
  inverse.fill(-1);
  bool valid = static_cast<int>(axes.size()) == x.rank();
  for (std::size_t d = 0; valid && d < axes.size(); ++d) {
    valid = axes[d] >= 0 && axes[d] < x.rank() && inverse[static_cast<std::size_t>(axes[d])] < 0;
    if (valid) inverse[static_cast<std::size_t>(axes[d])] = static_cast<int>(d);
  }
  if (!valid) throw InputError("permute(): every axis of shape " + x.shape().text() + " is named once, from 0");
  Tensor y = permuted(x, axes);
  record(
      "permute", y, {x},
      [inverse](const Tensor& dy) {
        return Grads{permuted(dy, std::span(inverse).first(static_cast<std::size_t>(dy.rank())))};
      },
      Keeps::nothing);
  return y;
}

Tensor permute(const Tensor& x, std::initializer_list<int> axes) {
  return permute(x, std::span(axes.begin(), axes.size()));
}

}  // namespace ito
