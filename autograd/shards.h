// What sums over a batch, the same bits for any number of threads, micro-batches or machines (CONTRACT.md).
//
//   std::vector<Tensor> total = sum_over_shards(shard_count(batch, 256), [&](std::int64_t shard) {
//     Model model = shared;                      // its own handles, so that this thread's tape watches them
//     ...watch, forward, loss...
//     return Tape::current().gradients(loss, leaves);
//   });
//
// A batch is cut into shards of a size the recipe names. Each shard is summed from zero under the kernels' rules; the
// shards' results are folded by a fixed binary tree over the shard's index: a node of level l covers 2^l indices from a
// multiple of 2^l, is left + right, and is left alone where there is no right.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/core/function_ref.h"

namespace ito {

// While one lives, kernels on this thread run on it alone: inside a loop that has taken the other threads.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int threads_;
};

// The shards of n samples: the last may be short.
std::int64_t shard_count(std::int64_t samples, std::int64_t shard_size);

// The tree as a binary counter: holds at most one node a level and end.
class TreeSum {
 public:
  // The next shard, or a whole subtree: `level` of it, beginning at shard `begin` (a multiple of 2^level). In ascending
  // order of `begin`, without gaps, from whatever shard comes first.
  void add(std::int64_t begin, int level, std::vector<Tensor> tensors);
  // Takes over another sum's nodes, which follow on this one's.
  void add(TreeSum&& following);
  // What is left, folded from the right. Empty when nothing was added. The sum is empty afterwards.
  std::vector<Tensor> total();

 private:
  struct Node {
    std::int64_t begin;
    int level;
    std::vector<Tensor> tensors;
  };
  std::vector<Node> nodes_;
};

// Runs work(shard) for first <= shard < last on the calling thread's default_context().threads threads, each a fixed
// run of neighbouring shards, and adds the results to `sum`. Inside work, the thread's context has one thread. All
// results have the same number of tensors, of the same shapes; nobody keeps a handle to them.
void add_shards(TreeSum& sum, std::int64_t first, std::int64_t last,
                function_ref<std::vector<Tensor>(std::int64_t shard)> work);

// The whole batch at once.
std::vector<Tensor> sum_over_shards(std::int64_t shards, function_ref<std::vector<Tensor>(std::int64_t shard)> work);

}  // namespace ito
