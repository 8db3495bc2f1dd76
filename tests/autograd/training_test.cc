// A whole training step: the same bits on any number of threads and either SIMD target, and no storage from the system
// after the first.
#include <array>

#include "autograd/nn/linear.h"
#include "autograd/optim/adamw.h"
#include "autograd/optim/clip.h"
#include "autograd/optim/ema.h"
#include "autograd/shards.h"
#include "autograd/tape.h"
#include "kernels/core/simd_target.h"
#include "kernels/random/random.h"

namespace ito {
namespace {

struct Mlp {
  Linear first, second, third;

  explicit Mlp(std::uint64_t seed)
      : first("layers.0", 3, 37, seed), second("layers.1", 37, 37, seed), third("layers.2", 37, 2, seed) {}
  Tensor operator()(const Tensor& x) const { return third(second(first(x, Activation::silu), Activation::gelu)); }
  void parameters(const ParameterVisitor& visit) {
    first.parameters(visit);
    second.parameters(visit);
    third.parameters(visit);
  }
};

constexpr std::int64_t kBatch = 203;
constexpr std::int64_t kShard = 32;

Tensor noise(std::int64_t step, std::int64_t begin, std::int64_t end, std::int64_t width) {
  Tensor x = Tensor::empty({end - begin, width}, DType::f32);
  const RandomKey key(3, static_cast<std::uint32_t>(step), Stream::test, static_cast<std::uint32_t>(width));
  kernels::normal<float>(context(x), key, begin, end - begin, width, x.mutable_span<float>().data());
  return x;
}

// One shard's gradients, and its loss at the end.
std::vector<Tensor> shard_gradients(const Mlp& shared, std::int64_t step, std::int64_t shard) {
  const std::int64_t begin = shard * kShard;
  const std::int64_t end = std::min(kBatch, begin + kShard);
  Mlp model = shared;
  std::vector<Tensor> leaves;
  model.parameters([&](const std::string&, Tensor& value) {
    Tape::current().watch(value);
    leaves.push_back(value);
  });
  const Tensor y = model(noise(step, begin, end, 3));
  const Tensor loss = squared_error(y, noise(step, begin, end, 2), 1.0 / (2 * kBatch));
  std::vector<Tensor> result = Tape::current().gradients(loss, leaves);
  result.push_back(loss.clone());
  return result;
}

struct Training {
  Mlp model{5};
  AdamW optimizer{parameters_of(model), {}};
  Ema average{parameters_of(model), 0.99, true};
  double loss = 0;

  void step(std::int64_t number, std::int64_t micro_batch_shards) {
    TreeSum sum;
    const std::int64_t shards = shard_count(kBatch, kShard);
    for (std::int64_t first = 0; first < shards; first += micro_batch_shards)
      add_shards(sum, first, std::min(shards, first + micro_batch_shards),
                 [&](std::int64_t shard) { return shard_gradients(model, number, shard); });
    std::vector<Tensor> gradients = sum.total();
    loss = gradients.back().item();
    gradients.pop_back();
    clip_by_global_norm(gradients, 0.5);
    optimizer.step(gradients, 1e-2);
    average.update();
  }
  // Every bit that training decides.
  std::vector<float> bits() {
    std::vector<float> all = {static_cast<float>(loss)};
    for (const auto& list : {parameters_of(model), average.values()})
      for (const NamedTensor& parameter : list)
        all.insert(all.end(), parameter.value.span<float>().begin(), parameter.value.span<float>().end());
    return all;
  }
};

class Settings {
 public:
  Settings(int threads, SimdTarget target) {
    set_threads(threads);
    set_simd_target(target);
  }
  ~Settings() {
    set_threads(threads_);
    set_simd_target(target_);
  }

 private:
  int threads_ = default_context().threads;
  SimdTarget target_ = simd_target();
};

std::vector<float> train(int threads, SimdTarget target, std::int64_t micro_batch_shards) {
  const Settings settings(threads, target);
  Training training;
  for (std::int64_t step = 0; step < 5; ++step) training.step(step, micro_batch_shards);
  return training.bits();
}

TEST(TrainingStep, HasTheSameBitsHoweverItIsRun) {
  const std::vector<float> expected = train(1, SimdTarget::avx2, 100);
  for (const float value : expected) ASSERT_TRUE(std::isfinite(value));
  for (const SimdTarget target : {SimdTarget::avx2, SimdTarget::avx512}) {
    if (!simd_target_supported(target)) continue;
    for (const int threads : {1, 2, 5, 7})
      for (const std::int64_t micro_batch : {1, 2, 100}) {
        const std::vector<float> bits = train(threads, target, micro_batch);
        ASSERT_EQ(bits.size(), expected.size());
        EXPECT_EQ(std::memcmp(bits.data(), expected.data(), bits.size() * sizeof(float)), 0)
            << threads << " threads, " << simd_target_name(target) << ", micro-batches of " << micro_batch << " shards";
      }
  }
}

TEST(TrainingStep, AsksTheSystemForNoStorageAfterTheFirst) {
  for (const int threads : {1, 2, 5}) {
    const Settings settings(threads, simd_target());
    Training training;
    training.step(0, 100);
    const std::int64_t after_first = storage_allocations();
    for (std::int64_t step = 1; step < 20; ++step) training.step(step, 100);
    EXPECT_EQ(storage_allocations(), after_first) << threads << " threads";
  }
}

TEST(TrainingStep, LowersTheLoss) {
  const Settings settings(1, simd_target());
  Training training;
  training.step(0, 100);
  const double before = training.loss;
  for (int i = 0; i < 100; ++i) training.step(0, 100);  // the same batch: it is learned by heart
  EXPECT_LT(training.loss, 0.7 * before);
}

}  // namespace
}  // namespace ito
