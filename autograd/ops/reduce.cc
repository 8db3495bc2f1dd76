// Sums over everything or over rows, and the squared error that trainings minimise.
#include <algorithm>
#include <string>

#include "autograd/arithmetic.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "kernels/sum/sum.h"

namespace ito {
namespace {

// factor * (the contract's contiguous sum of x), rounded once to x's type.
Tensor scaled_sum(const char* name, const Tensor& x, double factor) {
  const Tensor packed = x.packed();
  Tensor y = with_float_type(x.dtype(), [&]<class T>() {
    return Tensor::scalar(factor * kernels::sum<T>(context(x), x.size(), packed.span<T>().data()), x.dtype());
  });
  record(
      name, y, {x},
      [shape = x.shape(), factor](const Tensor& dy) {
        return Grads{Tensor::full(shape, factor * dy.item(), dy.dtype(), dy.device())};
      },
      Keeps::nothing);
  return y;
}

// Every row of a tensor of `shape` is this one.
Tensor repeated_rows(const Tensor& row, const Shape& shape) {
  Tensor x = Tensor::empty(shape, row.dtype(), row.device());
  const Tensor packed = row.packed();
  with_float_type(row.dtype(), [&]<class T>() {
    const Rows<T> rows = x.mutable_rows<T>();
    for (std::int64_t r = 0; r < rows.count; ++r)
      std::copy_n(packed.span<T>().data(), rows.width, rows.data + r * rows.stride);
  });
  return x;
}

}  // namespace

Tensor sum(const Tensor& x) {
  require(x.defined(), "sum() was given an undefined tensor");
  return scaled_sum("sum", x, 1);
}

Tensor mean(const Tensor& x) {
  require(x.defined() && x.size() > 0, "mean() takes at least one element");
  return scaled_sum("mean", x, 1 / static_cast<double>(x.size()));
}

Tensor sum_of_rows(const Tensor& x) {
  require(x.defined() && x.rank() >= 1, "sum_of_rows() takes a tensor with at least one axis");
  Tensor y = Tensor::empty({x.dim(-1)}, x.dtype(), x.device());
  with_float_type(x.dtype(), [&]<class T>() {
    const Rows<const T> rows = x.rows<T>();
    kernels::sum_rows<T>(context(x), rows.count, rows.width, rows.stride, rows.data, y.mutable_span<T>().data());
  });
  record(
      "sum_of_rows", y, {x}, [shape = x.shape()](const Tensor& dy) { return Grads{repeated_rows(dy, shape)}; },
      Keeps::nothing);
  return y;
}

// With d = x - target and g = (scale w_n) d for sample n:  loss = <g, d>,  d loss / d x = 2 g.
Tensor squared_error(const Tensor& x, const Tensor& target, double scale, std::span<const double> weights) {
  require(x.defined() && target.defined() && x.rank() >= 1, "squared_error() takes tensors with a first axis");
  if (x.shape() != target.shape() || x.dtype() != target.dtype())
    throw InputError("squared_error(): " + std::string(dtype_name(x.dtype())) + " " + x.shape().text() + " and " +
                     dtype_name(target.dtype()) + " " + target.shape().text() + " are not alike");
  if (!weights.empty() && static_cast<std::int64_t>(weights.size()) != x.dim(0))
    throw InputError("squared_error(): " + std::to_string(weights.size()) + " weights for " + std::to_string(x.dim(0)) +
                     " samples");
  const Tensor d = combine({{1, x}, {-1, target}});
  Tensor g;
  if (weights.empty()) {
    g = combine({{scale, d}});
  } else {
    SampleTerm term{{weights.begin(), weights.end()}, d};
    for (double& factor : term.coefficients) factor *= scale;
    g = combine_per_sample(std::span(&term, 1));
  }
  Tensor loss = with_float_type(x.dtype(), [&]<class T>() {
    return Tensor::scalar(kernels::dot<T>(context(x), x.size(), g.span<T>().data(), d.span<T>().data()), x.dtype());
  });
  record(
      "squared_error", loss, {x, target},
      [g](const Tensor& dy) {
        Grads grads(2);
        if (gradient_wanted(0)) grads[0] = combine({{2 * dy.item(), g}});
        if (gradient_wanted(1)) grads[1] = combine({{-2 * dy.item(), g}});
        return grads;
      },
      Keeps::nothing);
  return loss;
}

Tensor mean_squared_error(const Tensor& x, const Tensor& target, std::span<const double> weights) {
  require(x.defined() && x.size() > 0, "mean_squared_error() takes at least one element");
  return squared_error(x, target, 1 / static_cast<double>(x.size()), weights);
}

}  // namespace ito
