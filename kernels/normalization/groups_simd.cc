// Group norm: lanes over channels; a sample at a time, whose passes find it in the L2 cache.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "kernels/core/parallel_elements.h"
#include "kernels/normalization/normalization.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/normalization/groups_simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/core/math-inl.h"
#include "kernels/normalization/coefficients-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Of several blocks at a time, so that narrow rows too keep enough additions in flight: for each block,
// sums[chain][c + v lanes ...] = step over its rows, each chain from +0. `live` is a vector's lanes but in the last
// vector of a row. `block_vector` counts the kVectors vectors of the first block, then those of the next.
template <std::size_t kChains, std::size_t kVectors, class T, class Step, std::size_t... block_vector>
HWY_INLINE void block_columns(std::int64_t rows, std::int64_t channels, std::int64_t c, std::int64_t live,
                              const Step& step, T* sums, std::index_sequence<block_vector...>) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kWidth = hn::MaxLanes(hn::ScalableTag<T>());
  std::array<hn::Vec<hn::ScalableTag<T>>, sizeof...(block_vector)> first = {((void)block_vector, hn::Zero(d))...};
  auto second = first;
  for (std::int64_t row = 0; row < rows; ++row)
    (step(d, row + static_cast<std::int64_t>(block_vector / kVectors) * kRowBlock,
          c + static_cast<std::int64_t>(block_vector % kVectors) * kWidth, live, first[block_vector],
          second[block_vector]),
     ...);
  const auto store = [&](const auto& sum, T* to) HWY_ATTR {
    (store_count(sum[block_vector], d,
                 to + static_cast<std::int64_t>(block_vector / kVectors * kChains) * channels +
                     static_cast<std::int64_t>(block_vector % kVectors) * kWidth,
                 live),
     ...);
  };
  store(first, sums + c);
  if constexpr (kChains == 2) store(second, sums + channels + c);
}

// kBlocks blocks of rows: sums [kBlocks, kChains, channels]. step(d, row, c, live, first, second) adds an element's
// terms.
template <std::size_t kChains, std::size_t kBlocks, class T, class Step>
HWY_INLINE void blocks_of_rows(std::int64_t rows, std::int64_t channels, const Step& step, T* sums) {
  constexpr std::int64_t kWidth = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr std::size_t kMost = kChains == 1 && kBlocks == 1 ? 4 : 2;
  std::int64_t c = 0;
  if constexpr (kMost == 4)
    for (; c + 4 * kWidth <= channels; c += 4 * kWidth)
      block_columns<kChains, 4>(rows, channels, c, kWidth, step, sums, std::make_index_sequence<4>());
  for (; c + 2 * kWidth <= channels; c += 2 * kWidth)
    block_columns<kChains, 2>(rows, channels, c, kWidth, step, sums, std::make_index_sequence<2 * kBlocks>());
  for (; c + kWidth <= channels; c += kWidth)
    block_columns<kChains, 1>(rows, channels, c, kWidth, step, sums, std::make_index_sequence<kBlocks>());
  if (c < channels)
    block_columns<kChains, 1>(rows, channels, c, channels - c, step, sums, std::make_index_sequence<kBlocks>());
}

// What one thread needs for one sample. A tile holds a coefficient of each channel, repeated for `tile_rows` rows, so
// that narrow rows are mapped many at a time.
template <class T>
struct GroupScratch {
  std::int64_t tile_rows, blocks;
  T *sums, *mean, *A, *B, *k1, *k2, *W;

  static std::int64_t rows_of_tile(std::int64_t channels) {
    constexpr std::int64_t kElementsOfATile = 256;
    return std::max<std::int64_t>(1, kElementsOfATile / std::max<std::int64_t>(channels, 1));
  }
  static std::int64_t block_count(const Normalization<T>& f) { return (f.positions + kRowBlock - 1) / kRowBlock; }
  static std::int64_t size(const Normalization<T>& f) {
    return f.channels * (2 * std::max<std::int64_t>(block_count(f), 1) + 5 * rows_of_tile(f.channels) + 1);
  }
  GroupScratch(const Normalization<T>& f, T* from) : tile_rows(rows_of_tile(f.channels)), blocks(block_count(f)) {
    const std::int64_t tile = tile_rows * f.channels;
    mean = from;
    A = mean + tile;
    B = A + tile;
    k1 = B + tile;
    k2 = k1 + tile;
    W = k2 + tile;
    sums = W + f.channels;
  }
};

// A tile's first row repeated.
template <class T>
HWY_INLINE void repeat_row(const GroupScratch<T>& s, std::int64_t channels, T* tile) {
  for (std::int64_t i = channels; i < s.tile_rows * channels; ++i) tile[i] = tile[i - channels];
}

// Blocks of rows over threads, each into its own sums; then their total, in the first block's place.
template <std::size_t kChains, class T, class MakeStep>
HWY_INLINE void sum_blocks(Context& context, const Normalization<T>& f, const GroupScratch<T>& s,
                           const MakeStep& make_step) {
  const std::int64_t stride = static_cast<std::int64_t>(kChains) * f.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(kRowBlock * f.channels, 1));
  parallel_for(context, s.blocks, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const std::int64_t whole = std::min(end, f.positions / kRowBlock);  // blocks before it have kRowBlock rows
    const bool narrow = f.channels < 4 * static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
    for (std::int64_t block = begin; block < end;) {
      const std::int64_t first = block * kRowBlock;
      T* sums = s.sums + block * stride;
      if (kChains == 1 && narrow && block + 3 <= whole) {
        blocks_of_rows<kChains, 3>(kRowBlock, f.channels, make_step(first), sums);
        block += 3;
      } else {
        blocks_of_rows<kChains, 1>(std::min(kRowBlock, f.positions - first), f.channels, make_step(first), sums);
        block += 1;
      }
    }
  });
  add_blocks(s.blocks, stride, s.sums, stride, s.sums);
}

// f(i, count) for the elements i .. i + count - 1 of a sample, a tile's rows or fewer at a time.
template <class T, class F>
HWY_INLINE void for_each_tile(Context& context, const Normalization<T>& f, const GroupScratch<T>& s, const F& body) {
  const std::int64_t elements = s.tile_rows * f.channels, size = f.positions * f.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(elements, 1));
  parallel_for(context, (f.positions + s.tile_rows - 1) / s.tile_rows, grain,
               [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
                 for (std::int64_t i = begin * elements; i < std::min(size, end * elements); i += elements)
                   body(i, std::min(elements, size - i));
               });
}

// mean and reciprocal_std of a sample's groups, and the first row of s.mean.
template <class T>
HWY_INLINE void group_statistics(Context& context, const Normalization<T>& f, const GroupScratch<T>& s, const T* x,
                                 T* mean, T* reciprocal_std) {
  const std::int64_t channels = f.channels, width = channels / f.groups;
  const double size = static_cast<double>(std::max<std::int64_t>(f.positions * width, 1));
  const auto total = [&](std::int64_t group) {
    double sum = 0;
    for (std::int64_t c = group * width; c < (group + 1) * width; ++c) sum += static_cast<double>(s.sums[c]);
    return sum;
  };
  sum_blocks<1>(context, f, s, [&](std::int64_t first) HWY_ATTR {
    return [from = x + first * channels, channels](auto d, std::int64_t row, std::int64_t c, std::int64_t live,
                                                   auto& sum, auto&)
               HWY_ATTR { sum = hn::Add(sum, load_count(d, from + row * channels + c, live)); };
  });
  for (std::int64_t g = 0; g < f.groups; ++g) {
    mean[g] = static_cast<T>(total(g) / size);
    std::fill_n(s.mean + g * width, width, mean[g]);
  }
  sum_blocks<1>(context, f, s, [&](std::int64_t first) HWY_ATTR {
    return [from = x + first * channels, m = s.mean, channels](auto d, std::int64_t row, std::int64_t c,
                                                               std::int64_t live, auto& sum, auto&) HWY_ATTR {
      const auto t = hn::Sub(load_count(d, from + row * channels + c, live), load_count(d, m + c, live));
      sum = hn::MulAdd(t, t, sum);
    };
  });
  for (std::int64_t g = 0; g < f.groups; ++g)
    reciprocal_std[g] = static_cast<T>(1 / std::sqrt(total(g) / size + f.epsilon));
}

// W, and the tiles of A = r W and B.
template <class T>
HWY_INLINE void group_coefficients(const Normalization<T>& f, const GroupScratch<T>& s, std::int64_t sample,
                                   const T* reciprocal_std) {
  const std::int64_t width = f.channels / f.groups;
  sample_coefficients(f, sample, s.W, s.B);
  for (std::int64_t g = 0; g < f.groups; ++g)
    for (std::int64_t c = g * width; c < (g + 1) * width; ++c) s.A[c] = reciprocal_std[g] * s.W[c];
  repeat_row(s, f.channels, s.A);
  repeat_row(s, f.channels, s.B);
}

// Samples over threads; or, where they are too few, one after the other and its rows over threads.
template <class T, class F>
HWY_INLINE void for_each_sample(Context& context, const Normalization<T>& f, const F& body) {
  const Scratch::Scope scope(context.scratch);
  const std::int64_t size = GroupScratch<T>::size(f);
  const std::span<T> scratch = context.scratch.take<T>(static_cast<std::size_t>(size * context.threads));
  if (f.samples < context.threads) {
    for (std::int64_t n = 0; n < f.samples; ++n) body(GroupScratch<T>(f, scratch.data()), n);
    return;
  }
  parallel_items_of(context, f.samples, f.samples * f.positions * f.channels, [&](int thread, std::int64_t n) HWY_ATTR {
    body(GroupScratch<T>(f, scratch.data() + thread * size), n);
  });
}

template <class T>
void group_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std) {
  const std::int64_t sample_size = f.positions * f.channels;
  const Scratch::Scope scope(context.scratch);
  const std::size_t statistics = static_cast<std::size_t>(f.samples * f.groups);
  T* means = mean != nullptr ? mean : context.scratch.take<T>(statistics).data();
  T* deviations = reciprocal_std != nullptr ? reciprocal_std : context.scratch.take<T>(statistics).data();
  for_each_sample(context, f, [&](const GroupScratch<T>& s, std::int64_t n) HWY_ATTR {
    const T* from = x + n * sample_size;
    T* to = y + n * sample_size;
    T* r = deviations + n * f.groups;
    group_statistics(context, f, s, from, means + n * f.groups, r);
    repeat_row(s, f.channels, s.mean);
    group_coefficients(f, s, n, r);
    for_each_tile(context, f, s, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
      if (f.silu)
        map_range(
            0, count, to + i,
            [](auto d, auto v, auto m, auto a, auto b)
                HWY_ATTR { return math_silu(d, hn::MulAdd(hn::Sub(v, m), a, b)); },
            from + i, s.mean, s.A, s.B);
      else
        map_range(
            0, count, to + i,
            [](auto, auto v, auto m, auto a, auto b) HWY_ATTR { return hn::MulAdd(hn::Sub(v, m), a, b); }, from + i,
            s.mean, s.A, s.B);
    });
  });
}

// Q1 and sum of dz t of a sample into s.sums; dz into dx where there is a SiLU.
template <bool silu, class T>
HWY_INLINE void group_gradient_sums(Context& context, const Normalization<T>& f, const GroupScratch<T>& s, const T* x,
                                    const T* dy, T* dx) {
  const std::int64_t channels = f.channels;
  sum_blocks<2>(context, f, s, [&](std::int64_t first) HWY_ATTR {
    return [=, &s](auto d, std::int64_t row, std::int64_t c, std::int64_t live, auto& q1, auto& q2) HWY_ATTR {
      const std::int64_t at = (first + row) * channels + c;
      const auto t = hn::Sub(load_count(d, x + at, live), load_count(d, s.mean + c, live));
      auto dz = load_count(d, dy + at, live);
      if constexpr (silu) {
        const auto z = hn::MulAdd(t, load_count(d, s.A + c, live), load_count(d, s.B + c, live));
        dz = hn::Mul(dz, math_silu_derivative(d, z));
        store_count(dz, d, dx + at, live);
      }
      q1 = hn::Add(q1, dz);
      q2 = hn::MulAdd(dz, t, q2);
    };
  });
}

template <bool silu, class T>
HWY_INLINE void group_norm_gradient_as(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                                       const T* reciprocal_std, const T* dy,
                                       const NormalizationGradients<T>& gradients) {
  const std::int64_t channels = f.channels, width = channels / f.groups, sample_size = f.positions * channels;
  const double size = static_cast<double>(std::max<std::int64_t>(f.positions * width, 1));
  const Scratch::Scope scope(context.scratch);
  const std::span<T> totals = context.scratch.take<T>(static_cast<std::size_t>(2 * f.samples * channels));
  for_each_sample(context, f, [&](const GroupScratch<T>& s, std::int64_t n) HWY_ATTR {
    const T *from = x + n * sample_size, *from_dy = dy + n * sample_size;
    const T *m = mean + n * f.groups, *r = reciprocal_std + n * f.groups;
    T *dx = gradients.dx + n * sample_size, *Q1 = totals.data() + 2 * n * channels, *Q2 = Q1 + channels;
    for (std::int64_t g = 0; g < f.groups; ++g) std::fill_n(s.mean + g * width, width, m[g]);
    repeat_row(s, channels, s.mean);
    group_coefficients(f, s, n, r);
    group_gradient_sums<silu>(context, f, s, from, from_dy, dx);
    std::copy_n(s.sums, 2 * channels, Q1);
    for (std::int64_t g = 0; g < f.groups; ++g) {
      double h = 0, h_xhat = 0;
      for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
        Q2[c] *= r[g];
        h += static_cast<double>(s.W[c]) * static_cast<double>(Q1[c]);
        h_xhat += static_cast<double>(s.W[c]) * static_cast<double>(Q2[c]);
      }
      const double rg = static_cast<double>(r[g]);
      std::fill_n(s.k1 + g * width, width, static_cast<T>(rg * (h / size)));
      std::fill_n(s.k2 + g * width, width, static_cast<T>(rg * rg * (h_xhat / size)));
    }
    repeat_row(s, channels, s.k1);
    repeat_row(s, channels, s.k2);
    const T* dz = silu ? dx : from_dy;
    for_each_tile(context, f, s, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
      map_range(
          0, count, dx + i,
          [](auto, auto g, auto v, auto mv, auto a, auto k1, auto k2)
              HWY_ATTR { return hn::MulAdd(g, a, hn::NegMulAdd(hn::Sub(v, mv), k2, hn::Neg(k1))); },
          dz + i, from + i, s.mean, s.A, s.k1, s.k2);
    });
  });
  coefficient_gradients(f, totals.data(), totals.data() + channels, 2 * channels, gradients);
}

template <class T>
void group_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  if (f.silu)
    group_norm_gradient_as<true>(context, f, x, mean, reciprocal_std, dy, gradients);
  else
    group_norm_gradient_as<false>(context, f, x, mean, reciprocal_std, dy, gradients);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void group_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std) {
  ITO_DISPATCH(group_norm<T>)(context, f, x, y, mean, reciprocal_std);
}
template <class T>
void group_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  ITO_DISPATCH(group_norm_gradient<T>)(context, f, x, mean, reciprocal_std, dy, gradients);
}

#define ITO_INSTANTIATE(T)                                                                                        \
  template void group_norm<T>(Context&, const Normalization<T>&, const T*, T*, T*, T*);                           \
  template void group_norm_gradient<T>(Context&, const Normalization<T>&, const T*, const T*, const T*, const T*, \
                                       const NormalizationGradients<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
