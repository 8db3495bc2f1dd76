// A row of channels for each sample beside a tensor [N, ..., C]; kernels in kernels/per_sample.
//
//   add_per_sample:  dx = dy, drow = sum of dy over positions
//   gated_residual:  y = x + gate h:  dx = dy, dgate = sum of dy h over positions, dh = dy gate
#include "kernels/per_sample/per_sample.h"

#include <string>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

kernels::SampleShape sample_shape(const Tensor& x) {
  std::int64_t positions = 1;
  for (int axis = 1; axis + 1 < x.rank(); ++axis) positions *= x.dim(axis);
  return {x.dim(0), positions, x.dim(-1)};
}

// x is [N, ..., C], row [N, C].
void check_row(const char* name, const char* what, const Tensor& x, const Tensor& row) {
  require(x.defined() && row.defined(), (std::string(name) + "() was given an undefined tensor").c_str());
  if (x.rank() < 2 || row.rank() != 2 || row.dim(0) != x.dim(0) || row.dim(1) != x.dim(-1) || row.dtype() != x.dtype())
    throw InputError(std::string(name) + "(): " + dtype_name(row.dtype()) + " " + row.shape().text() + " is not a " +
                     what + " [N, C] of " + dtype_name(x.dtype()) + " " + x.shape().text());
}

Tensor sum_of_positions(const Tensor& x) {
  Tensor out = Tensor::empty({x.dim(0), x.dim(-1)}, x.dtype(), x.device());
  const Tensor packed = x.packed();
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::sum_per_sample<T>(context(x), sample_shape(x), packed.span<T>().data(), out.mutable_span<T>().data());
  });
  return out;
}

}  // namespace

Tensor add_per_sample(const Tensor& x, const Tensor& row) {
  check_row("add_per_sample", "row", x, row);
  Tensor y = Tensor::like(x);
  const Tensor packed = x.packed(), packed_row = row.packed();
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::add_per_sample<T>(context(x), sample_shape(x), packed.span<T>().data(), packed_row.span<T>().data(),
                               y.mutable_span<T>().data());
  });
  record(
      "add_per_sample", y, {x, row},
      [](const Tensor& dy) {
        return Grads{dy, gradient_wanted(1) ? sum_of_positions(dy) : Tensor()};
      },
      Keeps::nothing);
  return y;
}

Tensor gated_residual(const Tensor& x, const Tensor& gate, const Tensor& h) {
  check_row("gated_residual", "gate", x, gate);
  require(h.defined(), "gated_residual() was given an undefined tensor");
  if (h.shape() != x.shape() || h.dtype() != x.dtype())
    throw InputError("gated_residual(): " + std::string(dtype_name(x.dtype())) + " " + x.shape().text() + " and " +
                     dtype_name(h.dtype()) + " " + h.shape().text() + " are not alike");
  Tensor y = Tensor::like(x);
  const Tensor packed = x.packed(), packed_gate = gate.packed(), packed_h = h.packed();
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::gated_residual<T>(context(x), sample_shape(x), packed.span<T>().data(), packed_gate.span<T>().data(),
                               packed_h.span<T>().data(), y.mutable_span<T>().data());
  });
  record("gated_residual", y, {x, gate, h}, [packed_gate, packed_h](const Tensor& dy) {
    Grads grads{dy, Tensor(), Tensor()};
    const Tensor packed_dy = dy.packed();
    if (gradient_wanted(1)) grads[1] = Tensor::like(packed_gate);
    if (gradient_wanted(2)) grads[2] = Tensor::like(packed_h);
    with_float_type(dy.dtype(), [&]<class T>() {
      const T* d = packed_dy.span<T>().data();
      if (grads[1].defined())
        kernels::dot_per_sample<T>(context(dy), sample_shape(dy), d, packed_h.span<T>().data(),
                                   grads[1].mutable_span<T>().data());
      if (grads[2].defined())
        kernels::multiply_per_sample<T>(context(dy), sample_shape(dy), d, packed_gate.span<T>().data(),
                                        grads[2].mutable_span<T>().data());
    });
    return grads;
  });
  return y;
}

// y = (sum over positions) / P, so dx = dy / P at every position.
Tensor global_average_pool(const Tensor& x) {
  require(x.defined() && x.rank() >= 2 && sample_shape(x).positions > 0,
          "global_average_pool() takes [N, ..., C] with at least one position");
  const double positions = static_cast<double>(sample_shape(x).positions);
  const auto divided = [positions](Tensor sums) {
    with_float_type(sums.dtype(), [&]<class T>() {
      for (T& sum : sums.mutable_span<T>()) sum /= static_cast<T>(positions);
    });
    return sums;
  };
  Tensor y = divided(sum_of_positions(x));
  record(
      "global_average_pool", y, {x},
      [divided, shape = x.shape()](const Tensor& dy) {
        Tensor dx = Tensor::empty(shape, dy.dtype(), dy.device());
        const Tensor share = divided(dy.clone());
        with_float_type(dy.dtype(), [&]<class T>() {
          kernels::repeat_per_sample<T>(context(dy), sample_shape(dx), share.span<T>().data(),
                                        dx.mutable_span<T>().data());
        });
        return Grads{dx};
      },
      Keeps::nothing);
  return y;
}

}  // namespace ito
