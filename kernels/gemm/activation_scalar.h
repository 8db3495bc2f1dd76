// The epilogue's activation on one plain number, for the reference kernels.
#pragma once

#include "kernels/core/math_scalar.h"
#include "kernels/gemm/gemm.h"

namespace ito::kernels::reference {

inline double activate(GemmActivation activation, double x) {
  constexpr math::scalar::Operations<double> o{};
  switch (activation) {
    case GemmActivation::none:
      return x;
    case GemmActivation::silu:
      return math::scalar::silu(o, x);
    case GemmActivation::gelu:
      return math::scalar::gelu(o, x);
    case GemmActivation::gelu_tanh:
      return math::scalar::gelu_tanh(o, x);
    case GemmActivation::tanh:
      return math::scalar::tanh(o, x);
  }
  return x;
}

}  // namespace ito::kernels::reference
