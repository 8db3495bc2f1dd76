// One step of training a time-conditioned MLP, 2 - hidden - hidden - hidden - 2, on points: time features, forward,
// squared error, gradients by shards of 256, clipping, AdamW, moving average. Its operations are those of the products.
#include <memory>

#include "autograd/nn/linear.h"
#include "autograd/optim/adamw.h"
#include "autograd/optim/clip.h"
#include "autograd/optim/ema.h"
#include "autograd/shards.h"
#include "autograd/tape.h"
#include "bench/case.h"

namespace ito::bench {
namespace {

constexpr std::int64_t kShard = 256;
constexpr std::int64_t kFrequencies = 16;
constexpr std::int64_t kInputs = 2 + 2 * kFrequencies;

struct Mlp {
  std::vector<Linear> layers;

  explicit Mlp(std::int64_t hidden) {
    const std::vector<std::int64_t> widths = {kInputs, hidden, hidden, hidden, 2};
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back("layers." + std::to_string(i), widths[i], widths[i + 1], 1);
  }
  Tensor operator()(const Tensor& x, std::span<const double> times) const {
    Tensor h = concatenate({x, timestep_features(times, kFrequencies, 1000)}, Axis::last);
    for (std::size_t i = 0; i < layers.size(); ++i)
      h = layers[i](h, i + 1 < layers.size() ? Activation::silu : Activation::none);
    return h;
  }
  void parameters(const ParameterVisitor& visit) {
    for (Linear& layer : layers) layer.parameters(visit);
  }
};

struct Training {
  Training(std::int64_t batch, std::int64_t hidden)
      : model(hidden),
        x(Tensor::from(values<float>(2 * batch), {batch, 2})),
        target(Tensor::from(values<float>(2 * batch), {batch, 2})),
        times(values<double>(batch)) {}

  std::vector<Tensor> shard_gradients(std::int64_t shard) const {
    const std::int64_t begin = shard * kShard;
    const std::int64_t end = std::min(x.dim(0), begin + kShard);
    Mlp mine = model;
    std::vector<Tensor> leaves;
    mine.parameters([&](const std::string&, Tensor& value) {
      Tape::current().watch(value);
      leaves.push_back(value);
    });
    const std::span<const double> all(times);
    const Tensor y = mine(x.slice_first(begin, end),
                          all.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    const double scale = 1 / static_cast<double>(x.size());
    return Tape::current().gradients(squared_error(y, target.slice_first(begin, end), scale), leaves);
  }
  void step() {
    std::vector<Tensor> gradients =
        sum_over_shards(shard_count(x.dim(0), kShard), [this](std::int64_t shard) { return shard_gradients(shard); });
    clip_by_global_norm(gradients, 1);
    optimizer.step(gradients, 1e-3);
    average.update();
  }

  Mlp model;
  Tensor x, target;
  std::vector<double> times;
  AdamW optimizer{parameters_of(model), {}};
  Ema average{parameters_of(model), 0.999};
};

// Forward, weight gradients and input gradients (none of the first layer's), two operations a multiply-add.
double operations(std::int64_t batch, std::int64_t hidden) {
  const std::int64_t first = kInputs * hidden;
  const std::int64_t others = 2 * hidden * hidden + 2 * hidden;
  return 2.0 * static_cast<double>(batch) * static_cast<double>(2 * first + 3 * others);
}

const bool registered =
    add_family({.kernel = "training_step",
                .axes = "batch x hidden",
                .shapes = {{2048, 128}},
                .make = [](const Shape& shape, Dtype) {
                  const auto training = std::make_shared<Training>(shape[0], shape[1]);
                  return Work{Bound::compute, operations(shape[0], shape[1]), [training](Context& context) {
                                set_threads(context.threads);
                                training->step();
                              }};
                }});

}  // namespace
}  // namespace ito::bench
