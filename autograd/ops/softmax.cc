// Softmax over the last axis and its logarithm; the formulas stand in kernels/softmax.
#include "kernels/softmax/softmax.h"

#include "autograd/ops/ops.h"
#include "autograd/ops/rows.h"
#include "autograd/tape.h"

namespace ito {
namespace {

// One of the kernel's pairs: y from x, and dx from y and dy.
template <class Forward, class Backward>
Tensor over_rows(const char* name, const Tensor& x, const Forward& forward, const Backward& backward) {
  require(x.defined() && x.rank() >= 1, "softmax() takes a tensor with at least one axis");
  const Tensor packed = x.packed();
  Tensor y = Tensor::like(x);
  with_float_type(x.dtype(), [&]<class T>() {
    forward(context(x), row_count(x), row_width(x), packed.span<T>().data(), y.mutable_span<T>().data());
  });
  record(
      name, y, {x},
      [y, backward](const Tensor& dy) {
        const Tensor packed_dy = dy.packed();
        Tensor dx = Tensor::like(dy);
        with_float_type(dy.dtype(), [&]<class T>() {
          backward(context(dy), row_count(dy), row_width(dy), y.span<T>().data(), packed_dy.span<T>().data(),
                   dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      Keeps::output);
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x) {
  return over_rows(
      "softmax", x, [](auto&&... a) { kernels::softmax(a...); }, [](auto&&... a) { kernels::softmax_gradient(a...); });
}

Tensor log_softmax(const Tensor& x) {
  return over_rows(
      "log_softmax", x, [](auto&&... a) { kernels::log_softmax(a...); },
      [](auto&&... a) { kernels::log_softmax_gradient(a...); });
}

}  // namespace ito
