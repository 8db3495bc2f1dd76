#include "kernels/optimizer/optimizer.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

constexpr std::int64_t kOptimizerGrain = std::int64_t{1} << 15;  // below, a second thread costs more than it brings

template <class T>
void adamw(Context& context, const AdamWCoefficients& c, std::int64_t n, const T* gradient, T* parameter, T* m, T* v) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto body = [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const auto set = [&](double coefficient) HWY_ATTR { return hn::Set(d, static_cast<T>(coefficient)); };
    const V scale = set(c.gradient_scale), beta1 = set(c.beta1), rest1 = set(c.one_minus_beta1), beta2 = set(c.beta2),
            rest2 = set(c.one_minus_beta2), root_scale = set(c.root_scale), epsilon = set(c.epsilon),
            minus_rate = set(c.minus_rate), keep = set(c.keep);
    const auto update = [&](V& p_i, V& m_i, V& v_i, V gradient_i) HWY_ATTR {
      const V g = hn::Mul(scale, gradient_i);
      m_i = hn::MulAdd(beta1, m_i, hn::Mul(rest1, g));
      v_i = hn::MulAdd(beta2, v_i, hn::Mul(hn::Mul(rest2, g), g));
      const V denominator = hn::MulAdd(hn::Sqrt(v_i), root_scale, epsilon);
      p_i = hn::MulAdd(minus_rate, hn::Div(m_i, denominator), hn::Mul(keep, p_i));
    };
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      V p_i = hn::LoadU(d, parameter + i), m_i = hn::LoadU(d, m + i), v_i = hn::LoadU(d, v + i);
      update(p_i, m_i, v_i, hn::LoadU(d, gradient + i));
      hn::StoreU(p_i, d, parameter + i);
      hn::StoreU(m_i, d, m + i);
      hn::StoreU(v_i, d, v + i);
    }
    if (i < end) {
      const std::int64_t count = end - i;
      V p_i = load_first(d, parameter + i, count), m_i = load_first(d, m + i, count), v_i = load_first(d, v + i, count);
      update(p_i, m_i, v_i, load_first(d, gradient + i, count));
      store_first(p_i, d, parameter + i, count);
      store_first(m_i, d, m + i, count);
      store_first(v_i, d, v + i, count);
    }
  };
  parallel_for(context, n, kOptimizerGrain, body);
}

template <class T>
void exponential_average(Context& context, double decay, std::int64_t n, const T* parameter, T* average) {
  const T weight = static_cast<T>(1.0 - decay);
  parallel_for(context, n, kOptimizerGrain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const auto update = [weight](auto d, auto p, auto a)
                            HWY_ATTR { return hn::MulAdd(hn::Set(d, weight), hn::Sub(p, a), a); };
    map_range(begin, end, average, update, parameter, static_cast<const T*>(average));
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void adamw(Context& context, const AdamWCoefficients& c, std::int64_t n, const T* gradient, T* parameter, T* m, T* v) {
  ITO_DISPATCH(adamw<T>)(context, c, n, gradient, parameter, m, v);
}
template <class T>
void exponential_average(Context& context, double decay, std::int64_t n, const T* parameter, T* average) {
  ITO_DISPATCH(exponential_average<T>)(context, decay, n, parameter, average);
}

template void adamw<float>(Context&, const AdamWCoefficients&, std::int64_t, const float*, float*, float*, float*);
template void adamw<double>(Context&, const AdamWCoefficients&, std::int64_t, const double*, double*, double*, double*);
template void exponential_average<float>(Context&, double, std::int64_t, const float*, float*);
template void exponential_average<double>(Context&, double, std::int64_t, const double*, double*);

}  // namespace ito::kernels::simd
#endif
