#include "autograd/nn/attention_block.h"

#include "autograd/nn/residual_block.h"

namespace ito {

AttentionBlock::AttentionBlock(std::string name_, std::int64_t channels, std::int64_t heads, std::int64_t groups,
                               std::uint64_t seed, double skip_scale_, DType dtype)
    : name(std::move(name_)),
      norm(name + ".norm", group_count(channels, groups), channels, true, 1e-5, dtype),
      attention(name, channels, seed, {.heads = heads, .zero_out = true}, dtype),
      skip_scale(skip_scale_) {}

Tensor AttentionBlock::operator()(const Tensor& x) const {
  std::int64_t positions = 1;
  for (int axis = 1; axis + 1 < x.rank(); ++axis) positions *= x.dim(axis);
  const Tensor tokens = norm(x).reshape({x.dim(0), positions, x.dim(-1)});
  const Tensor y = add(x, attention(tokens).reshape(x.shape()));
  return skip_scale == 1 ? y : scale(y, skip_scale);
}

void AttentionBlock::parameters(const ParameterVisitor& visit) {
  norm.parameters(visit);
  attention.parameters(visit);
}

}  // namespace ito
