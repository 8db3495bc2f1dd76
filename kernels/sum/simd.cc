#include <algorithm>
#include <atomic>
#include <limits>

#include "kernels/core/contract.h"
#include "kernels/core/parallel.h"
#include "kernels/sum/sum.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/sum/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Threads take whole chunks; the chunks' sums are added afterwards, in order.
template <class T, class Step>
HWY_INLINE double chunks_over_threads(Context& context, std::int64_t n, const Step& step) {
  constexpr std::int64_t kChunksForAThread = 32;
  const std::int64_t chunks = (n + kReductionChunk - 1) / kReductionChunk;
  if (context.threads == 1 || chunks < 2 * kChunksForAThread) return contiguous_sum<T>(n, step);
  const Scratch::Scope scope(context.scratch);
  const std::span<T> sums = context.scratch.take<T>(static_cast<std::size_t>(chunks));
  parallel_for(context, chunks, kChunksForAThread, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t c = begin; c < end; ++c)
      sums[static_cast<std::size_t>(c)] =
          chunk_sum<T>(c * kReductionChunk, std::min(n, (c + 1) * kReductionChunk), step);
  });
  double total = 0;
  for (const T chunk : sums) total += static_cast<double>(chunk);
  return total;
}

template <class T>
double sum(Context& context, std::int64_t n, const T* x) {
  return chunks_over_threads<T>(context, n, [x](auto d, auto total, std::int64_t i, std::int64_t count) HWY_ATTR {
    return hn::Add(total, load_count(d, x + i, count));
  });
}

template <class T>
double dot(Context& context, std::int64_t n, const T* x, const T* y) {
  return chunks_over_threads<T>(context, n, [x, y](auto d, auto total, std::int64_t i, std::int64_t count) HWY_ATTR {
    return hn::MulAdd(load_count(d, x + i, count), load_count(d, y + i, count), total);
  });
}

template <class T>
void sum_columns(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x,
                 T* out) {
  const std::int64_t grain = std::max<std::int64_t>(1, 32 * kReductionChunk / std::max<std::int64_t>(columns, 1));
  parallel_for(context, rows, grain, [=](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r) {
      const T* row = x + r * row_stride;
      out[r] = static_cast<T>(
          contiguous_sum<T>(columns, [row](auto d, auto total, std::int64_t i, std::int64_t count)
                                         HWY_ATTR { return hn::Add(total, load_count(d, row + i, count)); }));
    }
  });
}

// sums[c] = x[0, c] + x[1, c] + ... from +0, for the `rows` rows of one block.
template <class T>
HWY_INLINE void block_of_rows(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* sums) {
  const hn::ScalableTag<T> d;
  const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t c = 0;
  for (; c + 4 * width <= columns; c += 4 * width) {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const T* row = x + r * row_stride + c;
      s0 = hn::Add(s0, hn::LoadU(d, row));
      s1 = hn::Add(s1, hn::LoadU(d, row + width));
      s2 = hn::Add(s2, hn::LoadU(d, row + 2 * width));
      s3 = hn::Add(s3, hn::LoadU(d, row + 3 * width));
    }
    hn::StoreU(s0, d, sums + c);
    hn::StoreU(s1, d, sums + c + width);
    hn::StoreU(s2, d, sums + c + 2 * width);
    hn::StoreU(s3, d, sums + c + 3 * width);
  }
  for (; c < columns; c += width) {
    const std::int64_t count = std::min(width, columns - c);
    auto s = hn::Zero(d);
    for (std::int64_t r = 0; r < rows; ++r) s = hn::Add(s, load_first(d, x + r * row_stride + c, count));
    store_first(s, d, sums + c, count);
  }
}

// Items of work are (block of rows, range of columns), so that both tall and wide matrices use all threads.
template <class T>
void sum_rows(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out,
              bool accumulate) {
  if (columns == 0) return;
  constexpr std::int64_t kColumnRange = 1024, kElementsForAThread = std::int64_t{1} << 17;
  const std::int64_t blocks = (rows + kRowBlock - 1) / kRowBlock;
  const std::int64_t ranges = (columns + kColumnRange - 1) / kColumnRange;
  const Scratch::Scope scope(context.scratch);
  const std::span<T> sums = context.scratch.take<T>(static_cast<std::size_t>(blocks * columns));
  const std::int64_t item_size = std::min(rows, kRowBlock) * std::min(columns, kColumnRange);
  const std::int64_t grain = std::max<std::int64_t>(1, kElementsForAThread / std::max<std::int64_t>(item_size, 1));
  parallel_for(context, blocks * ranges, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t block = item / ranges, c = item % ranges * kColumnRange;
      block_of_rows(std::min(kRowBlock, rows - block * kRowBlock), std::min(kColumnRange, columns - c), row_stride,
                    x + block * kRowBlock * row_stride + c, sums.data() + block * columns + c);
    }
  });
  for (std::int64_t c = 0; c < columns; ++c) {
    T total = 0;
    for (std::int64_t block = 0; block < blocks; ++block) total += sums[static_cast<std::size_t>(block * columns + c)];
    out[c] = accumulate ? out[c] + total : total;
  }
}

// The largest of x[begin, end), NaN when one is: a comparison that is false for NaN would lose it.
template <class T>
HWY_INLINE T range_maximum(std::int64_t begin, std::int64_t end, const T* x) {
  const hn::ScalableTag<T> d;
  const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto largest = lowest;
  auto unordered = hn::Zero(d);  // NaN as soon as a NaN was seen
  for (std::int64_t i = begin; i < end; i += width) {
    const auto live = hn::FirstN(d, static_cast<std::size_t>(std::min(width, end - i)));
    const auto v = hn::IfThenElse(live, hn::MaskedLoad(live, d, x + i), lowest);
    unordered = hn::IfThenElse(hn::Eq(v, v), unordered, v);
    largest = hn::IfThenElse(hn::Gt(v, largest), v, largest);
  }
  HWY_ALIGN T lanes[hn::MaxLanes(d)], nans[hn::MaxLanes(d)];
  hn::Store(largest, d, lanes);
  hn::Store(unordered, d, nans);
  T result = lanes[0];
  for (std::int64_t j = 0; j < width; ++j) {
    if (nans[j] != nans[j]) return nans[j];
    if (lanes[j] > result) result = lanes[j];
  }
  return result + T(0);
}

constexpr std::int64_t kRange = 1 << 16;  // elements a thread takes at least; decides no bit

template <class T>
T maximum(Context& context, std::int64_t n, const T* x) {
  const std::int64_t ranges = (n + kRange - 1) / kRange;
  const Scratch::Scope scope(context.scratch);
  const std::span<T> largest = context.scratch.take<T>(static_cast<std::size_t>(ranges));
  parallel_for(context, ranges, 2, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r)
      largest[static_cast<std::size_t>(r)] = range_maximum(r * kRange, std::min(n, (r + 1) * kRange), x);
  });
  T result = -std::numeric_limits<T>::infinity();
  for (const T value : largest) {
    if (value != value) return value;
    if (value > result) result = value;
  }
  return result;
}

template <class T>
bool all_finite(Context& context, std::int64_t n, const T* x) {
  std::atomic<bool> finite{true};
  parallel_for(context, n, kRange, [&finite, x](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const hn::ScalableTag<T> d;
    const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(d));
    auto residue = hn::Zero(d);  // x - x is 0 for a finite x, NaN else; NaN stays
    for (std::int64_t i = begin; i < end; i += width) {
      const auto v = load_first(d, x + i, std::min(width, end - i));
      residue = hn::Add(residue, hn::Sub(v, v));
    }
    if (!hn::AllTrue(d, hn::Eq(residue, hn::Zero(d)))) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load();
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
double sum(Context& context, std::int64_t n, const T* x) {
  return ITO_DISPATCH(sum<T>)(context, n, x);
}
template <class T>
double dot(Context& context, std::int64_t n, const T* x, const T* y) {
  return ITO_DISPATCH(dot<T>)(context, n, x, y);
}
template <class T>
void sum_columns(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x,
                 T* out) {
  ITO_DISPATCH(sum_columns<T>)(context, rows, columns, row_stride, x, out);
}
template <class T>
void sum_rows(Context& context, std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x, T* out,
              bool accumulate) {
  ITO_DISPATCH(sum_rows<T>)(context, rows, columns, row_stride, x, out, accumulate);
}
template <class T>
T maximum(Context& context, std::int64_t n, const T* x) {
  return ITO_DISPATCH(maximum<T>)(context, n, x);
}
template <class T>
bool all_finite(Context& context, std::int64_t n, const T* x) {
  return ITO_DISPATCH(all_finite<T>)(context, n, x);
}

#define ITO_INSTANTIATE(T)                                                                           \
  template double sum<T>(Context&, std::int64_t, const T*);                                          \
  template double dot<T>(Context&, std::int64_t, const T*, const T*);                                \
  template void sum_columns<T>(Context&, std::int64_t, std::int64_t, std::int64_t, const T*, T*);    \
  template void sum_rows<T>(Context&, std::int64_t, std::int64_t, std::int64_t, const T*, T*, bool); \
  template T maximum<T>(Context&, std::int64_t, const T*);                                           \
  template bool all_finite<T>(Context&, std::int64_t, const T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
