// A row of channels, vector by vector. Included once for each target, after highway-inl.h.
#include "kernels/core/highway-inl.h"

#if defined(ITO_KERNELS_CORE_FOR_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CORE_FOR_VECTORS_INL_H_
#undef ITO_KERNELS_CORE_FOR_VECTORS_INL_H_
#else
#define ITO_KERNELS_CORE_FOR_VECTORS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Calls f(c, count) for the vectors of a row of channels; the last may hold fewer elements than lanes.
template <class T, class F>
HWY_INLINE void for_vectors(std::int64_t channels, const F& f) {
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  for (std::int64_t c = 0; c < channels; c += lanes) f(c, HWY_MIN(lanes, channels - c));
}

// The first `count` lanes of v to p; the common whole vector costs no mask.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_count(hn::Vec<D> v, D d, T* p, std::int64_t count) {
  if (HWY_LIKELY(count == static_cast<std::int64_t>(hn::Lanes(d)))) return hn::StoreU(v, d, p);
  store_first(v, d, p, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
