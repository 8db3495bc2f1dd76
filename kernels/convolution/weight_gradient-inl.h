// The loops of the weight gradient: for each tap, dw[c, o] = sum over pixels of x[pixel's tap, c] dy[pixel, o].
//
//   part of dw: taps x channels         one thread
//     block of 256 pixels of the batch  x and dy of a block stay in L2
//       tap                             its runs: pixels of a row that it sees inside the image
//         channels x columns            micro-kernel, reading x and dy in place
//
// Where dw has few columns the roles turn: dw^T = dy^T x, lanes over c_in. Where x has few channels, a padded copy
// makes the taps of a kernel's row one tap of kernel_w c_in channels. Included once for each target.
#include "kernels/convolution/micro_kernel-inl.h"
#include "kernels/core/highway-inl.h"

#ifndef ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT
#define ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT
#include "kernels/convolution/tasks.h"
#include "kernels/core/parallel.h"

namespace ito::kernels::convolution_loops {

constexpr std::int64_t kFewChannels = 8;  // rows of a tap too few for a tile; decides no bit

// The arguments, with the extents of y held apart, since `shape` may become that of a padded copy of x.
template <class T>
struct WeightGradient {
  ConvolutionShape shape;
  std::int64_t out_h;
  std::int64_t out_w;
  const T* x;
  std::int64_t x_stride;
  const T* dy;
  std::int64_t dy_stride;

  std::int64_t pixels() const { return shape.images * out_h * out_w; }
  std::int64_t taps() const { return shape.kernel_h * shape.kernel_w; }
};

// The runs of a tap in output pixels [begin, end); a counts elements of x, b of dy. At most end - begin of them.
template <class T>
std::span<const Run> pixel_runs(const WeightGradient<T>& g, std::int64_t tap, std::int64_t begin, std::int64_t end,
                                std::span<Run> runs) {
  const ConvolutionShape& s = g.shape;
  const std::int64_t down = tap / s.kernel_w * s.dilation_h - s.padding_h;
  const std::int64_t across = tap % s.kernel_w * s.dilation_w - s.padding_w;
  const std::int64_t low = across >= 0 ? 0 : divide_up(-across, s.stride_w);
  const std::int64_t high = across >= s.width ? 0 : std::min(g.out_w, (s.width - 1 - across) / s.stride_w + 1);
  std::size_t count = 0;
  for (std::int64_t row = begin / g.out_w; row * g.out_w < end; ++row) {
    const std::int64_t y = row % g.out_h * s.stride_h + down;
    const std::int64_t first = std::max(low, begin - row * g.out_w), last = std::min(high, end - row * g.out_w);
    if (y < 0 || y >= s.height || first >= last) continue;
    const Run run{((row / g.out_h * s.height + y) * s.width + first * s.stride_w + across) * g.x_stride,
                  (row * g.out_w + first) * g.dy_stride, last - first};
    if (count > 0 && runs[count - 1].a + runs[count - 1].count * s.stride_w * g.x_stride == run.a &&
        runs[count - 1].b + runs[count - 1].count * g.dy_stride == run.b)
      runs[count - 1].count += run.count;
    else
      runs[count++] = run;
  }
  return runs.first(count);
}

// A copy of x with its padding, `slack` elements behind it; where `join`, the taps of a kernel's row become one.
template <class T>
void pad_image(Context& context, WeightGradient<T>& g, bool join, std::int64_t slack) {
  ConvolutionShape& s = g.shape;
  const Strip strip{(g.out_h - 1) * s.stride_h + s.dilation_h * (s.kernel_h - 1) + 1,
                    (g.out_w - 1) * s.stride_w + s.dilation_w * (s.kernel_w - 1) + 1, s.c_in};
  T* copy = context.scratch.take<T>(static_cast<std::size_t>(s.images * strip.size() + slack)).data();
  parallel_for(context, s.images, 1 + (1 << 14) / strip.size(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image)
      fill_strip(g.x + image * s.height * s.width * g.x_stride, s.height, s.width, s.c_in, g.x_stride, -s.padding_h,
                 -s.padding_w, strip, copy + image * strip.size());
  });
  g.x = copy;
  g.x_stride = s.c_in;
  s.height = strip.rows;
  s.width = strip.columns;
  s.padding_h = s.padding_w = 0;
  if (!join) return;
  s.c_in *= s.kernel_w;
  s.kernel_w = 1;
}

// A contiguous copy of dy, `slack` elements behind it.
template <class T>
void copy_gradient(Context& context, WeightGradient<T>& g, std::int64_t slack) {
  const std::int64_t columns = g.shape.c_out;
  T* copy = context.scratch.take<T>(static_cast<std::size_t>(g.pixels() * columns + slack)).data();
  parallel_for(context, g.pixels(), 1 + (1 << 14) / columns, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::copy_n(g.dy + i * g.dy_stride, columns, copy + i * columns);
  });
  g.dy = copy;
  g.dy_stride = columns;
}

}  // namespace ito::kernels::convolution_loops
#endif

#if defined(ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_INL_H_
#undef ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_INL_H_
#else
#define ITO_KERNELS_CONVOLUTION_WEIGHT_GRADIENT_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// The finished totals of parts [begin, end): a part is some channels of a tap, `parts` of them to a tap. dw is
// [taps c_in, c_out], or, turned, [c_out, taps c_in]. Adds to dw from the first block on where `add`.
template <class T, bool turned>
void weight_parts(const convolution_loops::WeightGradient<T>& g, std::int64_t parts, std::int64_t begin,
                  std::int64_t end, std::span<convolution_loops::Run> runs, T* dw, bool add) {
  using Tile = GemmTile<T>;
  using namespace convolution_loops;
  const std::int64_t c_in = g.shape.c_in, c_out = g.shape.c_out, pixels = g.pixels();
  const std::int64_t a_stride = turned ? g.dy_stride : g.shape.stride_w * g.x_stride;
  const std::int64_t b_stride = turned ? g.shape.stride_w * g.x_stride : g.dy_stride;
  const std::int64_t dw_stride = turned ? g.taps() * c_in : c_out;
  std::int64_t block = 0;
  do {
    std::span<const Run> tap_runs;
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t tap = item / parts, part = item % parts;
      if (item == begin || part == 0) {
        tap_runs = pixel_runs(g, tap, block, std::min(pixels, block + kGemmBlockK), runs);
        if constexpr (turned)
          for (Run& run : runs.first(tap_runs.size())) std::swap(run.a, run.b);
      }
      if constexpr (turned) {
        const std::int64_t channel = part * Tile::columns, columns = std::min(Tile::columns, c_in - channel);
        run_micro_kernel_for<T, true>(c_out, columns)(tap_runs, g.dy, a_stride, g.x + channel, b_stride,
                                                      dw + tap * c_in + channel, dw_stride, columns, add || block > 0);
      } else {
        const std::int64_t channel = c_in * part / parts, rows = c_in * (part + 1) / parts - channel;
        for (std::int64_t column = 0; column < c_out; column += Tile::columns) {
          const std::int64_t columns = std::min(Tile::columns, c_out - column);
          run_micro_kernel_for<T, true>(rows, columns)(tap_runs, g.x + channel, a_stride, g.dy + column, b_stride,
                                                       dw + (tap * c_in + channel) * c_out + column, dw_stride, columns,
                                                       add || block > 0);
        }
      }
    }
    block += kGemmBlockK;
  } while (block < pixels);
}

template <class T>
void convolution_weight_gradient(Context& context, const ConvolutionWeightGradientArguments<T>& arguments) {
  using Tile = GemmTile<T>;
  using namespace convolution_loops;
  const Scratch::Scope scope(context.scratch);
  WeightGradient<T> g{
      arguments.shape, arguments.shape.out_height(), arguments.shape.out_width(), arguments.x, arguments.x_pixel_stride,
      arguments.dy,    arguments.dy_pixel_stride};
  ConvolutionShape& s = g.shape;
  const std::int64_t rows = g.taps() * s.c_in, columns = s.c_out;
  const bool turned = columns <= std::min(kNarrowColumns, Tile::rows) && columns < rows;
  // The micro-kernel reads whole vectors of B: behind a last one that is not, a copy has room.
  const bool join = s.c_in < kFewChannels && s.kernel_w > 1 && s.dilation_w == 1;
  if (join || (turned && s.c_in % Tile::lanes != 0)) pad_image(context, g, join, Tile::columns);
  if (!turned && columns % Tile::lanes != 0) copy_gradient(context, g, Tile::columns);

  const bool apart = turned || (arguments.accumulate && g.pixels() > kGemmBlockK);
  T* total = apart ? context.scratch.take<T>(static_cast<std::size_t>(rows * columns)).data() : arguments.dw;
  const std::int64_t parts = divide_up(s.c_in, turned ? Tile::columns : Tile::rows), items = g.taps() * parts;
  const std::int64_t macs = g.pixels() * rows * columns;
  const std::int64_t pieces =
      context.threads == 1
          ? 1
          : std::min(items, std::clamp<std::int64_t>(macs / kTaskMacs, 1, std::int64_t{4} * context.threads));
  const std::span<Run> runs = context.scratch.take<Run>(static_cast<std::size_t>(context.threads * kGemmBlockK));
  parallel_items(context, pieces, [&](int thread, std::int64_t piece) HWY_ATTR {
    const auto weights = turned ? &weight_parts<T, true> : &weight_parts<T, false>;
    weights(g, parts, items * piece / pieces, items * (piece + 1) / pieces,
            runs.subspan(static_cast<std::size_t>(thread * kGemmBlockK), static_cast<std::size_t>(kGemmBlockK)), total,
            !apart && arguments.accumulate);
  });
  if (!apart) return;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const T finished = turned ? total[column * rows + row] : total[row * columns + column];
      T& dw = arguments.dw[row * columns + column];
      dw = arguments.accumulate ? dw + finished : finished;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
