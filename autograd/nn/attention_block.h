// Self-attention over the positions of a feature map, as a residual block (Ho 2020, appendix B):
//
//   y = skip_scale (x + out(attention(norm(x))))
// x [N, H, W, C], every position a token. The output projection starts from zeros: the block starts as the identity.
#pragma once

#include <string>

#include "autograd/nn/attention.h"
#include "autograd/nn/normalization.h"

namespace ito {

struct AttentionBlock {
  std::string name;
  GroupNorm norm;
  MultiHeadAttention attention;
  double skip_scale = 1;

  AttentionBlock() = default;
  // InputError unless the heads divide the channels.
  AttentionBlock(std::string name, std::int64_t channels, std::int64_t heads, std::int64_t groups, std::uint64_t seed,
                 double skip_scale = 1, DType dtype = DType::f32);

  Tensor operator()(const Tensor& x) const;
  void parameters(const ParameterVisitor& visit);  // NAME.norm, NAME.qkv, NAME.out
};

}  // namespace ito
