#include "experiments/models/conditioning.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/ops.h"

namespace ito::experiments {
namespace {

// Angular frequencies: of t in [0, 1] from 30, which tells t and t + 0.01 apart, down to 0.3; of lambda in [-10, 10]
// from 3 down to 0.03.
constexpr double kTimeScale = 30, kLambdaScale = 3, kPeriod = 100, kLargestLambda = 10;

}  // namespace

Conditioning::Conditioning(const std::string& name, std::int64_t channels, std::int64_t features_, int classes_,
                           bool of_lambda_, std::uint64_t seed)
    : features(features_),
      classes(classes_),
      of_lambda(of_lambda_),
      layer_0(name + ".layer_0", features, channels, seed),
      layer_1(name + ".layer_1", channels, channels, seed) {
  if (classes > 0) class_embedding = Embedding(name + ".class_embedding", classes + 1, channels, seed);
}

Tensor Conditioning::operator()(const NetworkInput& input) const {
  const std::int64_t n = input.x.dim(0);
  std::vector<double> scaled;
  for (const double t : of_lambda ? input.lambda : input.times)
    scaled.push_back(of_lambda ? kLambdaScale * std::clamp(t, -kLargestLambda, kLargestLambda) : kTimeScale * t);
  require(static_cast<std::int64_t>(scaled.size()) == n, "a network is told the time of each sample");
  Tensor e = layer_0(timestep_features(scaled, features / 2, kPeriod), Activation::silu);
  if (classes > 0) {
    Tensor labels = Tensor::full({n}, classes, DType::i32);
    if (input.condition.defined()) {
      const std::span<const std::int32_t> asked = input.condition.span<std::int32_t>();
      const std::span<std::int32_t> rows = labels.mutable_span<std::int32_t>();
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (asked[i] < kUnconditional || asked[i] >= classes)
          throw InputError(fmt::format("class {}; the network knows 0 to {}, and -1 for none", asked[i], classes - 1));
        if (asked[i] != kUnconditional) rows[i] = asked[i];
      }
    }
    e = add(e, class_embedding(labels));
  }
  return layer_1(e, Activation::silu);
}

void Conditioning::parameters(const ParameterVisitor& visit) {
  layer_0.parameters(visit);
  layer_1.parameters(visit);
  if (classes > 0) class_embedding.parameters(visit);
}

double Conditioning::multiply_adds() const {
  return static_cast<double>(layer_0.weight.size() + layer_1.weight.size());
}

}  // namespace ito::experiments
