#include "autograd/nn/attention.h"

namespace ito {

MultiHeadAttention::MultiHeadAttention(std::string layer_name, std::int64_t channels, std::uint64_t seed,
                                       const MultiHeadAttentionOptions& options, DType dtype)
    : name(std::move(layer_name)), heads(options.heads) {
  if (heads < 1 || channels < 1 || channels % heads != 0)
    throw InputError(name + ": " + std::to_string(channels) + " channels do not make " + std::to_string(heads) +
                     " heads of one size");
  const auto projection = [&](const char* part, std::int64_t from, std::int64_t to, InitialValues values) {
    return Linear(name + part, from, to, seed, values, options.bias, dtype);
  };
  if (options.context_channels == 0) {
    qkv = projection(".qkv", channels, 3 * channels, kLinearInitial);
  } else {
    q = projection(".q", channels, channels, kLinearInitial);
    kv = projection(".kv", options.context_channels, 2 * channels, kLinearInitial);
  }
  out = projection(".out", channels, channels, options.zero_out ? InitialValues{Initial::zeros, 1} : kLinearInitial);
}

Tensor MultiHeadAttention::operator()(const Tensor& x, bool causal, const Tensor& key_mask) const {
  if (!qkv.weight.defined()) throw InputError(name + ": this attention needs a context");
  return out(self_attention(qkv(x), {.heads = heads, .causal = causal, .key_mask = key_mask}));
}

Tensor MultiHeadAttention::cross(const Tensor& x, const Tensor& context, const Tensor& key_mask) const {
  if (!kv.weight.defined()) throw InputError(name + ": this attention takes no context");
  const Tensor pair = kv(context);
  const std::int64_t channels = pair.dim(-1) / 2;
  return out(attention(q(x), pair.slice_last(0, channels), pair.slice_last(channels, 2 * channels),
                       {.heads = heads, .key_mask = key_mask}));
}

void MultiHeadAttention::parameters(const ParameterVisitor& visit) {
  for (Linear* layer : {&qkv, &q, &kv, &out})
    if (layer->weight.defined()) layer->parameters(visit);
}

}  // namespace ito
