// Convolution and its data gradient as one problem, a gather:
//
//   result[first + pitch g] = sum over taps of  source[step g + offset(tap)] W[tap],   on each axis,  g = 0 .. grid - 1
//
// Forward: the result is y, pitch 1, step the stride. In the data gradient with stride s a pixel y of dx is hit by tap
// kh where s divides y + padding - kh dilation; so pixels of one phase y mod s see the same taps, and each phase is a
// gather of step 1 over its own pixels. Taps keep their place in the full kernel's blocks of k, whichever phase they
// are in.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <span>

#include "kernels/convolution/convolution.h"

namespace ito::kernels::convolution_loops {

// Columns of a result that are too few for lanes. Decides no bit.
constexpr std::int64_t kNarrowColumns = 8;

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct GatherAxis {
  std::int64_t grid;
  std::int64_t first;
  std::int64_t pitch;
  std::int64_t step;
  std::int64_t tap;  // taps tap, tap + tap_pitch, ...: `taps` of them; the i-th has the offset
  std::int64_t tap_pitch;
  std::int64_t taps;
  std::int64_t offset;  // offset + i offset_pitch
  std::int64_t offset_pitch;

  // Offsets lie in [low, low + span).
  std::int64_t low() const { return taps == 0 ? 0 : std::min(offset, offset + (taps - 1) * offset_pitch); }
  std::int64_t span() const { return taps == 0 ? 1 : (taps - 1) * std::abs(offset_pitch) + 1; }
  // The source pixels that `count` grid points in a row read, from the first one's low() on.
  std::int64_t reach(std::int64_t count) const { return (count - 1) * step + span(); }
};

inline GatherAxis forward_axis(std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                               std::int64_t dilation) {
  return {.grid = out,
          .first = 0,
          .pitch = 1,
          .step = stride,
          .tap = 0,
          .tap_pitch = 1,
          .taps = kernel,
          .offset = -padding,
          .offset_pitch = dilation};
}

inline GatherAxis phase_axis(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                             std::int64_t dilation, std::int64_t phase) {
  const std::int64_t common = std::gcd(stride, dilation), tap_pitch = stride / common;
  std::int64_t tap = 0;
  while (tap < std::min(kernel, tap_pitch) && (phase + padding - tap * dilation) % stride != 0) ++tap;
  const bool hit = tap < std::min(kernel, tap_pitch);
  return {.grid = size <= phase ? 0 : divide_up(size - phase, stride),
          .first = phase,
          .pitch = stride,
          .step = 1,
          .tap = tap,
          .tap_pitch = tap_pitch,
          .taps = hit ? divide_up(kernel - tap, tap_pitch) : 0,
          .offset = hit ? (phase + padding - tap * dilation) / stride : 0,
          .offset_pitch = -dilation / common};
}

template <class T>
struct Gather {
  std::int64_t images;
  GatherAxis h, w;
  const T* source;  // [images, source_h, source_w, channels], pixel_stride apart
  std::int64_t source_h;
  std::int64_t source_w;
  std::int64_t channels;
  std::int64_t pixel_stride;
  const T* weights;  // a tap's are [channels, columns], or, when transposed, [columns, channels]
  bool weights_transposed;
  std::int64_t kernel_w;
  T* result;  // [images, result_h, result_w, columns]
  std::int64_t result_h;
  std::int64_t result_w;
  std::int64_t columns;
  bool accumulate;
  const T* bias;
  GemmActivation activation;
  T* pre_activation;

  bool epilogue() const { return bias != nullptr || pre_activation != nullptr || activation != GemmActivation::none; }
  std::int64_t k() const { return h.taps * w.taps * channels; }
  std::int64_t at(std::int64_t image, std::int64_t gy, std::int64_t gx) const {
    return ((image * result_h + h.first + gy * h.pitch) * result_w + w.first + gx * w.pitch) * columns;
  }
};

// A tap's channels [channel, channel + count): rows [k, k + count) of the packed weights. Its source pixel stands
// (row, column) from the strip's.
struct Piece {
  std::int64_t tap;
  std::int64_t channel;
  std::int64_t count;
  std::int64_t k;
  std::int64_t row;
  std::int64_t column;
};

// `count` steps of k, the first of them at a + Run::a and b + Run::b.
struct Run {
  std::int64_t a;
  std::int64_t b;
  std::int64_t count;
};

// A block of k: pieces [first, end), and the runs of k that they make up in a strip.
struct Block {
  std::int64_t k;
  std::int64_t kc;
  std::int64_t first;
  std::int64_t end;
  std::span<const Run> runs = {};
};

struct Pieces {
  std::span<Piece> pieces;
  std::span<Block> blocks;
};

// The taps that hit, in the contract's order and blocks; a gather without any has one empty block.
template <class T>
Pieces cut(Scratch& scratch, const Gather<T>& g) {
  const std::int64_t cuts = std::max<std::int64_t>(divide_up(g.channels, kGemmBlockK), 1);
  const std::int64_t taps_in_block = g.channels == 0 ? 1 : std::max<std::int64_t>(kGemmBlockK / g.channels, 1);
  const std::size_t most = static_cast<std::size_t>(g.h.taps * g.w.taps * cuts + 1);
  Pieces out{scratch.take<Piece>(most), scratch.take<Block>(most)};
  std::int64_t pieces = 0, blocks = 0, current = -1, k = 0;
  for (std::int64_t i = 0; i < g.h.taps; ++i)
    for (std::int64_t j = 0; j < g.w.taps; ++j)
      for (std::int64_t channel = 0; channel < g.channels; channel += kGemmBlockK) {
        const std::int64_t tap = (g.h.tap + i * g.h.tap_pitch) * g.kernel_w + g.w.tap + j * g.w.tap_pitch;
        const std::int64_t block = cuts > 1 ? tap * cuts + channel / kGemmBlockK : tap / taps_in_block;
        if (block != current) out.blocks[static_cast<std::size_t>(blocks++)] = {k, 0, pieces, pieces, {}};
        current = block;
        const std::int64_t count = std::min(kGemmBlockK, g.channels - channel);
        out.pieces[static_cast<std::size_t>(pieces)] = {tap,
                                                        channel,
                                                        count,
                                                        k,
                                                        g.h.offset + i * g.h.offset_pitch - g.h.low(),
                                                        g.w.offset + j * g.w.offset_pitch - g.w.low()};
        Block& open = out.blocks[static_cast<std::size_t>(blocks - 1)];
        open.kc += count;
        open.end = ++pieces;
        k += count;
      }
  if (blocks == 0) out.blocks[static_cast<std::size_t>(blocks++)] = {0, 0, 0, 0, {}};
  return {out.pieces.first(static_cast<std::size_t>(pieces)), out.blocks.first(static_cast<std::size_t>(blocks))};
}

// Rows of an image with the zeros that padding puts around them, so that every tap of every pixel reads inside.
struct Strip {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t pixel;  // elements of a pixel, at least its channels

  std::int64_t size() const { return rows * columns * pixel; }
};

// Strip pixels that a multiple of 2 KB apart would crowd the same cache sets.
template <class T>
std::int64_t strip_pixel(std::int64_t channels) {
  constexpr std::int64_t size = static_cast<std::int64_t>(sizeof(T));
  return channels * size % 2048 == 0 ? channels + 64 / size : channels;
}

// Copies rows [row, row + strip.rows) and columns [column, column + strip.columns) of an image.
template <class T>
void fill_strip(const T* image, std::int64_t height, std::int64_t width, std::int64_t channels,
                std::int64_t pixel_stride, std::int64_t row, std::int64_t column, const Strip& strip, T* to) {
  const std::int64_t left = std::clamp<std::int64_t>(-column, 0, strip.columns);
  const std::int64_t right = std::clamp<std::int64_t>(width - column, left, strip.columns);
  for (std::int64_t r = 0; r < strip.rows; ++r, to += strip.columns * strip.pixel) {
    const std::int64_t y = row + r;
    if (y < 0 || y >= height || left == right) {
      std::fill_n(to, strip.columns * strip.pixel, T(0));
      continue;
    }
    std::fill_n(to, left * strip.pixel, T(0));
    const T* from = image + (y * width + column + left) * pixel_stride;
    if (pixel_stride == channels && strip.pixel == channels)
      std::copy_n(from, (right - left) * channels, to + left * channels);
    else
      for (std::int64_t x = left; x < right; ++x)
        std::copy_n(from + (x - left) * pixel_stride, channels, to + x * strip.pixel);
    std::fill_n(to + right * strip.pixel, (strip.columns - right) * strip.pixel, T(0));
  }
}

}  // namespace ito::kernels::convolution_loops
