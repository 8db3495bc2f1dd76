// Parameters are found by walking a struct: a layer calls `visit` with each tensor it trains and its dotted name
// ("layers.0.weight"), the name that safetensors files use.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/tensor.h"

namespace ito {

using ParameterVisitor = std::function<void(const std::string& name, Tensor& parameter)>;

struct NamedTensor {
  std::string name;
  Tensor value;  // a handle: shares the layer's storage
};

// Every parameter of a layer or model, in the order it visits them.
template <class Module>
std::vector<NamedTensor> parameters_of(Module& module) {
  std::vector<NamedTensor> found;
  module.parameters([&](const std::string& name, Tensor& value) { found.push_back({name, value}); });
  return found;
}

}  // namespace ito
