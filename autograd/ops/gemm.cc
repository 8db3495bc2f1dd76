// Matrix products and the linear layer. For C = op(A) op(B) and a gradient dC:
//
//   nn  C = A B      dA = dC B^T      dB = A^T dC
//   nt  C = A B^T    dA = dC B        dB = dC^T A
//   tn  C = A^T B    dA = B dC^T      dB = A dC
//
// linear: z = x W + b, y = activation(z):   dz = activation'(z) dy,   db = sum of dz's rows,   dW = x^T dz,   dx = dz
// W^T
#include "kernels/gemm/gemm.h"

#include <array>
#include <string>

#include "autograd/ops/activation.h"
#include "autograd/ops/ops.h"
#include "autograd/ops/rows.h"
#include "autograd/tape.h"

namespace ito {
namespace {

[[noreturn]] void refuse(const char* name, const Tensor& a, const Tensor& b) {
  throw InputError(std::string(name) + "(): " + dtype_name(a.dtype()) + " " + a.shape().text() + " and " +
                   dtype_name(b.dtype()) + " " + b.shape().text() + " do not fit");
}

// How a tensor is read as a factor: a stack of matrices (its last two axes), or one matrix of all its rows, which are
// evenly spaced in every view.
struct Factor {
  const Tensor& x;
  bool transposed;
  std::int64_t batch;
  std::int64_t rows;  // as stored
  std::int64_t columns;
};

Factor stacked(const Tensor& x, bool transposed) {
  std::int64_t batch = 1;
  for (int axis = 0; axis + 2 < x.rank(); ++axis) batch *= x.dim(axis);
  return {x, transposed, batch, x.dim(-2), x.dim(-1)};
}
Factor flat(const Tensor& x, bool transposed) { return {x, transposed, 1, row_count(x), row_width(x)}; }

template <class T>
kernels::GemmOperand<T> operand(const Factor& f) {
  return {f.x.rows<T>().data, f.x.row_stride(), f.transposed, f.batch == 1 ? 0 : f.rows * f.x.row_stride()};
}

// What op(A) op(B) asks of the kernel; C is contiguous.
template <class T>
kernels::GemmArguments<T> arguments(const Factor& a, const Factor& b, Tensor& c) {
  kernels::GemmArguments<T> g;
  g.m = a.transposed ? a.columns : a.rows;
  g.k = a.transposed ? a.rows : a.columns;
  g.n = b.transposed ? b.rows : b.columns;
  g.batch = a.batch;
  g.a = operand<T>(a);
  g.b = operand<T>(b);
  g.c = c.mutable_span<T>().data();
  g.c_row_stride = g.n;
  g.c_batch_stride = g.m * g.n;
  return g;
}

Tensor product(const Factor& a, const Factor& b, const Shape& shape) {
  Tensor c = Tensor::empty(shape, a.x.dtype(), a.x.device());
  with_float_type(c.dtype(), [&]<class T>() { kernels::gemm(context(c), arguments<T>(a, b, c)); });
  return c;
}

Grads product_gradients(const Tensor& a, const Tensor& b, const Tensor& dc, Product form) {
  const auto plain = [](const Tensor& x) { return stacked(x, false); };
  const auto turned = [](const Tensor& x) { return stacked(x, true); };
  Grads grads(2);
  if (gradient_wanted(0)) {
    grads[0] = form == Product::nn   ? product(plain(dc), turned(b), a.shape())
               : form == Product::nt ? product(plain(dc), plain(b), a.shape())
                                     : product(plain(b), turned(dc), a.shape());
  }
  if (gradient_wanted(1)) {
    grads[1] = form == Product::nn   ? product(turned(a), plain(dc), b.shape())
               : form == Product::nt ? product(turned(dc), plain(a), b.shape())
                                     : product(plain(a), plain(dc), b.shape());
  }
  return grads;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Product form) {
  require(a.defined() && b.defined(), "matmul() was given an undefined tensor");
  const bool transpose_a = form == Product::tn;
  const bool transpose_b = form == Product::nt;
  if (a.rank() < 2 || b.rank() < 2 || a.dtype() != b.dtype() ||
      a.dim(transpose_a ? -2 : -1) != b.dim(transpose_b ? -1 : -2))
    refuse("matmul", a, b);
  Shape shape = a.shape();
  shape.set(-2, a.dim(transpose_a ? -1 : -2));
  shape.set(-1, b.dim(transpose_b ? -2 : -1));

  // One matrix for the whole batch: the batch's rows are the rows of one larger product.
  if (b.rank() == 2 && a.rank() > 2 && !transpose_a) {
    const Tensor whole = a.contiguous() ? a : concatenate({a}, Axis::last);  // a copy, recorded
    return matmul(whole.reshape({row_count(a), a.dim(-1)}), b, form).reshape(shape);
  }
  if (a.rank() != b.rank()) refuse("matmul", a, b);
  for (int axis = 0; axis + 2 < a.rank(); ++axis)
    if (a.dim(axis) != b.dim(axis)) refuse("matmul", a, b);

  Tensor c = product(stacked(a, transpose_a), stacked(b, transpose_b), shape);
  record("matmul", c, {a, b}, [a, b, form](const Tensor& dc) { return product_gradients(a, b, dc, form); });
  return c;
}

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias, Activation activation) {
  require(x.defined() && w.defined(), "linear() was given an undefined tensor");
  if (x.rank() < 1 || w.rank() != 2 || x.dim(-1) != w.dim(0) || x.dtype() != w.dtype()) refuse("linear", x, w);
  if (bias.defined() && (bias.rank() != 1 || bias.dim(0) != w.dim(1) || bias.dtype() != w.dtype()))
    refuse("linear", w, bias);
  Shape shape = x.shape();
  shape.set(-1, w.dim(1));
  Tensor y = Tensor::empty(shape, x.dtype(), x.device());

  EpilogueActivation epilogue(activation, y, std::array{x, w, bias});
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::GemmArguments<T> g = arguments<T>(flat(x, false), flat(w, false), y);
    g.bias = bias.defined() ? bias.span<T>().data() : nullptr;
    g.activation = epilogue.kernel();
    g.pre_activation = epilogue.pre_activation<T>();
    kernels::gemm(context(y), g);
  });
  record(
      "linear", y, {x, w, bias},
      [x, w, activation, saved = epilogue.reads_y ? y : epilogue.z](Tensor dy) {
        const Tensor dz = activation_gradient(activation, saved, std::move(dy));
        Grads grads(3);
        if (gradient_wanted(0)) grads[0] = product(flat(dz, false), flat(w, true), x.shape());
        if (gradient_wanted(1)) grads[1] = product(flat(x, true), flat(dz, false), w.shape());
        if (gradient_wanted(2)) grads[2] = sum_of_rows(dz);
        return grads;
      },
      epilogue.reads_y ? Keeps::inputs_and_output : Keeps::inputs);
  return y;
}

}  // namespace ito
