#include "autograd/shards.h"

#include <array>

#include "autograd/arithmetic.h"
#include "kernels/core/context.h"

namespace ito {
namespace {

// A value for each shard whose sums round differently in every order.
float value(std::int64_t shard) {
  return std::ldexp(1.0f + 0.37f * static_cast<float>(shard % 7), static_cast<int>(shard * 5 % 17) - 8);
}

const auto work = [](std::int64_t shard) -> std::vector<Tensor> {
  return {Tensor::full({3}, value(shard), DType::f32), Tensor::scalar(static_cast<double>(shard), DType::f64)};
};

// The tree by its definition: split at the largest power of two below the end.
float tree(std::int64_t begin, std::int64_t end, std::int64_t width) {
  if (width == 1) return value(begin);
  const std::int64_t middle = begin + width / 2;
  if (middle >= end) return tree(begin, end, width / 2);
  return tree(begin, middle, width / 2) + tree(middle, end, width / 2);
}

class Threads {
 public:
  explicit Threads(int n) : before_(default_context().threads) { set_threads(n); }
  ~Threads() { set_threads(before_); }

 private:
  int before_;
};

TEST(Shards, FoldByTheFixedTreeOnAnyNumberOfThreads) {
  bool order_matters = false;
  for (const std::int64_t shards : {1, 2, 3, 5, 7, 8, 13, 16, 31, 64, 100}) {
    const float expected = tree(0, shards, 128);
    float ascending = 0;
    for (std::int64_t s = 0; s < shards; ++s) ascending += value(s);
    order_matters |= ascending != expected;
    for (const int threads : {1, 2, 5, 7}) {
      const Threads use(threads);
      const std::vector<Tensor> total = sum_over_shards(shards, work);
      EXPECT_EQ(total[0].span<float>()[2], expected) << shards << " shards on " << threads << " threads";
      EXPECT_EQ(total[1].item(), static_cast<double>(shards * (shards - 1) / 2));
    }
  }
  EXPECT_TRUE(order_matters) << "the values must tell orders apart";
}

TEST(Shards, MicroBatchesOfWholeShardsChangeNoBit) {
  const std::int64_t shards = 45;
  for (const std::int64_t step : {1, 3, 8, 20}) {
    TreeSum sum;
    for (std::int64_t s = 0; s < shards; s += step) add_shards(sum, s, std::min(s + step, shards), work);
    EXPECT_EQ(sum.total()[0].span<float>()[0], tree(0, shards, 64));
  }
  // Aligned subtrees computed elsewhere.
  TreeSum left, right;
  add_shards(left, 0, 32, work);
  add_shards(right, 32, 45, work);
  left.add(std::move(right));
  EXPECT_EQ(left.total()[0].span<float>()[0], tree(0, shards, 64));
}

TEST(Shards, CountIncludesAShortLastOne) {
  EXPECT_EQ(shard_count(0, 8), 0);
  EXPECT_EQ(shard_count(16, 8), 2);
  EXPECT_EQ(shard_count(17, 8), 3);
  EXPECT_THROW(shard_count(17, 0), InputError);
  EXPECT_TRUE(sum_over_shards(0, work).empty());
}

TEST(Shards, RefuseGapsAndMisalignedSubtrees) {
  TreeSum sum;
  sum.add(0, 0, work(0));
  EXPECT_THROW(sum.add(2, 0, work(2)), InputError);
  EXPECT_THROW(sum.add(1, 1, work(1)), InputError);
}

TEST(Shards, WorkRunsWithOneThreadAndItsErrorsArrive) {
  const Threads use(2);
  sum_over_shards(4, [](std::int64_t shard) {
    EXPECT_EQ(default_context().threads, 1);
    return work(shard);
  });
  EXPECT_EQ(default_context().threads, 2);
  EXPECT_THROW(sum_over_shards(4,
                               [](std::int64_t shard) -> std::vector<Tensor> {
                                 if (shard == 3) throw DivergedError("shard 3");
                                 return work(shard);
                               }),
               DivergedError);
}

}  // namespace
}  // namespace ito
