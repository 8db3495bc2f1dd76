#include <algorithm>

#include "kernels/core/math.h"
#include "kernels/core/parallel.h"
#include "kernels/timestep_features/timestep_features.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/timestep_features/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

using Wide = hn::ScalableTag<double>;

HWY_INLINE void store_rounded(hn::Vec<Wide> v, double* out, std::int64_t count) { store_first(v, Wide(), out, count); }

HWY_INLINE void store_rounded(hn::Vec<Wide> v, float* out, std::int64_t count) {
  const hn::Rebind<float, Wide> d;
  store_first(hn::DemoteTo(d, v), d, out, count);
}

template <class T>
void timestep_features(Context& context, std::int64_t n, std::int64_t half, double max_period, const double* t,
                       T* out) {
  const Scratch::Scope scope(context.scratch);
  const std::span<double> w = context.scratch.take<double>(static_cast<std::size_t>(half));
  for (std::int64_t i = 0; i < half; ++i)
    w[static_cast<std::size_t>(i)] =
        math::exp(-(math::log(max_period) * static_cast<double>(i)) / static_cast<double>(half));
  const std::int64_t grain = std::max<std::int64_t>(1, 2048 / std::max<std::int64_t>(half, 1));
  parallel_for(context, n, grain, [=](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const Wide d;
    const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t i = 0; i < half; i += width) {
        const std::int64_t count = std::min(width, half - i);
        const auto angle = hn::Mul(hn::Set(d, t[r]), load_first(d, w.data() + i, count));
        store_rounded(math_cos(d, angle), out + r * 2 * half + i, count);
        store_rounded(math_sin(d, angle), out + r * 2 * half + half + i, count);
      }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void timestep_features(Context& context, std::int64_t n, std::int64_t half, double max_period, const double* t,
                       T* out) {
  ITO_DISPATCH(timestep_features<T>)(context, n, half, max_period, t, out);
}

template void timestep_features<float>(Context&, std::int64_t, std::int64_t, double, const double*, float*);
template void timestep_features<double>(Context&, std::int64_t, std::int64_t, double, const double*, double*);

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
