// Rows of a table chosen by whole numbers, and the sinusoidal features of a time; formulas in kernels/embedding and
// kernels/timestep_features.
#include "kernels/embedding/embedding.h"

#include <string>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "kernels/timestep_features/timestep_features.h"

namespace ito {

Tensor embedding(const Tensor& table, const Tensor& indices) {
  require(table.defined() && indices.defined(), "embedding() was given an undefined tensor");
  if (table.rank() != 2 || indices.dtype() != DType::i32 || indices.rank() >= Shape::kMaxRank)
    throw InputError("embedding() takes a table of two axes and int32 indices, not " + table.shape().text() + " and " +
                     dtype_name(indices.dtype()) + " " + indices.shape().text());
  std::vector<std::int64_t> extents(indices.shape().extents().begin(), indices.shape().extents().end());
  extents.push_back(table.dim(1));
  const Tensor rows = table.packed();
  const Tensor chosen = indices.packed();
  Tensor y = Tensor::empty(Shape(std::span<const std::int64_t>(extents)), table.dtype(), table.device());
  with_float_type(table.dtype(), [&]<class T>() {
    kernels::embedding<T>(context(y), chosen.size(), table.dim(0), table.dim(1), chosen.span<std::int32_t>().data(),
                          rows.span<T>().data(), y.mutable_span<T>().data());
  });
  // The second input carries no gradient; it is named so that overwritten indices are noticed.
  record("embedding", y, {table, chosen}, [chosen, shape = table.shape()](const Tensor& dy) {
    const Tensor packed = dy.packed();
    Tensor d_table = Tensor::empty(shape, dy.dtype(), dy.device());
    with_float_type(dy.dtype(), [&]<class T>() {
      kernels::embedding_gradient<T>(context(dy), chosen.size(), shape[0], shape[1], chosen.span<std::int32_t>().data(),
                                     packed.span<T>().data(), d_table.mutable_span<T>().data());
    });
    return Grads{d_table, Tensor()};
  });
  return y;
}

Tensor timestep_features(std::span<const double> times, std::int64_t half, double max_period, DType dtype) {
  const std::int64_t n = static_cast<std::int64_t>(times.size());
  require(half >= 0, "timestep_features() takes a number of frequencies that is not negative");
  Tensor y = Tensor::empty({n, 2 * half}, dtype);
  with_float_type(dtype, [&]<class T>() {
    kernels::timestep_features<T>(context(y), n, half, max_period, times.data(), y.mutable_span<T>().data());
  });
  return y;
}

}  // namespace ito
