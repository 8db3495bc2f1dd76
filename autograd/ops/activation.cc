#include "autograd/ops/activation.h"

#include "autograd/ops/unary.h"
#include "autograd/tape.h"

namespace ito {
namespace {

kernels::Unary function_of(Activation activation) {
  switch (activation) {
    case Activation::silu:
      return kernels::Unary::silu;
    case Activation::gelu:
      return kernels::Unary::gelu;
    case Activation::gelu_tanh:
      return kernels::Unary::gelu_tanh;
    case Activation::tanh:
      return kernels::Unary::tanh;
    case Activation::none:
      break;
  }
  throw InputError("no activation has no elementwise function");
}

}  // namespace

EpilogueActivation::EpilogueActivation(Activation chosen, const Tensor& y, std::span<const Tensor> inputs)
    : activation(chosen), reads_y(chosen != Activation::none && kernels::gradient_reads_output(function_of(chosen))) {
  const bool wanted = !NoGrad::active() && Tape::current().wants(inputs);
  if (wanted && activation != Activation::none && !reads_y) z = Tensor::like(y);
}

kernels::GemmActivation EpilogueActivation::kernel() const {
  switch (activation) {
    case Activation::silu:
      return kernels::GemmActivation::silu;
    case Activation::gelu:
      return kernels::GemmActivation::gelu;
    case Activation::gelu_tanh:
      return kernels::GemmActivation::gelu_tanh;
    case Activation::tanh:
      return kernels::GemmActivation::tanh;
    case Activation::none:
      break;
  }
  return kernels::GemmActivation::none;
}

Tensor activation_gradient(Activation activation, const Tensor& saved, Tensor dy) {
  return activation == Activation::none ? dy : unary_gradient(function_of(activation), saved, std::move(dy));
}

}  // namespace ito
