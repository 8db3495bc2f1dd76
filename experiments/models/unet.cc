// A class-conditional UNet (Ronneberger 2015; Ho 2020; Karras 2022) for small images.
//
//   patches -> conv_in -> encoder -> middle -> decoder -> norm, silu, conv_out -> pixels
//
// Each level has `blocks` residual blocks on either side, with self-attention behind them where the recipe asks for it;
// between levels the encoder averages 2 x 2 positions and the decoder repeats each (the resampling filter [1, 1] of
// Karras 2022). A decoder's block sees what the encoder's at its place gave, beside its own channels. conv_out starts
// from zeros.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/checkpoint.h"
#include "autograd/nn/attention_block.h"
#include "autograd/nn/residual_block.h"
#include "autograd/ops/ops.h"
#include "experiments/models/conditioning.h"
#include "experiments/models/image_network.h"
#include "experiments/models/patches.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;
constexpr std::int64_t kGroups = 8;
constexpr std::size_t kMostLevels = 16;

struct UnetOptions {
  std::vector<std::int64_t> channels;  // of each level
  std::int64_t blocks = 1;
  std::vector<std::int64_t> attention;  // levels, 0 the finest
  std::int64_t heads = 2;
  bool middle = true;
  double skip_scale = 1;
  bool checkpoint = false;
};

// A residual block and the attention behind it, where there is one.
struct Stage {
  ResidualBlock block;
  AttentionBlock attention;
  bool attends = false;
  double positions = 0;  // of the map it works on

  Tensor operator()(const Tensor& x, const Tensor& embedding, const DropoutMask* mask) const {
    const Tensor h = block(x, embedding, mask);
    return attends ? attention(h) : h;
  }
  void parameters(const ParameterVisitor& visit) {
    block.parameters(visit);
    if (attends) attention.parameters(visit);
  }
  double multiply_adds() const {
    const auto weights = [](const Tensor& w) { return w.defined() ? static_cast<double>(w.size()) : 0; };
    double sum =
        positions * (weights(block.conv_0.weight) + weights(block.conv_1.weight) + weights(block.skip.weight)) +
        weights(block.affine.weight);
    if (attends)
      sum += positions * (weights(attention.attention.qkv.weight) + weights(attention.attention.out.weight)) +
             2 * positions * positions * static_cast<double>(attention.norm.weight.size());
    return sum;
  }
};

class Unet : public ImageNetwork {
 public:
  Unet(const Dataset& data, std::uint64_t seed, const ImageNetworkOptions& options, UnetOptions unet)
      : ImageNetwork("unet", data, options),
        unet_(std::move(unet)),
        conditioning_("conditioning", options.embedding, options.time_features, data.classes, options.edm, seed) {
    const auto levels = static_cast<std::int64_t>(unet_.channels.size());
    const std::int64_t side = options.patch << (levels - 1);
    if (image_[0] % side != 0 || image_[1] % side != 0)
      throw InputError(
          fmt::format("model.channels: {} levels of patches of {} halve the images of '{}', {} x {}, to "
                      "what is not whole; sides that {} divides were expected",
                      levels, options.patch, data.name, image_[0], image_[1], side));
    const std::int64_t pixels = options.patch * options.patch * image_[2];
    std::int64_t c = unet_.channels.front();
    conv_in_ = Conv2d("conv_in", pixels, c, 3, {.stride = 1, .padding = 1}, seed);
    std::vector<std::int64_t> skips;
    for (std::int64_t level = 0; level < levels; ++level)
      for (std::int64_t b = 0; b < unet_.blocks; ++b) {
        encoder_.push_back(stage(fmt::format("encoder.{}.{}", level, b), c, width(level), level, seed));
        c = width(level);
        skips.push_back(c);
      }
    if (unet_.middle) middle_.push_back(stage("middle", c, c, levels - 1, seed));
    for (std::int64_t level = levels; level-- > 0;)
      for (std::int64_t b = 0; b < unet_.blocks; ++b) {
        decoder_.push_back(stage(fmt::format("decoder.{}.{}", level, b), c + skips.back(), width(level), level, seed));
        skips.pop_back();
        c = width(level);
      }
    norm_out_ = GroupNorm("norm_out", group_count(c, kGroups), c);
    conv_out_ = Conv2d("conv_out", c, pixels, 3, {.stride = 1, .padding = 1}, seed, {Initial::zeros, 1});
  }

  std::string signature() const override {
    return fmt::format(
        "unet {} {} channels={} blocks={} attention={} heads={} middle={} skip_scale={} "
        "checkpoint={}",
        kNumerics, options_text(), fmt::join(unet_.channels, ","), unet_.blocks, fmt::join(unet_.attention, ","),
        unet_.heads, unet_.middle ? 1 : 0, unet_.skip_scale, unet_.checkpoint ? 1 : 0);
  }
  std::unique_ptr<Model> share() const override { return std::make_unique<Unet>(*this); }

  void parameters(const ParameterVisitor& visit) override {
    conditioning_.parameters(visit);
    conv_in_.parameters(visit);
    for (std::vector<Stage>* stages : {&encoder_, &middle_, &decoder_})
      for (Stage& s : *stages) s.parameters(visit);
    norm_out_.parameters(visit);
    conv_out_.parameters(visit);
  }

  double multiply_adds() const override {
    double sum = conditioning_.multiply_adds();
    for (const std::vector<Stage>* stages : {&encoder_, &middle_, &decoder_})
      for (const Stage& s : *stages) sum += s.multiply_adds();
    return sum + positions(0) * static_cast<double>(conv_in_.weight.size() + conv_out_.weight.size());
  }

 protected:
  Tensor network(const Tensor& x, const NetworkInput& input) const override {
    const Tensor embedding = conditioning_(input);
    std::uint32_t place = 0;  // of a block among those that drop
    const auto run = [&](const Stage& s, const Tensor& h) {
      DropoutMask mask;
      const bool drops = input.dropout != nullptr && options_.dropout > 0;
      if (drops)
        mask = {RandomKey(input.dropout->seed, input.dropout->step, Stream::dropout, place++),
                input.dropout->first_example};
      if (!unet_.checkpoint) return s(h, embedding, drops ? &mask : nullptr);
      return checkpoint_module(s, {h, embedding}, [mask, drops](const Stage& own, std::span<const Tensor> in) {
        return own(in[0], in[1], drops ? &mask : nullptr);
      });
    };
    const std::size_t blocks = static_cast<std::size_t>(unet_.blocks);
    Tensor h = conv_in_(to_patches(x, options_.patch));
    std::vector<Tensor> skips;
    for (std::size_t i = 0; i < encoder_.size(); ++i) {
      if (i > 0 && i % blocks == 0) h = average_pool(h, {.size = 2, .stride = 2});
      h = run(encoder_[i], h);
      skips.push_back(h);
    }
    for (const Stage& s : middle_) h = run(s, h);
    for (std::size_t i = 0; i < decoder_.size(); ++i) {
      if (i > 0 && i % blocks == 0) h = upsample_nearest(h, 2);
      h = run(decoder_[i], concatenate({h, skips.back()}, Axis::last));
      skips.pop_back();
    }
    return from_patches(conv_out_(norm_out_(h, {}, Activation::silu)), options_.patch);
  }

 private:
  std::int64_t width(std::int64_t level) const { return unet_.channels[static_cast<std::size_t>(level)]; }
  double positions(std::int64_t level) const {
    const std::int64_t side = options_.patch << level;
    return static_cast<double>((image_[0] / side) * (image_[1] / side));
  }
  Stage stage(const std::string& name, std::int64_t c_in, std::int64_t c_out, std::int64_t level,
              std::uint64_t seed) const {
    Stage s;
    s.block = ResidualBlock(name, c_in, c_out, seed,
                            {.embedding_channels = options_.embedding,
                             .groups = kGroups,
                             .dropout = options_.dropout,
                             .skip_scale = unet_.skip_scale});
    s.attends = std::ranges::find(unet_.attention, level) != unet_.attention.end();
    if (s.attends)
      s.attention = AttentionBlock(name + ".attention", c_out, unet_.heads, kGroups, seed, unet_.skip_scale);
    s.positions = positions(level);
    return s;
  }

  UnetOptions unet_;
  Conditioning conditioning_;
  Conv2d conv_in_;
  std::vector<Stage> encoder_, middle_, decoder_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

UnetOptions unet_options(const Parameters& p) {
  UnetOptions o;
  o.channels = whole_numbers(p, "channels", "unet");
  o.blocks = p.integer("blocks");
  o.attention = whole_numbers(p, "attention", "unet");
  o.heads = p.integer("heads");
  o.middle = p.boolean("middle");
  o.skip_scale = p.text("skip_scale") == "sqrt_half" ? std::sqrt(0.5) : 1;
  o.checkpoint = p.boolean("checkpoint");
  if (o.channels.empty()) throw InputError("model.channels of a unet: at least one level was expected");
  if (o.channels.size() > kMostLevels)
    throw InputError(
        fmt::format("model.channels: {} levels; at most {} were expected", o.channels.size(), kMostLevels));
  for (const std::int64_t level : o.attention) {
    if (level >= static_cast<std::int64_t>(o.channels.size()))
      throw InputError(fmt::format("model.attention of a unet: there is no level {}; 0 to {} were expected", level,
                                   o.channels.size() - 1));
    if (const std::int64_t c = o.channels[static_cast<std::size_t>(level)]; c % o.heads != 0)
      throw InputError(
          fmt::format("model.heads = {}: they do not divide the {} channels of level {}", o.heads, c, level));
  }
  return o;
}

std::vector<Parameter> unet_parameters() {
  std::vector<Parameter> parameters = {
      {.name = "channels",
       .default_value = std::vector<double>{48, 96},
       .meaning = "width of each level, the finest first; each next level has half the side",
       .min = 1,
       .max = 65536},
      {.name = "blocks",
       .default_value = std::int64_t{1},
       .meaning = "residual blocks of a level, on either side",
       .min = 1,
       .max = 64},
      {.name = "attention",
       .default_value = std::vector<double>{1},
       .meaning = "levels with self-attention, 0 the finest",
       .min = 0,
       .max = 64},
      {.name = "heads", .default_value = std::int64_t{2}, .meaning = "of the attention", .min = 1, .max = 1024},
      {.name = "middle", .default_value = true, .meaning = "a residual block between encoder and decoder"},
      {.name = "skip_scale",
       .default_value = std::string("one"),
       .meaning = "what a block's sum is multiplied by: one, or sqrt_half (Song 2021)",
       .choices = {"one", "sqrt_half"}},
      {.name = "checkpoint",
       .default_value = false,
       .meaning = "compute blocks again for their gradient instead of keeping what is inside them"}};
  for (Parameter& parameter : image_network_parameters(2)) parameters.push_back(std::move(parameter));
  return parameters;
}

const Register<Model> unet{
    {.name = "unet",
     .paper = "Ho 2020; Dhariwal, Nichol 2021; Karras 2022",
     .summary = "class-conditional UNet for images: residual blocks, attention, EDM preconditioning",
     .formula = "D = c_skip x + c_out F(c_in x, time, class)",
     .parameters = unet_parameters(),
     .numerics = kNumerics},
    [](const Dataset& data, std::uint64_t seed, const Parameters& p) -> std::unique_ptr<Model> {
      return std::make_unique<Unet>(data, seed, image_network_options(data, p, "unet"), unet_options(p));
    }};

}  // namespace
}  // namespace ito::experiments
