// Tasks over threads. None of the sizes here decides a bit.
#include "kernels/attention/attention.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention/simd.cc"
#include <hwy/foreach_target.h>

#ifndef ITO_KERNELS_ATTENTION_TASKS
#define ITO_KERNELS_ATTENTION_TASKS
#include <algorithm>
#include <span>

#include "kernels/core/parallel.h"

namespace ito::kernels::attention_tasks {

constexpr std::int64_t kThreadMacs = std::int64_t{1} << 19;  // less is not worth a thread

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Runs task(thread, item), on one thread where all of it together is small.
inline void run(const Context& context, std::int64_t items, std::int64_t macs,
                function_ref<void(int thread, std::int64_t item)> task) {
  if (macs >= 2 * kThreadMacs) return parallel_items(context, items, task);
  for (std::int64_t item = 0; item < items; ++item) task(0, item);
}

}  // namespace ito::kernels::attention_tasks
#endif  // ITO_KERNELS_ATTENTION_TASKS

#include "kernels/attention/backward-inl.h"
#include "kernels/attention/forward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class Workspace>
std::span<Workspace> attention_workspaces(Context& context, std::int64_t channels) {
  const std::span<Workspace> all = context.scratch.take<Workspace>(static_cast<std::size_t>(context.threads));
  for (Workspace& one : all) one = Workspace(context.scratch, channels);
  return all;
}

template <class T>
void attention(Context& context, const AttentionArguments<T>& a, const AttentionOperand<T>& y, T* z) {
  using Workspace = ForwardWorkspace<T>;
  const Scratch::Scope scope(context.scratch);
  const std::span<const Workspace> workspaces = attention_workspaces<Workspace>(context, a.channels);
  // Tasks of about equal numbers of whole tiles.
  const std::int64_t tiles = attention_tasks::divide_up(a.queries, GemmTile<T>::rows);
  const std::int64_t tasks = attention_tasks::divide_up(a.queries, Workspace::kQueries);
  const std::int64_t macs = 2 * a.samples * a.heads * a.queries * a.keys * a.channels;
  attention_tasks::run(context, a.samples * a.heads * tasks, macs, [&](int thread, std::int64_t item) HWY_ATTR {
    const std::int64_t task = item % tasks, head = item / tasks % a.heads, n = item / tasks / a.heads;
    const std::int64_t first = tiles * task / tasks * GemmTile<T>::rows;
    const std::int64_t end = std::min(a.queries, tiles * (task + 1) / tasks * GemmTile<T>::rows);
    attention_task(a, n, head, first, end - first, workspaces[static_cast<std::size_t>(thread)], y, z);
  });
}

template <class T>
void attention_gradient(Context& context, const AttentionArguments<T>& a, const AttentionGradient<T>& g) {
  const Scratch::Scope scope(context.scratch);
  const std::span<const BackwardWorkspace<T>> workspaces =
      attention_workspaces<BackwardWorkspace<T>>(context, a.channels);
  const std::int64_t rows = a.samples * a.heads * a.queries, heads = a.samples * a.heads;
  T* delta = context.scratch.take<T>(static_cast<std::size_t>(rows)).data();
  parallel_for(context, rows, 16384 / a.channels + 1, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t i = row % a.queries, h = row / a.queries % a.heads, n = row / a.queries / a.heads;
      delta[row] = attention_delta(attention_token(g.dy, n, i, h, a.channels),
                                   attention_token(g.y, n, i, h, a.channels), a.channels);
    }
  });

  const std::int64_t key_blocks = attention_tasks::divide_up(a.keys, kAttentionBlock);
  const std::int64_t query_blocks = attention_tasks::divide_up(a.queries, kAttentionBlock);
  const std::int64_t macs = 5 * rows * a.keys * a.channels;
  const auto run = [&](const AttentionGradient<T>& wanted, std::int64_t parts, auto part_of) HWY_ATTR {
    attention_tasks::run(context, heads * parts, macs, [&](int thread, std::int64_t item) HWY_ATTR {
      BackwardRange range{item / parts / a.heads, item / parts % a.heads, 0, key_blocks, 0, query_blocks};
      part_of(range, item % parts);
      attention_gradient_task(a, wanted, delta, range, workspaces[static_cast<std::size_t>(thread)]);
    });
  };
  // Whole heads cost five products for a pair of blocks. Where they cannot be shared out evenly, dQ by blocks of
  // queries and dK, dV by blocks of keys cost seven.
  const std::int64_t rounds = attention_tasks::divide_up(heads, context.threads);
  if (macs < 2 * attention_tasks::kThreadMacs || 5 * rounds * context.threads <= 7 * heads)
    return run(g, 1, [](BackwardRange&, std::int64_t) {});
  AttentionGradient<T> of_queries = g, of_keys = g;
  of_queries.dk = of_queries.dv = of_keys.dq = {};
  const auto one_block = [](std::int64_t& begin, std::int64_t& end, std::int64_t block) {
    begin = block;
    end = block + 1;
  };
  if (g.dq.data != nullptr)
    run(of_queries, query_blocks,
        [&](BackwardRange& range, std::int64_t block) { one_block(range.query_begin, range.query_end, block); });
  if (g.dk.data != nullptr || g.dv.data != nullptr)
    run(of_keys, key_blocks,
        [&](BackwardRange& range, std::int64_t block) { one_block(range.key_begin, range.key_end, block); });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void attention(Context& context, const AttentionArguments<T>& a, const AttentionOperand<T>& y, T* z) {
  ITO_DISPATCH(attention<T>)(context, a, y, z);
}
template <class T>
void attention_gradient(Context& context, const AttentionArguments<T>& a, const AttentionGradient<T>& g) {
  ITO_DISPATCH(attention_gradient<T>)(context, a, g);
}

#define ITO_INSTANTIATE(T)                                                                            \
  template void attention<T>(Context&, const AttentionArguments<T>&, const AttentionOperand<T>&, T*); \
  template void attention_gradient<T>(Context&, const AttentionArguments<T>&, const AttentionGradient<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif
