// Arithmetic of two tensors, of a tensor and a row, and of a tensor and numbers:
//
//   c = a b:  da = dc b, db = dc a        c = a / b:  da = dc / b, db = -(da c)
#include <string>

#include "autograd/arithmetic.h"
#include "autograd/ops/ops.h"
#include "autograd/ops/rows.h"
#include "autograd/tape.h"
#include "kernels/elementwise/elementwise.h"

namespace ito {
namespace {

using kernels::Binary;
using kernels::Broadcast;

// a op b, not recorded; the shapes are known to fit.
Tensor computed(Binary op, Broadcast broadcast, const Tensor& a, const Tensor& b) {
  const Tensor packed_a = a.packed();
  const Tensor packed_b = b.packed();
  Tensor c = Tensor::like(a);
  with_float_type(a.dtype(), [&]<class T>() {
    kernels::binary<T>(context(a), op, broadcast, row_count(a), row_width(a), packed_a.span<T>().data(),
                       packed_b.span<T>().data(), c.mutable_span<T>().data());
  });
  return c;
}

Tensor computed(Binary op, const char* name, const Tensor& a, const Tensor& b) {
  require(a.defined() && b.defined(), "an elementwise operator was given an undefined tensor");
  if (a.shape() != b.shape() || a.dtype() != b.dtype())
    throw InputError(std::string(name) + "(): " + dtype_name(a.dtype()) + " " + a.shape().text() + " and " +
                     dtype_name(b.dtype()) + " " + b.shape().text() + " are not alike");
  return computed(op, Broadcast::none, a, b);
}

Tensor negative(const Tensor& x) { return combine({{-1, x}}); }

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  Tensor c = computed(Binary::add, "add", a, b);
  record(
      "add", c, {a, b},
      [](const Tensor& dc) {
        return Grads{dc, dc};
      },
      Keeps::nothing);
  return c;
}

Tensor sub(const Tensor& a, const Tensor& b) {
  Tensor c = computed(Binary::subtract, "sub", a, b);
  record(
      "sub", c, {a, b},
      [](const Tensor& dc) {
        return Grads{dc, gradient_wanted(1) ? negative(dc) : Tensor()};
      },
      Keeps::nothing);
  return c;
}

Tensor mul(const Tensor& a, const Tensor& b) {
  Tensor c = computed(Binary::multiply, "mul", a, b);
  record("mul", c, {a, b}, [a, b](const Tensor& dc) {
    Grads grads(2);
    if (gradient_wanted(0)) grads[0] = computed(Binary::multiply, Broadcast::none, dc, b);
    if (gradient_wanted(1)) grads[1] = computed(Binary::multiply, Broadcast::none, dc, a);
    return grads;
  });
  return c;
}

Tensor div(const Tensor& a, const Tensor& b) {
  Tensor c = computed(Binary::divide, "div", a, b);
  record(
      "div", c, {a, b},
      [b, c](const Tensor& dc) {
        Grads grads{computed(Binary::divide, Broadcast::none, dc, b), Tensor()};
        if (gradient_wanted(1)) grads[1] = negative(computed(Binary::multiply, Broadcast::none, grads[0], c));
        return grads;
      },
      Keeps::inputs_and_output);
  return c;
}

Tensor add_row(const Tensor& x, const Tensor& row) {
  require(x.defined() && row.defined(), "add_row() was given an undefined tensor");
  if (x.rank() < 1 || row.rank() != 1 || row.dim(0) != x.dim(-1) || row.dtype() != x.dtype())
    throw InputError("add_row(): " + std::string(dtype_name(row.dtype())) + " " + row.shape().text() +
                     " is not a row of " + dtype_name(x.dtype()) + " " + x.shape().text());
  Tensor y = computed(Binary::add, Broadcast::row, x, row);
  record(
      "add_row", y, {x, row},
      [](const Tensor& dy) {
        return Grads{dy, gradient_wanted(1) ? sum_of_rows(dy) : Tensor()};
      },
      Keeps::nothing);
  return y;
}

Tensor affine(const Tensor& x, double scale, double shift) {
  require(x.defined(), "affine() was given an undefined tensor");
  const Tensor packed = x.packed();
  Tensor y = Tensor::like(x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::affine<T>(context(x), x.size(), scale, packed.span<T>().data(), shift, y.mutable_span<T>().data());
  });
  record(
      "affine", y, {x},
      [scale](const Tensor& dy) {
        return Grads{combine({{scale, dy}})};
      },
      Keeps::nothing);
  return y;
}

Tensor scale(const Tensor& x, double factor) {
  require(x.defined(), "scale() was given an undefined tensor");
  Tensor y = combine({{factor, x}});
  record(
      "scale", y, {x},
      [factor](const Tensor& dy) {
        return Grads{combine({{factor, dy}})};
      },
      Keeps::nothing);
  return y;
}

Tensor scale_per_sample(const Tensor& x, std::span<const double> factors) {
  require(x.defined() && x.rank() >= 1, "scale_per_sample() takes a tensor with a first axis, that of the samples");
  if (static_cast<std::int64_t>(factors.size()) != x.dim(0))
    throw InputError("scale_per_sample(): " + std::to_string(factors.size()) + " factors for " +
                     std::to_string(x.dim(0)) + " samples");
  const auto scaled = [](const Tensor& of, const std::vector<double>& by) {
    const SampleTerm term{by, of};
    return combine_per_sample(std::span(&term, 1));
  };
  std::vector<double> kept(factors.begin(), factors.end());
  Tensor y = scaled(x, kept);
  record(
      "scale_per_sample", y, {x},
      [scaled, kept = std::move(kept)](const Tensor& dy) { return Grads{scaled(dy, kept)}; }, Keeps::nothing);
  return y;
}

}  // namespace ito
