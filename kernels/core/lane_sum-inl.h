// The contract's contiguous reduction in Highway lanes: whatever the vector's width, kReductionLanes accumulators.
// Included once for each target, after highway-inl.h.
//
//   double total = contiguous_sum<T>(n, [=](auto d, auto sum, std::int64_t i, std::int64_t count) HWY_ATTR { ... });
//
// step(d, sum, i, count) returns sum with elements i .. i + count - 1 added, each to its lane; count is Lanes(d) or, at
// a chunk's end, fewer (even none): a lane without an element must add +0, as load_first's zeros do.

#include "kernels/core/contract.h"
#include "kernels/core/highway-inl.h"

#if defined(ITO_KERNELS_CORE_LANE_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CORE_LANE_SUM_INL_H_
#undef ITO_KERNELS_CORE_LANE_SUM_INL_H_
#else
#define ITO_KERNELS_CORE_LANE_SUM_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class T>
using LaneTag = hn::CappedTag<T, kReductionLanes>;

// Lane j += lane j + w for w = half of the lanes, a quarter, ..., 1.
template <class D>
HWY_INLINE hn::TFromD<D> folded(D, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    return folded(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// One chunk, elements begin .. end - 1: lane i starts at +0 and takes begin + i, begin + i + 16, ...; lanes fold 8, 4,
// 2, 1.
template <class T, class Step>
HWY_INLINE T chunk_sum(std::int64_t begin, std::int64_t end, const Step& step) {
  const LaneTag<T> d;
  constexpr std::int64_t kWidth = hn::MaxLanes(LaneTag<T>());
  constexpr std::int64_t kVectors = kReductionLanes / kWidth;
  static_assert(kVectors == 1 || kVectors == 2 || kVectors == 4);
  auto a = hn::Zero(d), b = a, c = a, e = a;
  std::int64_t i = begin;
  for (; i + kReductionLanes <= end; i += kReductionLanes) {
    a = step(d, a, i, kWidth);
    if constexpr (kVectors >= 2) b = step(d, b, i + kWidth, kWidth);
    if constexpr (kVectors == 4) {
      c = step(d, c, i + 2 * kWidth, kWidth);
      e = step(d, e, i + 3 * kWidth, kWidth);
    }
  }
  if (i < end) {
    const auto left = [end](std::int64_t from) {
      return end - from >= kWidth ? kWidth : (end > from ? end - from : 0);
    };
    a = step(d, a, i, left(i));
    if constexpr (kVectors >= 2) b = step(d, b, i + kWidth, left(i + kWidth));
    if constexpr (kVectors == 4) {
      c = step(d, c, i + 2 * kWidth, left(i + 2 * kWidth));
      e = step(d, e, i + 3 * kWidth, left(i + 3 * kWidth));
    }
  }
  if constexpr (kVectors == 4) {
    a = hn::Add(a, c);
    b = hn::Add(b, e);
  }
  if constexpr (kVectors >= 2) a = hn::Add(a, b);
  return folded(d, a);
}

// Chunks of kReductionChunk, their sums added in ascending order, in double.
template <class T, class Step>
HWY_INLINE double contiguous_sum(std::int64_t n, const Step& step) {
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += kReductionChunk)
    total += static_cast<double>(chunk_sum<T>(begin, HWY_MIN(n, begin + kReductionChunk), step));
  return total;
}

// The first `count` of x[i], x[i + 1], ...; the common whole vector costs no mask.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_count(D d, const T* x, std::int64_t count) {
  if (HWY_LIKELY(count == static_cast<std::int64_t>(hn::Lanes(d)))) return hn::LoadU(d, x);
  return count == 0 ? hn::Zero(d) : load_first(d, x, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
