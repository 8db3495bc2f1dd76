// Operators with gradients: each computes, then records how the gradient flows (see tape.h). The names are grouped by
// the files that hold them, forward and gradient side by side.
//
// Tensors are float or double, both operands of one type. Inputs may be row-strided views; results are contiguous.
// InputError names the operator and the shapes that do not fit.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/random/random.h"

namespace ito {

// --- gemm.cc
// ----------------------------------------------------------------------------------------------------------

// nn: a b, a [..., m, k], b [..., k, n];  nt: a b^T, b [..., n, k];  tn: a^T b, a [..., k, m].
// Leading axes are a batch and are equal; in nn and nt a b of two axes is shared by the whole batch.
enum class Product : unsigned char { nn, nt, tn };
Tensor matmul(const Tensor& a, const Tensor& b, Product product = Product::nn);

// activation(x w + bias): x [..., C_in], w [C_in, C_out], bias [C_out] or undefined. One pass over the result.
enum class Activation : unsigned char { none, silu, gelu, gelu_tanh, tanh };
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias, Activation activation = Activation::none);

// --- conv2d.cc
// --------------------------------------------------------------------------------------------------------

// activation(x * w + bias), channels last: x [N, H, W, C_in], w [KH, KW, C_in, C_out], bias [C_out] or undefined.
// y [N, OH, OW, C_out] with OH = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1; outside the image x is 0.
struct Conv2dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
};
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& bias, const Conv2dOptions& options = {},
              Activation activation = Activation::none);

// conv2d's adjoint in x, plus bias: x [N, H, W, C_in], w [KH, KW, C_out, C_in] (the weight of the conv2d that it turns
// round; turned to PyTorch's order as any weight, it is ConvTranspose2d's [C_in, C_out, KH, KW]), bias [C_out] or
// undefined. y [N, OH, OW, C_out] with OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1,
// 0 <= output_padding < stride.
Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& bias, const Conv2dOptions& options = {},
                        std::int64_t output_padding = 0);

// --- unary.cc
// ---------------------------------------------------------------------------------------------------------

Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor silu(const Tensor& x);
Tensor gelu(const Tensor& x);                            // exact: x Phi(x)
Tensor gelu_tanh(const Tensor& x);                       // its usual approximation
Tensor clamp(const Tensor& x, double low, double high);  // gradient 0 outside [low, high]

// --- binary.cc
// --------------------------------------------------------------------------------------------------------

// Of two tensors of one shape.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);

Tensor add_row(const Tensor& x, const Tensor& row);                         // row [C] to every row of x [..., C]
Tensor affine(const Tensor& x, double scale, double shift);                 // fma(scale, x, shift)
Tensor scale(const Tensor& x, double factor);                               // factor x
Tensor scale_per_sample(const Tensor& x, std::span<const double> factors);  // x_n factors[n], n the first axis

// --- softmax.cc
// -------------------------------------------------------------------------------------------------------

// Over the last axis.
Tensor softmax(const Tensor& x);
Tensor log_softmax(const Tensor& x);

// --- normalization.cc
// -------------------------------------------------------------------------------------------------

// A scale and a shift of each sample, [N, C] each or undefined: z = n (1 + scale) + shift (FiLM, adaptive norm).
struct Modulation {
  Tensor scale;
  Tensor shift;
};
// activation(z), z the modulation of n = (x - mean) / sqrt(variance + epsilon) weight + bias, for x [N, ..., C]; weight
// and bias are [C] or undefined, the activation none or silu. Mean and variance: over the last axis; the same with mean
// = 0; or over all positions of a sample's C / groups neighbouring channels.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon = 1e-5,
                  const Modulation& modulation = {}, Activation activation = Activation::none);
Tensor rms_norm(const Tensor& x, const Tensor& weight, double epsilon = 1e-5, const Modulation& modulation = {},
                Activation activation = Activation::none);
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias, double epsilon = 1e-5,
                  const Modulation& modulation = {}, Activation activation = Activation::none);

// --- attention.cc
// -----------------------------------------------------------------------------------------------------

struct AttentionOptions {
  std::int64_t heads = 1;  // beside each other in the last axis
  double scale = 0;        // 0: 1 / sqrt(channels of a head)
  bool causal = false;     // query i sees keys j <= i + Lk - Lq
  Tensor key_mask = {};    // int32 [N, Lk], 0 where a key is hidden; undefined: all are seen
};
// softmax(scale q k^T) v for each head: q [N, Lq, C], k and v [N, Lk, C] -> [N, Lq, C]. A query that sees no key gives
// zeros.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options);
// The same of the three parts of one projection's rows: qkv [N, L, 3 C] -> [N, L, C].
Tensor self_attention(const Tensor& qkv, const AttentionOptions& options);

// --- per_sample.cc
// ----------------------------------------------------------------------------------------------------

// With one row [N, C] for each sample of x [N, ..., C]; sums over a sample's positions in the contract's order of rows.
Tensor add_per_sample(const Tensor& x, const Tensor& row);                    // x + row (a time embedding)
Tensor gated_residual(const Tensor& x, const Tensor& gate, const Tensor& h);  // x + gate h (adaLN-Zero)
Tensor global_average_pool(const Tensor& x);                                  // [N, C]: the mean over positions

// --- pooling.cc, resampling.cc
// ----------------------------------------------------------------------------------------

// Square windows.
struct PoolOptions {
  std::int64_t size = 2;
  std::int64_t stride = 0;  // 0: the size
  std::int64_t padding = 0;
  bool count_include_pad = true;  // an average's padding counts as zeros
};
// Of images [N, H, W, C].
Tensor average_pool(const Tensor& x, const PoolOptions& options = {});
Tensor max_pool(const Tensor& x, const PoolOptions& options = {});
Tensor upsample_nearest(const Tensor& x, std::int64_t factor);
Tensor resize_bilinear(const Tensor& x, std::int64_t height, std::int64_t width);  // align_corners = false

// --- dropout.cc
// -------------------------------------------------------------------------------------------------------

// x / (1 - rate) where the uniform number at (key, first_sample + n, element of the sample) is at least `rate`, else 0;
// n is the first axis. Take Stream::dropout, the training step and a substep for each place in the network: what is
// dropped then depends on the example alone, not on the batch or shard it is computed in.
Tensor dropout(const Tensor& x, double rate, const RandomKey& key, std::int64_t first_sample = 0);

// --- embedding.cc
// -----------------------------------------------------------------------------------------------------

// Rows of table [count, C] by int32 indices [...]: [..., C].
Tensor embedding(const Tensor& table, const Tensor& indices);

// cos and sin of each time at `half` frequencies from 1 down to about 1/max_period: [N, 2 half]. A constant: no
// gradient.
Tensor timestep_features(std::span<const double> times, std::int64_t half, double max_period = 10000,
                         DType dtype = DType::f32);

// --- reduce.cc
// --------------------------------------------------------------------------------------------------------

Tensor sum(const Tensor& x);          // one number, in the contract's contiguous order
Tensor mean(const Tensor& x);         // sum / size
Tensor sum_of_rows(const Tensor& x);  // [..., C] -> [C], in the contract's order over rows

// sum_n scale w_n sum_e (x_ne - target_ne)^2, one number; weights are N numbers (first axis), or none for 1. A shard of
// a batch of N samples takes scale = 1 / (N elements), so that the shards add up to the batch's mean.
Tensor squared_error(const Tensor& x, const Tensor& target, double scale, std::span<const double> weights = {});
// The same with scale = 1 / size.
Tensor mean_squared_error(const Tensor& x, const Tensor& target, std::span<const double> weights = {});

// --- cross_entropy.cc
// -------------------------------------------------------------------------------------------------

// -scale times the sum over rows of log softmax(logits [N, C])[labels [N], int32], one number; with label smoothing s
// a row's target is (1 - s) for its label and s/C for every class. InputError for a label that is no class.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels, double scale, double smoothing = 0);

// --- permute.cc, concatenate.cc (slices and reshape are Tensor's)
// -----------------------------------------------------

// y's axis d is x's axis axes[d]: permute(x, {0, 2, 1}) turns [N, L, C] into [N, C, L].
Tensor permute(const Tensor& x, std::span<const int> axes);
Tensor permute(const Tensor& x, std::initializer_list<int> axes);

enum class Axis : unsigned char { first, last };
// Parts of equal shapes but for one axis, joined along it.
Tensor concatenate(std::span<const Tensor> parts, Axis axis);
Tensor concatenate(std::initializer_list<Tensor> parts, Axis axis);

}  // namespace ito
