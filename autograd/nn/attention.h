// Multi-head attention (Vaswani et al. 2017, section 3.2): out(attention(queries, keys, values)), each a projection.
//
//   self:    queries, keys, values = qkv(x)                 NAME.qkv, NAME.out
//   cross:   queries = q(x);  keys, values = kv(context)    NAME.q, NAME.kv, NAME.out
#pragma once

#include <string>

#include "autograd/nn/linear.h"

namespace ito {

struct MultiHeadAttentionOptions {
  std::int64_t heads = 1;
  std::int64_t context_channels = 0;  // of what keys and values come from; 0: self-attention
  bool zero_out = false;  // the output projection starts from zeros: a residual block starts as the identity
  bool bias = true;       // of all projections
};

struct MultiHeadAttention {
  std::string name;
  std::int64_t heads = 1;
  Linear qkv;  // self-attention
  Linear q;    // cross-attention
  Linear kv;
  Linear out;

  MultiHeadAttention() = default;
  // Channels in, channels out; linear.h's initial values. InputError unless the heads divide the channels.
  MultiHeadAttention(std::string name, std::int64_t channels, std::uint64_t seed,
                     const MultiHeadAttentionOptions& options = {}, DType dtype = DType::f32);

  // x [N, L, C] -> [N, L, C]; key_mask int32 [N, L] or undefined. InputError for a cross-attention.
  Tensor operator()(const Tensor& x, bool causal = false, const Tensor& key_mask = {}) const;
  // x [N, Lq, C], context [N, Lk, C_context] -> [N, Lq, C]; key_mask int32 [N, Lk] or undefined. InputError for a
  // self-attention.
  Tensor cross(const Tensor& x, const Tensor& context, const Tensor& key_mask = {}) const;
  void parameters(const ParameterVisitor& visit);
};

}  // namespace ito
