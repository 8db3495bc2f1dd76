// Tensors joined along the first or the last axis; the gradient is cut back into the parts, as views.
#include <string>

#include "autograd/arithmetic.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

Tensor joined_last(std::span<const Tensor> parts) {
  std::int64_t width = 0;
  for (const Tensor& part : parts) {
    require(part.defined() && part.rank() >= 1, "concatenate() takes tensors with at least one axis");
    Shape expected = part.shape();
    expected.set(-1, parts[0].dim(-1));
    if (expected != parts[0].shape() || part.dtype() != parts[0].dtype())
      throw InputError("concatenate(): " + std::string(dtype_name(part.dtype())) + " " + part.shape().text() +
                       " does not fit beside " + dtype_name(parts[0].dtype()) + " " + parts[0].shape().text());
    width += part.dim(-1);
  }
  Shape shape = parts[0].shape();
  shape.set(-1, width);
  Tensor y = Tensor::empty(shape, parts[0].dtype(), parts[0].device());
  std::int64_t begin = 0;
  for (const Tensor& part : parts) {
    y.slice_last(begin, begin + part.dim(-1)).copy_from(part);
    begin += part.dim(-1);
  }
  return y;
}

}  // namespace

Tensor concatenate(std::span<const Tensor> parts, Axis axis) {
  require(!parts.empty(), "concatenate() takes at least one tensor");
  Tensor y = axis == Axis::first ? concatenate_first(parts) : joined_last(parts);
  std::vector<std::int64_t> ends;
  for (const Tensor& part : parts)
    ends.push_back((ends.empty() ? 0 : ends.back()) + part.dim(axis == Axis::first ? 0 : -1));
  record(
      "concatenate", y, parts,
      [ends, axis](const Tensor& dy) {
        Grads grads;
        std::int64_t begin = 0;
        for (const std::int64_t end : ends) {
          grads.push_back(axis == Axis::first ? dy.slice_first(begin, end) : dy.slice_last(begin, end));
          begin = end;
        }
        return grads;
      },
      Keeps::nothing);
  return y;
}

Tensor concatenate(std::initializer_list<Tensor> parts, Axis axis) {
  return concatenate(std::span(parts.begin(), parts.size()), axis);
}

}  // namespace ito
