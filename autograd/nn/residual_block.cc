#include "autograd/nn/residual_block.h"

#include <algorithm>

namespace ito {
namespace {

constexpr Conv2dOptions kSame{.stride = 1, .padding = 1};
constexpr InitialValues kZeros{Initial::zeros, 1};

}  // namespace

std::int64_t group_count(std::int64_t channels, std::int64_t groups) {
  require(channels >= 1 && groups >= 1, "a group norm has at least one group of at least one channel");
  std::int64_t count = std::min(channels, groups);
  while (channels % count != 0) --count;
  return count;
}

ResidualBlock::ResidualBlock(std::string name_, std::int64_t c_in, std::int64_t c_out, std::uint64_t seed,
                             const ResidualBlockOptions& options_, DType dtype)
    : name(std::move(name_)),
      options(options_),
      norm_0(name + ".norm_0", group_count(c_in, options.groups), c_in, true, options.epsilon, dtype),
      conv_0(name + ".conv_0", c_in, c_out, 3, kSame, seed, kConv2dInitial, true, dtype),
      norm_1(name + ".norm_1", group_count(c_out, options.groups), c_out, true, options.epsilon, dtype),
      conv_1(name + ".conv_1", c_out, c_out, 3, kSame, seed, kZeros, true, dtype) {
  if (options.embedding_channels > 0)
    affine = Linear(name + ".affine", options.embedding_channels, 2 * c_out, seed, {Initial::zeros, 1}, true, dtype);
  if (c_in != c_out) skip = Conv2d(name + ".skip", c_in, c_out, 1, {}, seed, kConv2dInitial, true, dtype);
}

Tensor ResidualBlock::operator()(const Tensor& x, const Tensor& embedding, const DropoutMask* mask) const {
  Modulation modulation;
  if (affine.weight.defined()) {
    require(embedding.defined(), "a conditioned residual block was given no embedding");
    const Tensor both = affine(embedding);
    const std::int64_t c = both.dim(1) / 2;
    modulation = {both.slice_last(0, c), both.slice_last(c, 2 * c)};
  }
  Tensor h = conv_0(norm_0(x, {}, Activation::silu));
  h = norm_1(h, modulation, Activation::silu);
  if (mask != nullptr && options.dropout > 0) h = dropout(h, options.dropout, mask->key, mask->first_sample);
  h = conv_1(h);
  h = add(skip.weight.defined() ? skip(x) : x, h);
  return options.skip_scale == 1 ? h : scale(h, options.skip_scale);
}

void ResidualBlock::parameters(const ParameterVisitor& visit) {
  norm_0.parameters(visit);
  conv_0.parameters(visit);
  if (affine.weight.defined()) affine.parameters(visit);
  norm_1.parameters(visit);
  conv_1.parameters(visit);
  if (skip.weight.defined()) skip.parameters(visit);
}

}  // namespace ito
