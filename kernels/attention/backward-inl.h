// Backward: pairs of a block of keys and a block of queries, each the five products that the formulas name. Included
// once for each target.
//
//   block of 64 keys          K, V turned; K packed
//     block of 64 queries     q, dy packed;  s = q K^T, dP = dy V^T;  p, ds
//                             dV += p^T dy;  dK += ds^T q;  dQ += ds K
#include "kernels/attention/tiles-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/core/math-inl.h"

#if defined(ITO_KERNELS_ATTENTION_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_ATTENTION_BACKWARD_INL_H_
#undef ITO_KERNELS_ATTENTION_BACKWARD_INL_H_
#else
#define ITO_KERNELS_ATTENTION_BACKWARD_INL_H_
#endif

#include <limits>

#include "kernels/core/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// One thread's scratch.
template <class T>
struct BackwardWorkspace {
  T *keys_turned, *values_turned, *keys, *queries, *dy, *p, *ds, *dk, *dv, *seen;

  BackwardWorkspace(Scratch& scratch, std::int64_t channels) {
    const std::int64_t rows = kAttentionBlock * attention_row_stride<T>(channels);
    const auto take = [&](std::int64_t n) { return scratch.take<T>(static_cast<std::size_t>(n)).data(); };
    for (T** p_turned : {&keys_turned, &values_turned}) *p_turned = take(kAttentionBlock * channels);
    for (T** p_rows : {&keys, &queries, &dy, &dk, &dv}) *p_rows = take(rows);
    for (T** p_pairs : {&p, &ds}) *p_pairs = take(kAttentionBlock * kAttentionBlock);
    seen = take(kAttentionBlock);
  }
};

// Blocks of keys and of queries of one head, by number.
struct BackwardRange {
  std::int64_t sample, head;
  std::int64_t key_begin, key_end;
  std::int64_t query_begin, query_end;
};

// delta_i = <dy_i, y_i>.
template <class T>
HWY_INLINE T attention_delta(const T* dy, const T* y, std::int64_t channels) {
  return static_cast<T>(contiguous_sum<T>(
      channels, [dy, y](auto d, auto sum, std::int64_t i, std::int64_t count)
                    HWY_ATTR { return hn::MulAdd(load_count(d, dy + i, count), load_count(d, y + i, count), sum); }));
}

// Scores and <dy, v> of one query become p and ds, in place.
template <class T>
HWY_INLINE void attention_gradient_row(const AttentionBlock<T>& block, std::int64_t visible, const T* seen, T scale,
                                       T z, T delta, T* s, T* dp) {
  const LaneTag<T> d;
  constexpr std::int64_t lanes = hn::MaxLanes(LaneTag<T>());
  const T shift = z == -std::numeric_limits<T>::infinity() ? T(0) : z;  // no key seen: all are hidden below
  const auto probability = [&](std::int64_t j) HWY_ATTR {
    return math_exp_falling(d, hn::Sub(hn::Mul(hn::LoadU(d, s + j), hn::Set(d, scale)), hn::Set(d, shift)));
  };
  if (visible == kAttentionBlock && block.mask == nullptr) {
    for (std::int64_t j = 0; j < kAttentionBlock; j += lanes) {
      const auto p = probability(j);
      hn::StoreU(p, d, s + j);
      hn::StoreU(hn::Mul(p, hn::Sub(hn::LoadU(d, dp + j), hn::Set(d, delta))), d, dp + j);
    }
    return;
  }
  for (std::int64_t j = 0; j < block.width(); j += lanes) {
    const auto live = block.seen_by(d, visible, seen, j);
    const auto p = hn::IfThenElseZero(live, probability(j));
    hn::StoreU(p, d, s + j);
    hn::StoreU(hn::IfThenElseZero(live, hn::Mul(p, hn::Sub(hn::LoadU(d, dp + j), hn::Set(d, delta)))), d, dp + j);
  }
}

// p and ds of one pair of blocks; `first` is the first query, `row` its number among all samples' and heads' rows.
template <class T>
HWY_INLINE void attention_pair(const AttentionArguments<T>& a, const AttentionBlock<T>& block, std::int64_t first,
                               std::int64_t count, const T* z, const T* delta, const BackwardWorkspace<T>& w) {
  const std::int64_t channels = a.channels, stride = attention_row_stride<T>(channels);
  const T scale = static_cast<T>(a.scale);
  for (std::int64_t r = 0; r < count; r += GemmTile<T>::rows) {
    const std::int64_t rows = std::min(GemmTile<T>::rows, count - r);
    T *s = w.p + r * kAttentionBlock, *dp = w.ds + r * kAttentionBlock;
    attention_dots(w.queries + r * stride, stride, rows, w.keys_turned, block.count, channels, s);
    attention_dots(w.dy + r * stride, stride, rows, w.values_turned, block.count, channels, dp);
    for (std::int64_t i = 0; i < rows; ++i)
      attention_gradient_row(block, block.visible(first + r + i), w.seen, scale, z[r + i], delta[r + i],
                             s + i * kAttentionBlock, dp + i * kAttentionBlock);
  }
}

// x = factor x, on rows of one head.
template <class T>
HWY_INLINE void attention_scale_rows(const T* from, std::int64_t from_stride, std::int64_t rows, std::int64_t channels,
                                     T factor, T* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; ++r)
    map_range(
        0, channels, to + r * to_stride, [factor](auto d, auto x) HWY_ATTR { return hn::Mul(x, hn::Set(d, factor)); },
        from + r * from_stride);
}

// The pairs of a range: dQ is summed in its own place, dK and dV in scratch. A range that makes dQ holds all blocks of
// keys, one that makes dK or dV all blocks of queries; what is null in g is left out.
template <class T>
void attention_gradient_task(const AttentionArguments<T>& a, const AttentionGradient<T>& g, const T* delta,
                             const BackwardRange& range, const BackwardWorkspace<T>& w) {
  const std::int64_t channels = a.channels, stride = attention_row_stride<T>(channels);
  const std::int64_t n = range.sample, h = range.head, row = (n * a.heads + h) * a.queries;
  const T scale = static_cast<T>(a.scale);
  const std::int64_t query_begin = range.query_begin * kAttentionBlock;
  const std::int64_t query_end = std::min(a.queries, range.query_end * kAttentionBlock);
  for (std::int64_t i = query_begin; g.dq.data != nullptr && i < query_end; ++i)
    std::fill_n(attention_token(g.dq, n, i, h, channels), channels, T(0));
  for (std::int64_t key = range.key_begin; key < range.key_end; ++key) {
    const AttentionBlock<T> block(a, n, key * kAttentionBlock);
    std::fill_n(w.dk, block.count * stride, T(0));
    std::fill_n(w.dv, block.count * stride, T(0));
    if (!block.hidden()) {
      const T* k = attention_token(a.k, n, block.begin, h, channels);
      block.unpack_mask(w.seen);
      attention_pack_turned(k, a.k.token_stride, block.count, channels, w.keys_turned);
      attention_pack_turned(attention_token(a.v, n, block.begin, h, channels), a.v.token_stride, block.count, channels,
                            w.values_turned);
      if (g.dq.data != nullptr) attention_pack_seen(block, k, a.k.token_stride, channels, w.keys, stride);
      for (std::int64_t i = query_begin; i < query_end; i += kAttentionBlock) {
        const std::int64_t count = std::min(kAttentionBlock, query_end - i);
        if (block.visible(i + count - 1) == 0) continue;
        attention_pack_rows(attention_token(a.q, n, i, h, channels), a.q.token_stride, count, channels, w.queries,
                            stride);
        attention_pack_rows(attention_token(g.dy, n, i, h, channels), g.dy.token_stride, count, channels, w.dy, stride);
        attention_pair(a, block, i, count, g.z + row + i, delta + row + i, w);
        if (g.dv.data != nullptr)
          attention_mix(true, w.p, block.count, w.dy, stride, count, channels, w.dv, stride, true);
        if (g.dk.data != nullptr)
          attention_mix(true, w.ds, block.count, w.queries, stride, count, channels, w.dk, stride, true);
        if (g.dq.data != nullptr)
          attention_mix(false, w.ds, count, w.keys, stride, block.count, channels,
                        attention_token(g.dq, n, i, h, channels), g.dq.token_stride, true);
      }
    }
    if (g.dk.data != nullptr)
      attention_scale_rows(w.dk, stride, block.count, channels, scale,
                           attention_token(g.dk, n, block.begin, h, channels), g.dk.token_stride);
    if (g.dv.data != nullptr)
      for (std::int64_t j = 0; j < block.count; ++j)
        std::copy_n(w.dv + j * stride, channels, attention_token(g.dv, n, block.begin + j, h, channels));
  }
  if (g.dq.data == nullptr || query_begin >= query_end) return;
  T* dq = attention_token(g.dq, n, query_begin, h, channels);
  attention_scale_rows<T>(dq, g.dq.token_stride, query_end - query_begin, channels, scale, dq, g.dq.token_stride);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
