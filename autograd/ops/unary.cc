// y = f(x) element by element; the formulas of f and f' stand in kernels/elementwise.
#include "autograd/ops/unary.h"

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

using kernels::Unary;

Tensor unary(const char* name, Unary f, const Tensor& x) {
  require(x.defined(), "an elementwise operator was given an undefined tensor");
  const Tensor packed = x.packed();
  Tensor y = Tensor::like(x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::unary<T>(context(x), f, x.size(), packed.span<T>().data(), y.mutable_span<T>().data());
  });
  const bool keeps_output = kernels::gradient_reads_output(f);
  record(
      name, y, {x},
      [f, saved = keeps_output ? y : packed](Tensor dy) { return Grads{unary_gradient(f, saved, std::move(dy))}; },
      keeps_output     ? Keeps::output
      : x.contiguous() ? Keeps::inputs
                       : Keeps::nothing);  // a copy, which nobody else can overwrite
  return y;
}

}  // namespace

Tensor unary_gradient(Unary f, const Tensor& saved, Tensor dy) {
  const bool in_place = dy.sole_owner() && dy.contiguous();
  Tensor dx = in_place ? dy : Tensor::like(dy);
  const Tensor packed = dy.packed();
  with_float_type(dy.dtype(), [&]<class T>() {
    kernels::unary_gradient<T>(context(dy), f, dy.size(), saved.span<T>().data(), packed.span<T>().data(),
                               dx.mutable_span<T>().data());
  });
  return dx;
}

Tensor square(const Tensor& x) { return unary("square", Unary::square, x); }
Tensor sqrt(const Tensor& x) { return unary("sqrt", Unary::square_root, x); }
Tensor exp(const Tensor& x) { return unary("exp", Unary::exp, x); }
Tensor log(const Tensor& x) { return unary("log", Unary::log, x); }
Tensor tanh(const Tensor& x) { return unary("tanh", Unary::tanh, x); }
Tensor sigmoid(const Tensor& x) { return unary("sigmoid", Unary::sigmoid, x); }
Tensor silu(const Tensor& x) { return unary("silu", Unary::silu, x); }
Tensor gelu(const Tensor& x) { return unary("gelu", Unary::gelu, x); }
Tensor gelu_tanh(const Tensor& x) { return unary("gelu_tanh", Unary::gelu_tanh, x); }

Tensor clamp(const Tensor& x, double low, double high) {
  require(x.defined(), "clamp() was given an undefined tensor");
  const Tensor packed = x.packed();
  Tensor y = Tensor::like(x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::clamp<T>(context(x), x.size(), low, high, packed.span<T>().data(), y.mutable_span<T>().data());
  });
  record(
      "clamp", y, {x},
      [packed, low, high](const Tensor& dy) {
        const Tensor packed_dy = dy.packed();
        Tensor dx = Tensor::like(dy);
        with_float_type(dy.dtype(), [&]<class T>() {
          kernels::clamp_gradient<T>(context(dy), dy.size(), low, high, packed.span<T>().data(),
                                     packed_dy.span<T>().data(), dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      x.contiguous() ? Keeps::inputs : Keeps::nothing);
  return y;
}

}  // namespace ito
