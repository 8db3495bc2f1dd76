// Shared by the operators that end in an activation, y = activation(z): what the kernel is told, and the gradient
// through it.
#pragma once

#include <span>

#include "autograd/ops/ops.h"
#include "kernels/gemm/gemm.h"

namespace ito {

struct EpilogueActivation {
  Activation activation;
  // What the gradient reads: y where f' is a function of f, else z. z is defined only where somebody will ask for it;
  // it then has y's shape and the kernel fills it.
  bool reads_y;
  Tensor z;

  // `inputs` are the operator's, as record() is given them.
  EpilogueActivation(Activation chosen, const Tensor& y, std::span<const Tensor> inputs);

  kernels::GemmActivation kernel() const;
  template <class T>
  T* pre_activation() {
    return z.defined() ? z.mutable_span<T>().data() : nullptr;
  }
};

// activation'(z) dy, from `saved` (y or z, as EpilogueActivation says).
Tensor activation_gradient(Activation activation, const Tensor& saved, Tensor dy);

}  // namespace ito
