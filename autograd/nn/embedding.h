// Embedding: one learned row for each of `count` labels.
#pragma once

#include <string>

#include "autograd/nn/initial.h"
#include "autograd/nn/parameters.h"
#include "autograd/ops/ops.h"

namespace ito {

struct Embedding {
  std::string name;
  Tensor weight;  // [count, C]

  Embedding() = default;
  // Rows from N(0, 1), as PyTorch's nn.Embedding.
  Embedding(std::string name, std::int64_t count, std::int64_t channels, std::uint64_t seed, DType dtype = DType::f32);

  // int32 [...] -> [..., C]
  Tensor operator()(const Tensor& indices) const { return embedding(weight, indices); }
  void parameters(const ParameterVisitor& visit) { visit(name + ".weight", weight); }
};

}  // namespace ito
