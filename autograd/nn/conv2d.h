// Convolution layer: activation(x * W + b), x [N, H, W, C_in], W [KH, KW, C_in, C_out], b [C_out].
#pragma once

#include <string>

#include "autograd/nn/initial.h"
#include "autograd/nn/parameters.h"
#include "autograd/ops/ops.h"

namespace ito {

// PyTorch's nn.Conv2d: U(-1/sqrt(fan_in), 1/sqrt(fan_in)), fan_in = KH KW C_in.
inline constexpr InitialValues kConv2dInitial{Initial::kaiming_uniform, 0.57735026918962576};  // 1/sqrt 3

struct Conv2d {
  std::string name;
  Tensor weight;  // [kernel, kernel, C_in, C_out]
  Tensor bias;    // [C_out], or undefined
  Conv2dOptions options;

  Conv2d() = default;
  // The weight from `values`, fan_in = kernel^2 C_in and fan_out = kernel^2 C_out; a bias from kConv2dInitial, or zeros
  // where the weight starts from zeros.
  Conv2d(std::string name, std::int64_t c_in, std::int64_t c_out, std::int64_t kernel, Conv2dOptions options,
         std::uint64_t seed, InitialValues values = kConv2dInitial, bool with_bias = true, DType dtype = DType::f32);

  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const {
    return conv2d(x, weight, bias, options, activation);
  }
  void parameters(const ParameterVisitor& visit);  // NAME.weight, NAME.bias
};

}  // namespace ito
