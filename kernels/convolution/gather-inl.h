// The loops of a gather (gather.h): convolution and its data gradient. Included once for each target.
//
//   weights packed in GEMM's panels       by all threads, once a call
//     task: rows of the grid of one image, or whole images        one thread
//       padded rows copied to a strip     stays in L2
//       block of k
//         tile: up to GemmTile::rows pixels of one row            read in place, a pixel's channels being contiguous
//           panel of columns              micro-kernel
#include "kernels/convolution/micro_kernel-inl.h"
#include "kernels/convolution/narrow-inl.h"
#include "kernels/core/highway-inl.h"
#include "kernels/gemm/epilogue-inl.h"
#include "kernels/gemm/packing-inl.h"

#if defined(ITO_KERNELS_CONVOLUTION_GATHER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CONVOLUTION_GATHER_INL_H_
#undef ITO_KERNELS_CONVOLUTION_GATHER_INL_H_
#else
#define ITO_KERNELS_CONVOLUTION_GATHER_INL_H_
#endif

#include "kernels/convolution/tasks.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Weights in panels of a tile's width, in the order in which they are read: for each block of k, panel after panel.
template <class T>
struct PackedWeights {
  const convolution_loops::Gather<T>& g;
  convolution_loops::Pieces cut;
  T* data;

  std::int64_t panels() const { return convolution_loops::divide_up(g.columns, GemmTile<T>::columns); }
  std::int64_t columns(std::int64_t panel) const {
    return std::min(GemmTile<T>::columns, g.columns - panel * GemmTile<T>::columns);
  }
  T* panel(const convolution_loops::Block& block, std::int64_t p) const {
    return data + (block.k * panels() + p * block.kc) * GemmTile<T>::columns;
  }
  void pack(const convolution_loops::Block& block, std::int64_t p) const {
    for (std::int64_t i = block.first; i < block.end; ++i) {
      const convolution_loops::Piece& piece = cut.pieces[static_cast<std::size_t>(i)];
      gemm_pack_b(g.weights + piece.tap * g.channels * g.columns, g.weights_transposed ? g.channels : g.columns,
                  g.weights_transposed, p * GemmTile<T>::columns, columns(p), piece.channel, piece.count,
                  panel(block, p) + (piece.k - block.k) * GemmTile<T>::columns);
    }
  }
};

// result = activation((result +) total + bias) on `count` pixels of a row of the grid.
template <class T>
void gather_finish(const convolution_loops::Gather<T>& g, std::int64_t at, std::int64_t count, const T* total) {
  const auto add = [](auto, auto x, auto y) HWY_ATTR { return hn::Add(x, y); };
  for (std::int64_t i = 0; i < count; ++i, at += g.w.pitch * g.columns, total += g.columns) {
    T* pixel = g.result + at;
    if (g.accumulate)
      map_range(0, g.columns, pixel, add, static_cast<const T*>(pixel), total);
    else
      std::copy_n(total, g.columns, pixel);
    gemm_epilogue(g.bias, g.activation, g.pre_activation == nullptr ? nullptr : g.pre_activation + at, pixel, g.columns,
                  1, g.columns);
  }
}

// A total is kept apart where it spans several blocks and is added to the result, or where a row's pixels are not
// neighbours in the result.
template <class T>
bool gather_needs_total(const convolution_loops::Gather<T>& g, std::size_t blocks) {
  return g.w.pitch != 1 || (g.accumulate && blocks > 1);
}

template <class T>
void gather_task(const PackedWeights<T>& weights, const convolution_loops::GatherTask<T>& task, T* strips, T* totals) {
  using Tile = GemmTile<T>;
  using namespace convolution_loops;
  const Gather<T>& g = weights.g;
  const Strip& strip = task.strip;
  for (std::int64_t image = task.image_begin; image < task.image_end; ++image)
    fill_strip(g.source + image * g.source_h * g.source_w * g.pixel_stride, g.source_h, g.source_w, g.channels,
               g.pixel_stride, task.row_begin * g.h.step + g.h.low(), g.w.low(), strip,
               strips + (image - task.image_begin) * strip.size());

  const bool apart = gather_needs_total(g, weights.cut.blocks.size());
  const std::int64_t tiles = divide_up(g.w.grid, Tile::rows), panels = weights.panels();
  const std::int64_t a_stride = g.w.step * strip.pixel;
  for (std::size_t b = 0; b < weights.cut.blocks.size(); ++b) {
    const Block& block = weights.cut.blocks[b];
    const bool last = b + 1 == weights.cut.blocks.size();
    for (std::int64_t image = task.image_begin; image < task.image_end; ++image)
      for (std::int64_t row = task.row_begin; row < task.row_end; ++row)
        for (std::int64_t tile = 0; tile < tiles; ++tile) {
          const std::int64_t x = g.w.grid * tile / tiles, count = g.w.grid * (tile + 1) / tiles - x;
          const std::int64_t in_task = image - task.image_begin, below = row - task.row_begin;
          const T* a = strips + in_task * strip.size() + below * g.h.step * strip.columns * strip.pixel + x * a_stride;
          const std::int64_t at = g.at(image, row, x);
          T* c = apart ? totals + ((in_task * task.rows() + below) * g.w.grid + x) * g.columns : g.result + at;
          for (std::int64_t panel = 0; panel < panels; ++panel) {
            const std::int64_t columns = weights.columns(panel), column = panel * Tile::columns;
            run_micro_kernel_for<T, false>(count, columns)(block.runs, a, a_stride, weights.panel(block, panel),
                                                           Tile::columns, c + column, g.columns, columns,
                                                           b > 0 || (g.accumulate && !apart));
            if (last && !apart && g.epilogue())
              gemm_epilogue(g.bias == nullptr ? nullptr : g.bias + column, g.activation,
                            g.pre_activation == nullptr ? nullptr : g.pre_activation + at + column, c + column,
                            g.columns, count, columns);
          }
          if (last && apart) gather_finish(g, at, count, c);
        }
  }
}

// How a block's pieces lie in the strip and in the packed weights; neighbours in both are one run.
template <class T>
void gather_runs(Scratch& scratch, const convolution_loops::Pieces& cut, const convolution_loops::Strip& strip) {
  using namespace convolution_loops;
  const std::span<Run> all = scratch.take<Run>(cut.pieces.size());
  std::size_t end = 0;
  for (Block& block : cut.blocks) {
    const std::size_t first = end;
    for (std::int64_t i = block.first; i < block.end; ++i) {
      const Piece& piece = cut.pieces[static_cast<std::size_t>(i)];
      const std::int64_t a = (piece.row * strip.columns + piece.column) * strip.pixel + piece.channel;
      if (end > first && all[end - 1].a + all[end - 1].count == a)
        all[end - 1].count += piece.count;
      else
        all[end++] = {a, (piece.k - block.k) * GemmTile<T>::columns, piece.count};
    }
    block.runs = all.subspan(first, end - first);
  }
}

template <class T>
void gather(Context& context, const convolution_loops::Gather<T>& g) {
  using namespace convolution_loops;
  if (g.h.grid == 0 || g.w.grid == 0) return;
  if (g.columns <= kNarrowColumns && g.h.step == 1 && g.w.step == 1) return narrow_gather(context, g);
  const Scratch::Scope scope(context.scratch);
  PackedWeights<T> weights{g, cut(context.scratch, g), nullptr};
  const std::int64_t panels = weights.panels();
  weights.data = context.scratch.take<T>(static_cast<std::size_t>(g.k() * panels * GemmTile<T>::columns)).data();
  const GatherTasks tasks(g, context.threads);
  gather_runs<T>(context.scratch, weights.cut, tasks.strip);

  const std::size_t threads = static_cast<std::size_t>(std::min<std::int64_t>(context.threads, tasks.count));
  const std::size_t strips_size = static_cast<std::size_t>(tasks.images * tasks.strip.size());
  const bool apart = gather_needs_total(g, weights.cut.blocks.size());
  const std::size_t totals_size =
      apart ? static_cast<std::size_t>(tasks.images * divide_up(g.h.grid, tasks.parts) * g.w.grid * g.columns) : 0;
  T* strips = context.scratch.take<T>(threads * strips_size).data();
  T* totals = context.scratch.take<T>(threads * totals_size).data();

  const std::int64_t blocks = static_cast<std::int64_t>(weights.cut.blocks.size());
  parallel_for(context, blocks * panels, 16, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t i = begin; i < end; ++i)
      weights.pack(weights.cut.blocks[static_cast<std::size_t>(i / panels)], i % panels);
  });
  parallel_items(context, tasks.count, [&](int thread, std::int64_t item) HWY_ATTR {
    const std::size_t own = static_cast<std::size_t>(thread);
    gather_task(weights, task_of(g, tasks, item), strips + own * strips_size, totals + own * totals_size);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
