// A tensor with its axes in another order, as NumPy's transpose(x, axes): what files of other layouts need. Not
// recorded.
#pragma once

#include <span>

#include "autograd/tensor.h"

namespace ito {

Tensor permuted(const Tensor& contiguous, std::span<const int> axes);

}  // namespace ito
