// Forward: a task is some queries of one head, over all blocks of keys. Included once for each target.
//
//   block of 64 keys        K turned, V packed
//     tile of queries       s = q K^T in L1; maxima, exponentials, sums; o = a o + e V
#include "kernels/attention/tiles-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/core/math-inl.h"

#if defined(ITO_KERNELS_ATTENTION_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_ATTENTION_FORWARD_INL_H_
#undef ITO_KERNELS_ATTENTION_FORWARD_INL_H_
#else
#define ITO_KERNELS_ATTENTION_FORWARD_INL_H_
#endif

#include <limits>

#include "kernels/core/parallel.h"
#include "kernels/core/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// One thread's scratch: as large as a task, whatever the number of keys.
template <class T>
struct ForwardWorkspace {
  // Queries of a task: enough to make packing a block of keys cheap beside its products.
  static constexpr std::int64_t kQueries = 112 / GemmTile<T>::rows * GemmTile<T>::rows;
  static constexpr std::int64_t kPadded = 128;  // arrays with one number a query hold whole vectors behind the last

  T *queries, *keys, *values, *scores, *block, *o, *m, *l, *rescale, *shift, *sum, *seen;

  ForwardWorkspace(Scratch& scratch, std::int64_t channels) {
    const std::int64_t stride = attention_row_stride<T>(channels);
    const auto take = [&](std::int64_t n) { return scratch.take<T>(static_cast<std::size_t>(n)).data(); };
    queries = take(kQueries * stride);
    keys = take(kAttentionBlock * channels);
    values = take(kAttentionBlock * stride);
    scores = take(GemmTile<T>::rows * kAttentionBlock);
    block = take(GemmTile<T>::rows * stride);
    o = take(kQueries * stride);
    for (T** p : {&m, &l, &rescale, &shift, &sum}) *p = take(kPadded);
    seen = take(kAttentionBlock);
  }
};

// The larger of two; which of two zeros does not matter here, and a NaN anywhere ends as NaN in l.
template <class V>
HWY_INLINE V attention_larger(V a, V b) {
  return hn::IfThenElse(hn::Gt(a, b), a, b);
}

template <class D>
HWY_INLINE hn::TFromD<D> attention_largest(D, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    return attention_largest(half, attention_larger(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// One row of scores, scaled, -inf where hidden; returns the largest.
template <class T>
HWY_INLINE T attention_scale_row(const AttentionBlock<T>& block, std::int64_t visible, const T* seen, T scale, T* s) {
  const LaneTag<T> d;
  constexpr std::int64_t lanes = hn::MaxLanes(LaneTag<T>());
  const auto factor = hn::Set(d, scale), lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto largest = lowest;
  if (visible == kAttentionBlock && block.mask == nullptr) {
    for (std::int64_t j = 0; j < kAttentionBlock; j += lanes) {
      const auto scaled = hn::Mul(hn::LoadU(d, s + j), factor);
      hn::StoreU(scaled, d, s + j);
      largest = attention_larger(scaled, largest);
    }
  } else {
    for (std::int64_t j = 0; j < block.width(); j += lanes) {
      const auto live = block.seen_by(d, visible, seen, j);
      const auto scaled = hn::IfThenElse(live, hn::Mul(hn::LoadU(d, s + j), factor), lowest);
      hn::StoreU(scaled, d, s + j);
      largest = attention_larger(scaled, largest);
    }
  }
  return attention_largest(d, largest);
}

// e_j = exp(s_j - shift) in place; returns their sum.
template <class T>
HWY_INLINE T attention_exponentials(std::int64_t width, T shift, T* s) {
  return chunk_sum<T>(0, width, [s, shift](auto d, auto sum, std::int64_t j, std::int64_t) HWY_ATTR {
    const auto e = math_exp_falling(d, hn::Sub(hn::LoadU(d, s + j), hn::Set(d, shift)));
    hn::StoreU(e, d, s + j);
    return hn::Add(sum, e);
  });
}

// Scores of one tile become exponentials; m and l move on, and `rescale` says by how much o falls. `w` stands at the
// tile's first query.
template <class T>
HWY_INLINE void attention_softmax_tile(const AttentionBlock<T>& block, const ForwardWorkspace<T>& w, std::int64_t first,
                                       std::int64_t at, std::int64_t rows, T scale) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t lanes = GemmTile<T>::lanes;
  T *m = w.m + at, *l = w.l + at;
  for (std::int64_t r = 0; r < rows; ++r)
    w.sum[r] = attention_scale_row(block, block.visible(first + at + r), w.seen, scale, w.scores + r * kAttentionBlock);
  const auto lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
  for (std::int64_t r = 0; r < rows; r += lanes) {
    const std::int64_t count = std::min(lanes, rows - r);
    const auto before = load_first(d, m + r, count);
    const auto after = attention_larger(load_first(d, w.sum + r, count), before);
    const auto shift = hn::IfThenZeroElse(hn::Eq(after, lowest), after);
    store_first(after, d, m + r, count);
    store_first(shift, d, w.shift + r, count);
    store_first(math_exp_falling(d, hn::Sub(before, shift)), d, w.rescale + r, count);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    const T sum = attention_exponentials(block.width(), w.shift[r], w.scores + r * kAttentionBlock);
    l[r] = hn::GetLane(hn::MulAdd(hn::Set(d, l[r]), hn::Set(d, w.rescale[r]), hn::Set(d, sum)));
  }
}

// y = (+0 + o) / l and z = m + log l.
template <class T>
HWY_INLINE void attention_finish(const ForwardWorkspace<T>& w, std::int64_t rows, std::int64_t channels, T* y,
                                 std::int64_t y_stride, T* z) {
  const std::int64_t stride = attention_row_stride<T>(channels);
  for (std::int64_t r = 0; r < rows; ++r) {
    T* to = y + r * y_stride;
    const T l = w.l[r];
    if (l == 0)
      std::fill_n(to, channels, T(0));
    else
      map_range(
          0, channels, to, [l](auto d, auto o) HWY_ATTR { return hn::Div(hn::Add(hn::Zero(d), o), hn::Set(d, l)); },
          static_cast<const T*>(w.o + r * stride));
  }
  if (z == nullptr) return;
  const auto log_sum = [](auto d, auto m, auto l) HWY_ATTR { return hn::Add(m, math_log(d, l)); };
  map_range(0, rows, z, log_sum, static_cast<const T*>(w.m), static_cast<const T*>(w.l));
}

// Queries [first, first + count) of head h of sample n.
template <class T>
void attention_task(const AttentionArguments<T>& a, std::int64_t n, std::int64_t h, std::int64_t first,
                    std::int64_t count, const ForwardWorkspace<T>& w, const AttentionOperand<T>& y, T* z) {
  const std::int64_t channels = a.channels, stride = attention_row_stride<T>(channels);
  const T scale = static_cast<T>(a.scale);
  attention_pack_rows(attention_token(a.q, n, first, h, channels), a.q.token_stride, count, channels, w.queries,
                      stride);
  std::fill_n(w.m, count, -std::numeric_limits<T>::infinity());
  std::fill_n(w.l, count, T(0));
  bool started = false;
  for (std::int64_t begin = 0; begin < a.keys; begin += kAttentionBlock) {
    const AttentionBlock<T> block(a, n, begin);
    if (block.visible(first + count - 1) == 0) break;
    if (block.hidden()) continue;
    block.unpack_mask(w.seen);
    attention_pack_turned(attention_token(a.k, n, begin, h, channels), a.k.token_stride, block.count, channels, w.keys);
    attention_pack_seen(block, attention_token(a.v, n, begin, h, channels), a.v.token_stride, channels, w.values,
                        stride);
    for (std::int64_t r = 0; r < count; r += GemmTile<T>::rows) {
      const std::int64_t rows = std::min(GemmTile<T>::rows, count - r);
      if (block.visible(first + r + rows - 1) == 0) {
        if (!started) std::fill_n(w.o + r * stride, rows * stride, T(0));
        continue;
      }
      attention_dots(w.queries + r * stride, stride, rows, w.keys, block.count, channels, w.scores);
      attention_softmax_tile(block, w, first, r, rows, scale);
      T* o = w.o + r * stride;
      // In the first block fma(+0, a, sum) = sum.
      attention_mix(false, w.scores, rows, w.values, stride, block.count, channels, started ? w.block : o, stride,
                    false);
      for (std::int64_t i = 0; started && i < rows; ++i) {
        const T rescale = w.rescale[i];
        map_range(
            0, channels, o + i * stride,
            [rescale](auto d, auto before, auto sum) HWY_ATTR { return hn::MulAdd(before, hn::Set(d, rescale), sum); },
            static_cast<const T*>(o + i * stride), static_cast<const T*>(w.block + i * stride));
      }
    }
    started = true;
  }
  attention_finish(w, count, channels, attention_token(y, n, first, h, channels), y.token_stride,
                   z == nullptr ? nullptr : z + (n * a.heads + h) * a.queries + first);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
