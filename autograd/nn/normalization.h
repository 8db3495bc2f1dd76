// Normalising layers: weights start from ones, biases from zeros, as PyTorch's. Each may take what follows it along: a
// modulation of each sample, and SiLU (ops.h).
#pragma once

#include <string>

#include "autograd/nn/parameters.h"
#include "autograd/ops/ops.h"

namespace ito {

struct LayerNorm {
  std::string name;
  Tensor weight;  // [C], or undefined
  Tensor bias;    // [C], or undefined
  double epsilon = 1e-5;

  LayerNorm() = default;
  // Without `affine` there is nothing to learn: what a modulated block uses.
  LayerNorm(std::string name, std::int64_t channels, bool affine = true, double epsilon = 1e-5,
            DType dtype = DType::f32);

  Tensor operator()(const Tensor& x, const Modulation& modulation = {},
                    Activation activation = Activation::none) const {
    return layer_norm(x, weight, bias, epsilon, modulation, activation);
  }
  void parameters(const ParameterVisitor& visit);  // NAME.weight, NAME.bias
};

struct RmsNorm {
  std::string name;
  Tensor weight;  // [C], or undefined
  double epsilon = 1e-5;

  RmsNorm() = default;
  RmsNorm(std::string name, std::int64_t channels, bool affine = true, double epsilon = 1e-5, DType dtype = DType::f32);

  Tensor operator()(const Tensor& x, const Modulation& modulation = {},
                    Activation activation = Activation::none) const {
    return rms_norm(x, weight, epsilon, modulation, activation);
  }
  void parameters(const ParameterVisitor& visit);  // NAME.weight
};

struct GroupNorm {
  std::string name;
  std::int64_t groups = 1;
  Tensor weight;  // [C], or undefined
  Tensor bias;    // [C], or undefined
  double epsilon = 1e-5;

  GroupNorm() = default;
  // InputError unless groups divide the channels.
  GroupNorm(std::string name, std::int64_t groups, std::int64_t channels, bool affine = true, double epsilon = 1e-5,
            DType dtype = DType::f32);

  Tensor operator()(const Tensor& x, const Modulation& modulation = {},
                    Activation activation = Activation::none) const {
    return group_norm(x, groups, weight, bias, epsilon, modulation, activation);
  }
  void parameters(const ParameterVisitor& visit);  // NAME.weight, NAME.bias
};

}  // namespace ito
