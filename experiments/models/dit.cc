// A small diffusion transformer (Peebles, Xie 2023) with adaLN-zero blocks:
//
//   h = linear(patches) + position
//   [shift_1, scale_1, gate_1, shift_2, scale_2, gate_2] = W embedding + b          (W, b start from zeros)
//   h = h + gate_1 attention(norm(h) (1 + scale_1) + shift_1)
//   h = h + gate_2 mlp(norm(h) (1 + scale_2) + shift_2),   mlp = linear(gelu_tanh(linear(.))), four times as wide
//   pixels = linear(norm(h) (1 + scale) + shift)                                    (starts from zeros)
// position: sines and cosines of the row in one half of the channels, of the column in the other; not learned.
#include <fmt/format.h>

#include <algorithm>

#include "autograd/checkpoint.h"
#include "autograd/nn/attention.h"
#include "autograd/nn/normalization.h"
#include "autograd/nn/residual_block.h"
#include "autograd/ops/ops.h"
#include "experiments/models/conditioning.h"
#include "experiments/models/image_network.h"
#include "experiments/models/patches.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;
constexpr std::int64_t kWider = 4;  // of the MLP, as the paper's
constexpr InitialValues kZeros{Initial::zeros, 1};

// A sixth of the channels of each block's modulation.
Tensor part(const Tensor& modulation, std::int64_t index, std::int64_t channels) {
  return modulation.slice_last(index * channels, (index + 1) * channels);
}

struct DitBlock {
  std::string name;
  Linear modulation;  // [E, 6 C]
  LayerNorm norm_1, norm_2;
  MultiHeadAttention attention;
  Linear mlp_0, mlp_1;
  double dropout = 0;

  DitBlock(std::string name_, std::int64_t channels, std::int64_t heads, std::int64_t embedding, double dropout_,
           std::uint64_t seed)
      : name(std::move(name_)),
        modulation(name + ".modulation", embedding, 6 * channels, seed, kZeros),
        norm_1(name + ".norm_1", channels, false, 1e-6),
        norm_2(name + ".norm_2", channels, false, 1e-6),
        attention(name + ".attention", channels, seed, {.heads = heads}),
        mlp_0(name + ".mlp_0", channels, kWider * channels, seed),
        mlp_1(name + ".mlp_1", kWider * channels, channels, seed),
        dropout(dropout_) {}

  // h [N, L, C], embedding [N, E].
  Tensor operator()(const Tensor& h, const Tensor& embedding, const DropoutMask* mask) const {
    const std::int64_t c = h.dim(-1);
    const Tensor m = modulation(embedding);
    Tensor y = gated_residual(h, part(m, 2, c), attention(norm_1(h, {part(m, 1, c), part(m, 0, c)})));
    Tensor wide = mlp_0(norm_2(y, {part(m, 4, c), part(m, 3, c)}), Activation::gelu_tanh);
    if (mask != nullptr && dropout > 0) wide = ito::dropout(wide, dropout, mask->key, mask->first_sample);
    return gated_residual(y, part(m, 5, c), mlp_1(wide));
  }
  void parameters(const ParameterVisitor& visit) {
    modulation.parameters(visit);
    attention.parameters(visit);
    mlp_0.parameters(visit);
    mlp_1.parameters(visit);
  }
};

struct DitOptions {
  std::int64_t channels = 64;
  std::int64_t blocks = 4;
  std::int64_t heads = 4;
  bool checkpoint = false;
};

class Dit : public ImageNetwork {
 public:
  Dit(const Dataset& data, std::uint64_t seed, const ImageNetworkOptions& options, const DitOptions& dit)
      : ImageNetwork("dit", data, options),
        dit_(dit),
        rows_(image_[0] / options.patch),
        columns_(image_[1] / options.patch),
        conditioning_("conditioning", options.embedding, options.time_features, data.classes, options.edm, seed) {
    const std::int64_t c = dit_.channels, pixels = options.patch * options.patch * image_[2];
    if (c % dit_.heads != 0)
      throw InputError(fmt::format("model.heads = {}: they do not divide the {} channels", dit_.heads, c));
    if (c % 4 != 0)
      throw InputError(
          fmt::format("model.channels = {} of a dit: a multiple of 4 was expected, for the sines and "
                      "cosines of two axes",
                      c));
    linear_in_ = Linear("linear_in", pixels, c, seed);
    for (std::int64_t b = 0; b < dit_.blocks; ++b)
      blocks_.emplace_back(fmt::format("blocks.{}", b), c, dit_.heads, options.embedding, options.dropout, seed);
    modulation_out_ = Linear("modulation_out", options.embedding, 2 * c, seed, kZeros);
    norm_out_ = LayerNorm("norm_out", c, false, 1e-6);
    linear_out_ = Linear("linear_out", c, pixels, seed, kZeros);
    positions_ = make_positions();
  }

  std::string signature() const override {
    return fmt::format("dit {} {} channels={} blocks={} heads={} checkpoint={}", kNumerics, options_text(),
                       dit_.channels, dit_.blocks, dit_.heads, dit_.checkpoint ? 1 : 0);
  }
  std::unique_ptr<Model> share() const override { return std::make_unique<Dit>(*this); }

  void parameters(const ParameterVisitor& visit) override {
    conditioning_.parameters(visit);
    linear_in_.parameters(visit);
    for (DitBlock& block : blocks_) block.parameters(visit);
    modulation_out_.parameters(visit);
    linear_out_.parameters(visit);
  }

  double multiply_adds() const override {
    const auto tokens = static_cast<double>(rows_ * columns_);
    const auto weights = [](const Linear& l) { return static_cast<double>(l.weight.size()); };
    double sum = conditioning_.multiply_adds() + tokens * (weights(linear_in_) + weights(linear_out_));
    for (const DitBlock& b : blocks_)
      sum += weights(b.modulation) + 2 * tokens * tokens * static_cast<double>(dit_.channels) +
             tokens * (weights(b.attention.qkv) + weights(b.attention.out) + weights(b.mlp_0) + weights(b.mlp_1));
    return sum;
  }

 protected:
  Tensor network(const Tensor& x, const NetworkInput& input) const override {
    const std::int64_t n = x.dim(0), tokens = rows_ * columns_, c = dit_.channels;
    const Tensor embedding = conditioning_(input);
    const Tensor patches = to_patches(x, options_.patch);
    // Every sample's row of positions: [N, L C] rows take the same row.
    Tensor h = linear_in_(patches.reshape({n, tokens, patches.dim(-1)}));
    h = add_row(h.reshape({n, tokens * c}), positions_).reshape({n, tokens, c});
    std::uint32_t place = 0;  // of a block among those that drop
    for (const DitBlock& block : blocks_) {
      const bool drops = input.dropout != nullptr && options_.dropout > 0;
      DropoutMask mask;
      if (drops)
        mask = {RandomKey(input.dropout->seed, input.dropout->step, Stream::dropout, place++),
                input.dropout->first_example};
      if (dit_.checkpoint)
        h = checkpoint_module(block, {h, embedding}, [mask, drops](const DitBlock& own, std::span<const Tensor> in) {
          return own(in[0], in[1], drops ? &mask : nullptr);
        });
      else
        h = block(h, embedding, drops ? &mask : nullptr);
    }
    const Tensor m = modulation_out_(embedding);
    h = linear_out_(norm_out_(h, {m.slice_last(c, 2 * c), m.slice_last(0, c)}));
    return from_patches(h.reshape({n, rows_, columns_, h.dim(-1)}), options_.patch);
  }

 private:
  // [L C]: the row's features in the first half of a token's channels, the column's in the second.
  Tensor make_positions() const {
    const std::int64_t half = dit_.channels / 2;
    const auto features = [&](std::int64_t count) {
      std::vector<double> places;
      for (std::int64_t i = 0; i < count; ++i) places.push_back(static_cast<double>(i));
      return timestep_features(places, half / 2);
    };
    const Tensor of_rows = features(rows_), of_columns = features(columns_);
    Tensor positions = Tensor::empty({rows_ * columns_ * dit_.channels}, DType::f32);
    float* out = positions.mutable_span<float>().data();
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t col = 0; col < columns_; ++col) {
        out = std::copy_n(of_rows.span<float>().data() + r * half, half, out);
        out = std::copy_n(of_columns.span<float>().data() + col * half, half, out);
      }
    return positions;
  }

  DitOptions dit_;
  std::int64_t rows_, columns_;  // of patches
  Conditioning conditioning_;
  Linear linear_in_;
  std::vector<DitBlock> blocks_;
  Linear modulation_out_;
  LayerNorm norm_out_;
  Linear linear_out_;
  Tensor positions_;
};

DitOptions dit_options(const Parameters& p) {
  return {p.integer("channels"), p.integer("blocks"), p.integer("heads"), p.boolean("checkpoint")};
}

std::vector<Parameter> dit_parameters() {
  const DitOptions d;
  std::vector<Parameter> parameters = {
      {.name = "channels",
       .default_value = d.channels,
       .meaning = "width of a token, a multiple of 4",
       .min = 4,
       .max = 65536},
      {.name = "blocks", .default_value = d.blocks, .meaning = "of attention and MLP", .min = 1, .max = 1024},
      {.name = "heads", .default_value = d.heads, .meaning = "of the attention", .min = 1, .max = 1024},
      {.name = "checkpoint",
       .default_value = d.checkpoint,
       .meaning = "compute blocks again for their gradient instead of keeping what is inside them"}};
  for (Parameter& parameter : image_network_parameters(4)) parameters.push_back(std::move(parameter));
  return parameters;
}

const Register<Model> dit{
    {.name = "dit",
     .paper = "Peebles, Xie 2023",
     .summary = "class-conditional transformer over the patches of an image, with adaLN-zero blocks",
     .formula = "D = c_skip x + c_out F(c_in x, time, class)",
     .parameters = dit_parameters(),
     .numerics = kNumerics},
    [](const Dataset& data, std::uint64_t seed, const Parameters& p) -> std::unique_ptr<Model> {
      return std::make_unique<Dit>(data, seed, image_network_options(data, p, "dit"), dit_options(p));
    }};

}  // namespace
}  // namespace ito::experiments
