// Linear layer: activation(x W + b), W [C_in, C_out], b [C_out].
#pragma once

#include <string>

#include "autograd/nn/initial.h"
#include "autograd/nn/parameters.h"
#include "autograd/ops/ops.h"

namespace ito {

// PyTorch's nn.Linear: U(-1/sqrt(C_in), 1/sqrt(C_in)).
inline constexpr InitialValues kLinearInitial{Initial::kaiming_uniform, 0.57735026918962576};  // 1/sqrt 3

struct Linear {
  std::string name;
  Tensor weight;  // [C_in, C_out]
  Tensor bias;    // [C_out], or undefined

  Linear() = default;
  // The weight from `values`; a bias from kLinearInitial, or zeros where the weight starts from zeros.
  Linear(std::string name, std::int64_t c_in, std::int64_t c_out, std::uint64_t seed,
         InitialValues values = kLinearInitial, bool with_bias = true, DType dtype = DType::f32);

  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const {
    return linear(x, weight, bias, activation);
  }
  void parameters(const ParameterVisitor& visit);  // NAME.weight, NAME.bias
};

}  // namespace ito
