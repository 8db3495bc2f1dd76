// Residual block of a diffusion UNet (Dhariwal, Nichol 2021, section 3 with adaptive group norm; Karras 2022, the ADM
// column of table 1):
//
//   h = conv_0(silu(norm_0(x)))
//   h = conv_1(dropout(silu(norm_1(h) (1 + scale) + shift))),   [scale, shift] = affine(embedding)
//   y = skip_scale (skip(x) + h),   skip the identity, or a 1x1 convolution where the channels change
// x [N, H, W, C_in], embedding [N, E] -> [N, H, W, C_out]. conv_1 starts from zeros: a block starts as its skip.
#pragma once

#include <string>

#include "autograd/nn/conv2d.h"
#include "autograd/nn/linear.h"
#include "autograd/nn/normalization.h"
#include "kernels/random/random.h"

namespace ito {

// Which masks dropout draws: of samples first_sample, first_sample + 1, ... (ops.h).
struct DropoutMask {
  RandomKey key;
  std::int64_t first_sample = 0;
};

struct ResidualBlockOptions {
  std::int64_t embedding_channels = 0;  // E; 0: not conditioned
  std::int64_t groups = 8;              // of both norms; the largest divisor of the channels up to this
  double dropout = 0;
  double skip_scale = 1;  // sqrt(1/2) keeps the variance (Song 2021, appendix H)
  double epsilon = 1e-5;
};

struct ResidualBlock {
  std::string name;
  ResidualBlockOptions options;
  GroupNorm norm_0;
  Conv2d conv_0;
  Linear affine;  // where conditioned
  GroupNorm norm_1;
  Conv2d conv_1;
  Conv2d skip;  // where the channels change

  ResidualBlock() = default;
  ResidualBlock(std::string name, std::int64_t c_in, std::int64_t c_out, std::uint64_t seed,
                const ResidualBlockOptions& options = {}, DType dtype = DType::f32);

  // mask: null where nothing is dropped. `embedding` may be undefined in a block that is not conditioned.
  Tensor operator()(const Tensor& x, const Tensor& embedding, const DropoutMask* mask = nullptr) const;
  void parameters(const ParameterVisitor& visit);
};

// The largest divisor of `channels` that is at most `groups`.
std::int64_t group_count(std::int64_t channels, std::int64_t groups);

}  // namespace ito
