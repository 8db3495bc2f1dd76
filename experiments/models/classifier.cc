#include "experiments/models/classifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/ops.h"
#include "autograd/shards.h"
#include "autograd/tape.h"
#include "experiments/models/image_network.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/shipped_weights.h"
#include "experiments/training/train.h"
#include "kernels/core/parallel.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;
constexpr std::int64_t kGroups = 8;
constexpr std::size_t kMostLevels = 16;
constexpr const char* kShipped = "fashion-classifier";
constexpr Conv2dOptions kSame{.stride = 1, .padding = 1};

}  // namespace

Classifier::Classifier(const Dataset& data, std::uint64_t seed, const std::vector<std::int64_t>& channels,
                       double dropout)
    : channels_(channels), dropout_(dropout), image_(data.sample_shape), classes_(data.classes) {
  if (!data.images() || data.classes == 0)
    throw InputError(fmt::format("model.kind = \"classifier\" takes labelled images; an example of '{}' is {}{}",
                                 data.name, data.sample_shape.text(), data.classes == 0 ? " without a label" : ""));
  if (channels_.empty()) throw InputError("model.channels of a classifier: at least one level was expected");
  if (channels_.size() > kMostLevels)
    throw InputError(fmt::format("model.channels: {} levels; at most {} were expected", channels_.size(), kMostLevels));
  const std::int64_t side = std::int64_t{1} << (channels_.size() - 1);
  if (image_[0] % side != 0 || image_[1] % side != 0)
    throw InputError(fmt::format("model.channels: {} levels halve the images of '{}', {} x {}, to what is not whole",
                                 channels_.size(), data.name, image_[0], image_[1]));
  conv_in_ = Conv2d("conv_in", image_[2], channels_.front(), 3, kSame, seed);
  std::int64_t c = channels_.front();
  for (std::size_t level = 0; level < channels_.size(); ++level) {
    blocks_.emplace_back(fmt::format("blocks.{}", level), c, channels_[level], seed,
                         ResidualBlockOptions{.groups = kGroups, .dropout = dropout_});
    c = channels_[level];
  }
  norm_out_ = GroupNorm("norm_out", group_count(c, kGroups), c);
  head_ = Linear("head", c, classes_, seed);
}

Denoiser Classifier::denoiser(PathPtr) const {
  throw InputError(
      "model.kind = \"classifier\": it tells classes apart and denoises nothing; it is trained (ito train) "
      "and then named by metrics");
}

std::string Classifier::signature() const {
  return fmt::format("classifier {} channels={} dropout={} classes={}", kNumerics, fmt::join(channels_, ","), dropout_,
                     classes_);
}

void Classifier::parameters(const ParameterVisitor& visit) {
  conv_in_.parameters(visit);
  for (ResidualBlock& block : blocks_) block.parameters(visit);
  norm_out_.parameters(visit);
  head_.parameters(visit);
}

double Classifier::multiply_adds() const {
  const auto weights = [](const Tensor& w) { return w.defined() ? static_cast<double>(w.size()) : 0; };
  double positions = static_cast<double>(image_[0] * image_[1]), sum = positions * weights(conv_in_.weight);
  for (const ResidualBlock& b : blocks_) {
    sum += positions * (weights(b.conv_0.weight) + weights(b.conv_1.weight) + weights(b.skip.weight));
    positions /= 4;
  }
  return sum;
}

Tensor Classifier::features_of(const Tensor& x, const DropoutPlace* place) const {
  if (x.rank() != 4 || x.dim(1) != image_[0] || x.dim(2) != image_[1] || x.dim(3) != image_[2])
    throw InputError(fmt::format("classifier: images of shape {}; {} was expected", x.shape().text(), image_.text()));
  Tensor h = conv_in_(x);
  for (std::size_t level = 0; level < blocks_.size(); ++level) {
    if (level > 0) h = average_pool(h, {.size = 2, .stride = 2});
    DropoutMask mask;
    if (place != nullptr)
      mask = {RandomKey(place->seed, place->step, Stream::dropout, static_cast<std::uint32_t>(level)),
              place->first_example};
    h = blocks_[level](h, {}, place != nullptr ? &mask : nullptr);
  }
  return global_average_pool(norm_out_(h, {}, Activation::silu));
}

Tensor Classifier::forward(const NetworkInput& input) const { return head_(features_of(input.x, input.dropout)); }

Tensor Classifier::features(const Tensor& x) const {
  const std::int64_t n = x.dim(0), piece = samples_at_a_time(), pieces = (n + piece - 1) / piece;
  if (n == 0) return Tensor::empty({0, channels_.back()}, DType::f32);
  const Context team{.device = x.device(), .threads = default_context().threads, .scratch = {}};
  std::vector<Tensor> parts(static_cast<std::size_t>(pieces));
  parallel_items(team, pieces, [&](int, std::int64_t i) {
    const OneThread one;
    const NoGrad no_grad;
    parts[static_cast<std::size_t>(i)] = features_of(x.slice_first(i * piece, std::min(n, (i + 1) * piece)), nullptr);
  });
  const NoGrad no_grad;
  return concatenate(parts, Axis::first);
}

Tensor Classifier::logits(const Tensor& features) const {
  const NoGrad no_grad;
  return head_(features);
}

double Classifier::accuracy(const Examples& images) const {
  const Tensor scores = logits(features(images.x));
  const std::span<const float> rows = scores.span<float>();
  const std::span<const std::int32_t> labels = images.labels.span<std::int32_t>();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = rows.subspan(i * static_cast<std::size_t>(classes_), static_cast<std::size_t>(classes_));
    right += std::max_element(row.begin(), row.end()) - row.begin() == labels[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

namespace {

std::vector<Parameter> classifier_parameters() {
  return {{.name = "channels",
           .default_value = std::vector<double>{16, 32, 64},
           .meaning = "width of each level, the finest first; the last is the number of features",
           .min = 1,
           .max = 65536},
          {.name = "dropout",
           .default_value = 0.0,
           .meaning = "share of features dropped in training",
           .min = 0,
           .max = 0.99}};
}

const Register<Model> classifier{
    {.name = "classifier",
     .paper = "He 2016",
     .summary = "residual network that tells the classes of images apart; its features are what metrics compare by",
     .formula = "softmax(W mean(silu(norm(blocks(x)))) + b)",
     .parameters = classifier_parameters(),
     .numerics = kNumerics},
    [](const Dataset& data, std::uint64_t seed, const Parameters& p) -> std::unique_ptr<Model> {
      return std::make_unique<Classifier>(data, seed, whole_numbers(p, "channels", "classifier"), p.number("dropout"));
    }};

// Weights say on what they were trained, as far as they are ours. Of another shape they judge nothing; of other data
// they do where they were asked for by name.
void check_trained_on(const std::filesystem::path& file, const Dataset& data, bool named) {
  const auto metadata = load_verified(file).metadata;
  const auto differs = [&](const char* what, const std::string& expected) {
    const auto found = metadata.find(what);
    return found != metadata.end() && found->second != expected;
  };
  if (!named && differs("data", data.name))
    throw InputError(
        fmt::format("{}: the classifier was trained on '{}', not on '{}'; metrics.classifier names one for these data",
                    file.string(), metadata.at("data"), data.name));
  if (differs("sample_shape", data.sample_shape.text()))
    throw InputError(fmt::format("{}: a classifier trained with sample_shape {}, not {}, which an example of '{}' has",
                                 file.string(), metadata.at("sample_shape"), data.sample_shape.text(), data.name));
}

}  // namespace

std::shared_ptr<const Classifier> load_classifier(const std::string& weights, const Dataset& data) {
  const std::filesystem::path file = find_weights(weights.empty() ? kShipped : weights);
  check_trained_on(file, data, !weights.empty());
  const Parameters defaults(find_entry("model", "classifier"), {});
  const auto made = std::make_shared<Classifier>(data, 0, whole_numbers(defaults, "channels", "classifier"),
                                                 defaults.number("dropout"));
  load_weights(file, *made);
  return made;
}

}  // namespace ito::experiments
