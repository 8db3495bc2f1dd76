// Shared by the operators that end in f(x): the gradient through f.
#pragma once

#include "autograd/tensor.h"
#include "kernels/elementwise/elementwise.h"

namespace ito {

// dy f'(x), from x or f(x) as the kernel asks (gradient_reads_output); works in dy's storage where nobody else sees it.
Tensor unary_gradient(kernels::Unary f, const Tensor& saved, Tensor dy);

}  // namespace ito
