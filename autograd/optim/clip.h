// Gradient clipping by global norm (Pascanu, Mikolov, Bengio 2013, algorithm 1).
#pragma once

#include <span>

#include "autograd/tensor.h"

namespace ito {

// sqrt(sum of all squares): each tensor in the contract's contiguous order, tensors added ascending, in double.
double global_norm(std::span<const Tensor> gradients);

// Scales all gradients in place by max_norm / norm where the norm exceeds max_norm (> 0). Returns the norm before.
double clip_by_global_norm(std::span<Tensor> gradients, double max_norm);

}  // namespace ito
