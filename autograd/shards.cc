#include "autograd/shards.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "autograd/arithmetic.h"
#include "autograd/tape.h"
#include "kernels/core/parallel.h"

namespace ito {
namespace {

// left += right, tensor by tensor.
void fold(std::vector<Tensor>& left, std::vector<Tensor> right) {
  require(left.size() == right.size(), "two shards of a sum returned another number of tensors");
  for (std::size_t i = 0; i < left.size(); ++i) accumulate(left[i], right[i]);
}

}  // namespace

OneThread::OneThread() : threads_(default_context().threads) { set_threads(1); }
OneThread::~OneThread() { set_threads(threads_); }

std::int64_t shard_count(std::int64_t samples, std::int64_t shard_size) {
  require(samples >= 0 && shard_size >= 1, "a batch is cut into shards of at least one sample");
  return (samples + shard_size - 1) / shard_size;
}

void TreeSum::add(std::int64_t begin, int level, std::vector<Tensor> tensors) {
  require(begin >= 0 && level >= 0 && level < 62 && begin % (std::int64_t{1} << level) == 0,
          "a subtree begins at a multiple of its size");
  require(nodes_.empty() || begin == nodes_.back().begin + (std::int64_t{1} << nodes_.back().level),
          "shards are added in ascending order, without gaps");
  nodes_.push_back({begin, level, std::move(tensors)});
  while (nodes_.size() >= 2) {
    Node& right = nodes_.back();
    Node& left = nodes_[nodes_.size() - 2];
    if (left.level != right.level || left.begin % (std::int64_t{2} << left.level) != 0) break;
    fold(left.tensors, std::move(right.tensors));
    ++left.level;
    nodes_.pop_back();
  }
}

void TreeSum::add(TreeSum&& following) {
  for (Node& node : following.nodes_) add(node.begin, node.level, std::move(node.tensors));
  following.nodes_.clear();
}

std::vector<Tensor> TreeSum::total() {
  if (nodes_.empty()) return {};
  while (nodes_.size() >= 2) {
    std::vector<Tensor> right = std::move(nodes_.back().tensors);
    nodes_.pop_back();
    fold(nodes_.back().tensors, std::move(right));
  }
  std::vector<Tensor> tensors = std::move(nodes_.back().tensors);
  nodes_.clear();
  return tensors;
}

// Which thread takes which shards is fixed, not "whoever is free": then each thread's demand on its storage cache is
// the same in every step, and nothing is asked of the system after the first.
void add_shards(TreeSum& sum, std::int64_t first, std::int64_t last,
                function_ref<std::vector<Tensor>(std::int64_t shard)> work) {
  struct Part {
    std::int64_t begin;
    TreeSum sum;
  };
  std::mutex mutex;
  std::vector<Part> parts;
  const Context& outer = default_context();
  const Context team{.device = outer.device, .threads = outer.threads, .scratch = {}};
  parallel_for(team, last - first, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread one;
    Part part{begin, {}};
    try {
      for (std::int64_t i = begin; i < end; ++i) part.sum.add(first + i, 0, work(first + i));
    } catch (...) {
      Tape::current().clear();  // what the failed shard had recorded
      throw;
    }
    const std::lock_guard lock(mutex);
    parts.push_back(std::move(part));
  });
  std::ranges::sort(parts, {}, &Part::begin);
  for (Part& part : parts) sum.add(std::move(part.sum));
}

std::vector<Tensor> sum_over_shards(std::int64_t shards, function_ref<std::vector<Tensor>(std::int64_t shard)> work) {
  TreeSum sum;
  add_shards(sum, 0, shards, work);
  return sum.total();
}

}  // namespace ito
