// A gather with few columns (an image's last layer): lanes run over pixels instead. The strip holds a plane for each
// channel; a tap of all pixels of a plane is the plane itself, shifted, so pixels of several rows and images make one
// long row of positions, those between the rows being computed and left:
//
//   total[column, position] = sum over taps, channels of  W[tap, channel, column] plane[channel, position + shift(tap)]
//
// Included once for each target.
#include "kernels/convolution/micro_kernel-inl.h"
#include "kernels/core/highway-inl.h"
#include "kernels/gemm/epilogue-inl.h"
#include "kernels/permute/transpose-inl.h"

#if defined(ITO_KERNELS_CONVOLUTION_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CONVOLUTION_NARROW_INL_H_
#undef ITO_KERNELS_CONVOLUTION_NARROW_INL_H_
#else
#define ITO_KERNELS_CONVOLUTION_NARROW_INL_H_
#endif

#include "kernels/convolution/tasks.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// The task's strips as planes [channels, images, strip.rows, strip.columns]: their size, and the positions from the
// first pixel of the grid to the last.
template <class T>
std::int64_t plane_size(const convolution_loops::GatherTask<T>& task) {
  return task.images() * task.strip.rows * task.strip.columns;
}
template <class T>
std::int64_t plane_positions(const convolution_loops::GatherTask<T>& task) {
  return plane_size(task) - task.strip.rows * task.strip.columns + (task.rows() - 1) * task.strip.columns +
         task.g.w.grid;
}

// Accumulators: columns x vectors of positions, beside one broadcast and what is loaded.
template <std::size_t columns>
constexpr std::size_t kNarrowVectors = std::min<std::size_t>(8, (HWY_TARGET == HWY_AVX3 ? 24 : 12) / columns);

template <class T>
struct NarrowKernel {
  RunMicroKernel<T> run;
  std::int64_t positions;
};

template <class T, std::size_t... column>
constexpr std::array<NarrowKernel<T>, sizeof...(column)> narrow_kernels(std::index_sequence<column...>) {
  return {NarrowKernel<T>{&run_micro_kernel<T, true, kNarrowVectors<column + 1>, column + 1>,
                          static_cast<std::int64_t>(kNarrowVectors<column + 1>) * GemmTile<T>::lanes}...};
}

template <class T>
NarrowKernel<T> narrow_kernel_for(std::int64_t columns) {
  static constexpr auto kernels = narrow_kernels<T>(std::make_index_sequence<convolution_loops::kNarrowColumns>());
  return kernels[static_cast<std::size_t>(columns - 1)];
}

template <class T>
void fill_planes(const convolution_loops::GatherTask<T>& task, T* planes) {
  const convolution_loops::Gather<T>& g = task.g;
  std::fill_n(planes, plane_size(task) * g.channels, T(0));
  const std::int64_t column = g.w.low(), left = std::clamp<std::int64_t>(-column, 0, task.strip.columns);
  const std::int64_t right = std::clamp<std::int64_t>(g.source_w - column, left, task.strip.columns);
  for (std::int64_t image = task.image_begin; image < task.image_end; ++image)
    for (std::int64_t row = 0; row < task.strip.rows; ++row) {
      const std::int64_t y = task.row_begin + g.h.low() + row;
      if (y < 0 || y >= g.source_h || left == right) continue;
      transpose_strip<T>(
          0, right - left, g.channels,
          g.source + ((image * g.source_h + y) * g.source_w + column + left) * g.pixel_stride, g.pixel_stride,
          planes + (image - task.image_begin) * task.strip.rows * task.strip.columns + row * task.strip.columns + left,
          plane_size(task));
    }
}

// result = (result +) total + bias on a row of the grid, the first pixel at `at`; totals [columns, total_stride].
template <class T>
void finish_row(const convolution_loops::Gather<T>& g, std::int64_t at, const T* total, std::int64_t total_stride) {
  const std::int64_t pitch = g.w.pitch * g.columns;
  if (pitch == 1) {  // the row of totals is a row of the result
    const auto finish = [&](auto d, auto to, auto sum) HWY_ATTR {
      const auto value = g.accumulate ? hn::Add(to, sum) : sum;
      return g.bias == nullptr ? value : hn::Add(value, hn::Set(d, *g.bias));
    };
    return map_range(0, g.w.grid, g.result + at, finish, static_cast<const T*>(g.result + at), total);
  }
  for (std::int64_t x = 0; x < g.w.grid; ++x)
    for (std::int64_t column = 0; column < g.columns; ++column) {
      T& to = g.result[at + x * pitch + column];
      to = g.accumulate ? to + total[column * total_stride + x] : total[column * total_stride + x];
      if (g.bias != nullptr) to = to + g.bias[column];
    }
}

// The same on the whole task, and what follows it.
template <class T>
void finish_planes(const convolution_loops::GatherTask<T>& task, const T* total, std::int64_t total_stride) {
  const convolution_loops::Gather<T>& g = task.g;
  const bool whole = g.w.pitch == 1;  // a row's pixels are neighbours
  for (std::int64_t image = task.image_begin; image < task.image_end; ++image)
    for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
      const std::int64_t at = g.at(image, row, 0), in_task = image - task.image_begin, below = row - task.row_begin;
      finish_row(g, at, total + (in_task * task.strip.rows + below) * task.strip.columns, total_stride);
      if (g.pre_activation == nullptr && g.activation == GemmActivation::none) continue;
      gemm_epilogue<T>(nullptr, g.activation, g.pre_activation == nullptr ? nullptr : g.pre_activation + at,
                       g.result + at, g.w.pitch * g.columns, whole ? 1 : g.w.grid,
                       whole ? g.w.grid * g.columns : g.columns);
    }
}

template <class T>
void narrow_task(const convolution_loops::GatherTask<T>& task, const convolution_loops::Pieces& cut,
                 std::span<convolution_loops::Run> runs, const T* weights, T* planes, T* total) {
  using namespace convolution_loops;
  const Gather<T>& g = task.g;
  fill_planes(task, planes);
  const NarrowKernel<T> kernel = narrow_kernel_for<T>(g.columns);
  const std::int64_t stride = divide_up(plane_positions(task), kernel.positions) * kernel.positions;
  for (const Block& block : cut.blocks) {
    for (std::int64_t i = block.first; i < block.end; ++i) {
      const Piece& piece = cut.pieces[static_cast<std::size_t>(i)];
      runs[static_cast<std::size_t>(i)] = {
          piece.k * g.columns, piece.channel * plane_size(task) + piece.row * task.strip.columns + piece.column,
          piece.count};
    }
    const std::span<const Run> walk =
        runs.subspan(static_cast<std::size_t>(block.first), static_cast<std::size_t>(block.end - block.first));
    for (std::int64_t position = 0; position < stride; position += kernel.positions)
      kernel.run(walk, weights, g.columns, planes + position, plane_size(task), total + position, stride,
                 kernel.positions, block.k > 0);
  }
  finish_planes(task, total, stride);
}

// Weights as [k, columns].
template <class T>
void pack_narrow(const convolution_loops::Gather<T>& g, const convolution_loops::Pieces& cut, T* to) {
  for (const convolution_loops::Piece& piece : cut.pieces) {
    const T* tap = g.weights + piece.tap * g.channels * g.columns;
    if (g.weights_transposed)
      transpose_strip<T>(0, g.columns, piece.count, tap + piece.channel, g.channels, to + piece.k * g.columns,
                         g.columns);
    else
      std::copy_n(tap + piece.channel * g.columns, piece.count * g.columns, to + piece.k * g.columns);
  }
}

template <class T>
void narrow_gather(Context& context, const convolution_loops::Gather<T>& g) {
  using namespace convolution_loops;
  const Scratch::Scope scope(context.scratch);
  const Pieces pieces = cut(context.scratch, g);
  const GatherTasks tasks(g, context.threads);
  T* weights = context.scratch.take<T>(static_cast<std::size_t>(g.k() * g.columns)).data();
  pack_narrow(g, pieces, weights);

  // The micro-kernel reads and writes whole tiles of positions: behind the last plane there is room for one.
  const std::int64_t tile = narrow_kernel_for<T>(g.columns).positions;
  const std::int64_t plane = tasks.images * tasks.strip.rows * tasks.strip.columns;
  const std::size_t planes_size = static_cast<std::size_t>(plane * g.channels + tile);
  const std::size_t total_size = static_cast<std::size_t>(g.columns * divide_up(plane, tile) * tile);
  const std::size_t threads = static_cast<std::size_t>(std::min<std::int64_t>(context.threads, tasks.count));
  T* planes = context.scratch.take<T>(threads * planes_size).data();
  T* totals = context.scratch.take<T>(threads * total_size).data();
  const std::span<Run> runs = context.scratch.take<Run>(threads * pieces.pieces.size());
  parallel_items(context, tasks.count, [&](int thread, std::int64_t item) HWY_ATTR {
    const std::size_t own = static_cast<std::size_t>(thread);
    narrow_task<T>(task_of(g, tasks, item), pieces, runs.subspan(own * pieces.pieces.size(), pieces.pieces.size()),
                   weights, planes + own * planes_size, totals + own * total_size);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
