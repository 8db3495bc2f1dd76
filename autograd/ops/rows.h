// What operators share: a tensor of any rank seen as rows of its last axis.
#pragma once

#include "autograd/tensor.h"

namespace ito {

inline std::int64_t row_count(const Tensor& x) {
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < x.rank(); ++axis) rows *= x.dim(axis);
  return rows;
}
inline std::int64_t row_width(const Tensor& x) { return x.rank() == 0 ? 1 : x.dim(-1); }

}  // namespace ito
