// A multilayer perceptron for points: what the spiral is learned with.
//
//   h_0 = [x, features(t), onehot(c)],   h_i = silu(h_{i-1} W_i + b_i),   y = h_n W_y + b_y
//
// features(t): sqrt(D / count) times the sines and cosines of kTimeScale t (kernels/timestep_features). onehot(c) has
// one place a class and a last one for "unconditional", so that the last rows of W_1 are the classes' embedding.
// Without time conditioning the features are left out: one field for all t.
#include <fmt/format.h>

#include <cmath>

#include "autograd/nn/linear.h"
#include "autograd/ops/ops.h"
#include "experiments/models/model.h"
#include "kernels/timestep_features/timestep_features.h"
#include "samplers/denoiser.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;

// Angular frequencies of the features of t in [0, 1]: from 30, which tells t and t + 0.01 apart, down to 0.3.
constexpr double kTimeScale = 30, kTimePeriod = 100;

class Mlp : public Model {
 public:
  Mlp(const Dataset& data, std::uint64_t seed, const Parameters& p)
      : prediction_(*prediction_from_name(p.text("prediction"))),
        features_(p.boolean("time_conditioned") ? p.integer("time_features") : 0),
        classes_(data.classes) {
    if (data.sample_shape.rank() != 1)
      throw InputError(fmt::format("model.kind = \"mlp\" takes points [D]; an example of '{}' is {}", data.name,
                                   data.sample_shape.text()));
    if (features_ % 2 != 0)
      throw InputError(fmt::format("model.time_features = {}: an even number was expected", features_));
    std::vector<std::int64_t> hidden;
    for (const double width : p.numbers("hidden")) {
      hidden.push_back(static_cast<std::int64_t>(width));
      if (static_cast<double>(hidden.back()) != width)
        throw InputError(fmt::format("model.hidden: {} is not a whole number", width));
    }
    if (hidden.empty()) throw InputError("model.hidden: at least one hidden layer was expected");
    make_layers(data.sample_shape.size(), hidden, seed);
  }

  Denoiser denoiser(PathPtr path) const override {
    return network_denoiser(std::make_shared<const Mlp>(*this), "mlp", std::move(path), classes_);
  }
  Prediction prediction() const override { return prediction_; }
  std::string signature() const override {
    std::string widths;
    for (const Linear& layer : layers_) widths += fmt::format(" {}", layer.weight.dim(0));
    return fmt::format("mlp {} prediction={} widths={} features={} classes={}", kNumerics, prediction_name(prediction_),
                       widths, features_, classes_);
  }
  bool trainable() const override { return true; }
  std::unique_ptr<Model> share() const override { return std::make_unique<Mlp>(*this); }

  void parameters(const ParameterVisitor& visit) override {
    for (Linear& layer : layers_) layer.parameters(visit);
  }

  Tensor forward(const NetworkInput& input) const override {
    Tensor h = input.x;
    if (features_ > 0) h = concatenate({h, time_features(input.times)}, Axis::last);
    if (classes_ > 0) h = concatenate({h, one_hot(input.condition, input.x.dim(0))}, Axis::last);
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) h = layers_[i](h, Activation::silu);
    return layers_.back()(h);
  }

  double multiply_adds() const override {
    double sum = 0;
    for (const Linear& layer : layers_) sum += static_cast<double>(layer.weight.size());
    return sum;
  }

 private:
  void make_layers(std::int64_t dimension, const std::vector<std::int64_t>& hidden, std::uint64_t seed) {
    // The gain keeps the scale through silu, which takes a unit normal's second moment to 0.36. The last layer starts
    // at zero, and with it the network.
    constexpr double kGain = 1.5;
    const InitialValues last{Initial::zeros, 1};
    std::int64_t in = dimension + features_ + (classes_ > 0 ? classes_ + 1 : 0);
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      // The first layer's inputs are scaled to be worth `dimension` unit ones, however many they are.
      const double gain = i == 0 ? kGain * std::sqrt(static_cast<double>(in) / static_cast<double>(dimension)) : kGain;
      layers_.emplace_back(fmt::format("layers.{}", i), in, hidden[i], seed,
                           InitialValues{Initial::kaiming_normal, gain});
      in = hidden[i];
    }
    layers_.emplace_back(fmt::format("layers.{}", hidden.size()), in, dimension, seed, last);
  }

  Tensor time_features(std::span<const double> times) const {
    std::vector<double> scaled(times.begin(), times.end());
    for (double& t : scaled) t *= kTimeScale;
    const auto amplitude = static_cast<float>(
        std::sqrt(static_cast<double>(layers_.back().weight.dim(1)) / static_cast<double>(features_)));
    Tensor features = Tensor::empty({static_cast<std::int64_t>(scaled.size()), features_}, DType::f32);
    kernels::timestep_features(context(features), features.dim(0), features_ / 2, kTimePeriod, scaled.data(),
                               features.mutable_span<float>().data());
    for (float& f : features.mutable_span<float>()) f *= amplitude;
    return features;
  }

  Tensor one_hot(const Tensor& condition, std::int64_t n) const {
    const auto width = static_cast<std::size_t>(classes_) + 1;
    Tensor hot = Tensor::zeros({n, classes_ + 1}, DType::f32);
    const std::span<float> out = hot.mutable_span<float>();
    const std::span<const std::int32_t> labels =
        condition.defined() ? condition.span<std::int32_t>() : std::span<const std::int32_t>();
    if (condition.defined() && condition.size() != n)
      throw InputError(fmt::format("mlp: {} labels for {} samples", condition.size(), n));
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
      const std::int32_t label = labels.empty() ? kUnconditional : labels[i];
      if (label < kUnconditional || label >= classes_)
        throw InputError(fmt::format("mlp: label {}; the network knows 0 to {}, and -1 for none", label, classes_ - 1));
      out[i * width + static_cast<std::size_t>(label == kUnconditional ? classes_ : label)] = 1;
    }
    return hot;
  }

  Prediction prediction_;
  std::int64_t features_;
  std::int32_t classes_;
  std::vector<Linear> layers_;
};

const Register<Model> mlp{
    {.name = "mlp",
     .summary = "multilayer perceptron for points, conditioned on time and class",
     .formula = "h_0 = [x, features(t), onehot(c)],  h_i = silu(h_{i-1} W_i + b_i),  y = h_n W_y + b_y",
     .parameters = {{.name = "hidden",
                     .default_value = std::vector<double>{128, 128, 128},
                     .meaning = "widths of the hidden layers",
                     .min = 1,
                     .max = 65536},
                    {.name = "prediction",
                     .default_value = std::string("eps"),
                     .meaning = "what the network predicts",
                     .choices = {"eps", "sample", "v", "velocity"}},
                    {.name = "time_conditioned",
                     .default_value = true,
                     .meaning = "false: the network is not told the time"},
                    {.name = "time_features",
                     .default_value = std::int64_t{32},
                     .meaning = "sines and cosines of the time, an even number",
                     .min = 2,
                     .max = 4096}},
     .numerics = kNumerics},
    [](const Dataset& data, std::uint64_t seed, const Parameters& p) -> std::unique_ptr<Model> {
      return std::make_unique<Mlp>(data, seed, p);
    }};

}  // namespace
}  // namespace ito::experiments
