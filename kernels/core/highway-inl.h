// What every simd.cc includes after <hwy/foreach_target.h>: Highway, the contract's checks on it, whole and partial
// vector access. Included once for each target.
//
// A simd.cc looks so:
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "kernels/softmax/simd.cc"
//   #include <hwy/foreach_target.h>            // compiles this file once a target
//   #include "kernels/core/highway-inl.h"
//   HWY_BEFORE_NAMESPACE();
//   namespace ito::kernels { namespace HWY_NAMESPACE {
//   template <class T> void softmax(Context&, ...) { ... }
//   }}
//   HWY_AFTER_NAMESPACE();
//   #if HWY_ONCE
//   namespace ito::kernels::simd {
//   template <class T> void softmax(Context& context, ...) { ITO_DISPATCH(softmax<T>)(context, ...); }
//   template void softmax<float>(...);  template void softmax<double>(...);
//   }
//   #endif
//
// OpenMP stays out of these files (its outlined functions lose the target): loops go through parallel_for, whose
// lambda carries HWY_ATTR.

#include <hwy/highway.h>  // outside any guard: it defines the target's macros at each inclusion

#ifndef ITO_KERNELS_CORE_HIGHWAY_ONCE_H_
#define ITO_KERNELS_CORE_HIGHWAY_ONCE_H_
#include <cstdint>

#include "kernels/core/simd_target.h"

#if !HWY_ARCH_X86
#error "only x86-64 is built and tested; NEON keeps the contract's rules but has never been run"
#endif

// Calls the function template of the chosen target. Exactly two targets are compiled (HWY_DISABLED_TARGETS in the
// Makefile), which the static_assert holds: all others round hn::MulAdd twice or have not been run.
static_assert(HWY_STATIC_TARGET == HWY_AVX2, "build with -march=x86-64-v3 -maes -mpclmul (pkg-config --cflags ito)");
static_assert(HWY_TARGETS == (HWY_AVX2 | HWY_AVX3), "build with -DHWY_DISABLED_TARGETS=0xFF");
#define ITO_DISPATCH(...)                                                                   \
  (::ito::simd_target() == ::ito::SimdTarget::avx512 ? &::ito::kernels::N_AVX3::__VA_ARGS__ \
                                                     : &::ito::kernels::N_AVX2::__VA_ARGS__)
#endif  // ITO_KERNELS_CORE_HIGHWAY_ONCE_H_

#if defined(ITO_KERNELS_CORE_HIGHWAY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CORE_HIGHWAY_INL_H_
#undef ITO_KERNELS_CORE_HIGHWAY_INL_H_
#else
#define ITO_KERNELS_CORE_HIGHWAY_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The first `count` (0 to Lanes(d)) elements at p; the other lanes are zero. Reads nothing past p + count.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_first(D d, const T* p, std::int64_t count) {
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, p);
}

// Writes the first `count` lanes of v to p and nothing else.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_first(hn::Vec<D> v, D d, T* p, std::int64_t count) {
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, p);
}

// y[i] = f(d, x[i]...) for i in [begin, end): one vector code for whole vectors and for the tail, so that an element's
// bits do not depend on where it stands. f takes and returns vectors; the masked tail sees zeros in unused lanes.
template <class T, class F, class... X>
HWY_INLINE void map_range(std::int64_t begin, std::int64_t end, T* y, const F& f, const X*... x) {
  const hn::ScalableTag<T> d;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = begin;
  for (; i + lanes <= end; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)...), d, y + i);
  if (i < end) store_first(f(d, load_first(d, x + i, end - i)...), d, y + i, end - i);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
