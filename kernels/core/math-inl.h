// The elementary functions in Highway lanes: math_functions.h over the vectors of the target being compiled. Included
// once for each target, after highway-inl.h. Bits equal those of math.h's scalar functions, lane by lane.
//
//   hn::Vec<D> y = math_exp(d, x);       for whole vectors (hn::ScalableTag) of float or double

#include "kernels/core/highway-inl.h"

#ifndef ITO_KERNELS_CORE_MATH_ONCE_H_
#define ITO_KERNELS_CORE_MATH_ONCE_H_
#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/core/large_argument.h"
#endif

#if defined(ITO_KERNELS_CORE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CORE_MATH_INL_H_
#undef ITO_KERNELS_CORE_MATH_INL_H_
#else
#define ITO_KERNELS_CORE_MATH_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {
namespace vector_math {

template <class D>
struct Operations {
  using Scalar = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;
  using DU = hn::RebindToUnsigned<D>;
  using U = hn::Vec<DU>;

  static HWY_INLINE V set(double c) { return hn::Set(D(), static_cast<Scalar>(c)); }
  static HWY_INLINE V infinity() { return hn::Set(D(), std::numeric_limits<Scalar>::infinity()); }
  static HWY_INLINE V nan() { return hn::Set(D(), std::numeric_limits<Scalar>::quiet_NaN()); }
  static HWY_INLINE V fma(V a, V b, V c) { return hn::MulAdd(a, b, c); }
  static HWY_INLINE V nfma(V a, V b, V c) { return hn::NegMulAdd(a, b, c); }
  static HWY_INLINE V select(M m, V yes, V no) { return hn::IfThenElse(m, yes, no); }
  static HWY_INLINE M both(M a, M b) { return hn::And(a, b); }
  static HWY_INLINE M either(M a, M b) { return hn::Or(a, b); }
  static HWY_INLINE M invert(M a) { return hn::Not(a); }
  static HWY_INLINE V neg(V x) { return hn::Neg(x); }
  static HWY_INLINE V abs(V x) { return hn::Abs(x); }
  static HWY_INLINE V copysign(V magnitude, V sign) { return hn::CopySign(magnitude, sign); }
  static HWY_INLINE V sqrt(V x) { return hn::Sqrt(x); }
  static HWY_INLINE V floor(V x) { return hn::Floor(x); }
  static HWY_INLINE U bits(V x) { return hn::BitCast(DU(), x); }
  static HWY_INLINE V from_bits(U u) { return hn::BitCast(D(), u); }
  static HWY_INLINE U set_bits(std::uint64_t u) { return hn::Set(DU(), static_cast<hn::TFromD<DU>>(u)); }
  template <int n>
  static HWY_INLINE U shl(U u) {
    return hn::ShiftLeft<n>(u);
  }
  template <int n>
  static HWY_INLINE U shr(U u) {
    return hn::ShiftRight<n>(u);
  }
  static HWY_INLINE V patch(M m, V v, V x, Scalar (*f)(Scalar)) {
    if (HWY_LIKELY(hn::AllFalse(D(), m))) return v;
    HWY_ALIGN Scalar xs[hn::MaxLanes(D())], ys[hn::MaxLanes(D())], chosen[hn::MaxLanes(D())];
    hn::Store(x, D(), xs);
    hn::Store(v, D(), ys);
    hn::Store(hn::IfThenElseZero(m, set(1)), D(), chosen);
    for (std::size_t i = 0; i < hn::Lanes(D()); ++i)
      if (chosen[i] != 0) ys[i] = f(xs[i]);
    return hn::Load(D(), ys);
  }
  template <class F, class... X>
  static HWY_INLINE V through_double(F f, X... x) {
    const hn::Half<D> half;
    const hn::Rebind<double, hn::Half<D>> wide;
    const Operations<hn::Rebind<double, hn::Half<D>>> o{};
    const auto lower = f(o, hn::PromoteTo(wide, hn::LowerHalf(half, x))...);
    const auto upper = f(o, hn::PromoteTo(wide, hn::UpperHalf(half, x))...);
    return hn::Combine(D(), hn::DemoteTo(half, upper), hn::DemoteTo(half, lower));
  }
};

#define ITO_MATH_INLINE HWY_INLINE
#include "kernels/core/math_functions.h"
#undef ITO_MATH_INLINE

}  // namespace vector_math

template <class D>
HWY_INLINE hn::Vec<D> math_exp(D, hn::Vec<D> x) {
  return vector_math::exp(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_exp_falling(D, hn::Vec<D> x) {  // x <= 0
  return vector_math::exp_falling(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_expm1(D, hn::Vec<D> x) {
  return vector_math::expm1(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_log(D, hn::Vec<D> x) {
  return vector_math::log(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_log1p(D, hn::Vec<D> x) {
  return vector_math::log1p(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_pow(D, hn::Vec<D> x, hn::Vec<D> y) {
  return vector_math::in_double(vector_math::Pow{}, vector_math::Operations<D>{}, x, y);
}
template <class D>
HWY_INLINE hn::Vec<D> math_sin(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Sin{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_cos(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Cos{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_tan(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Tan{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_atan(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Atan{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_acos(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Acos{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_tanh(D, hn::Vec<D> x) {
  return vector_math::tanh(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_erf(D, hn::Vec<D> x) {
  return vector_math::erf(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_erfinv(D, hn::Vec<D> x) {
  return vector_math::in_double(vector_math::Erfinv{}, vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_sigmoid(D, hn::Vec<D> x) {
  return vector_math::sigmoid(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_logit(D, hn::Vec<D> p) {
  return vector_math::in_double(vector_math::Logit{}, vector_math::Operations<D>{}, p);
}
template <class D>
HWY_INLINE hn::Vec<D> math_silu(D, hn::Vec<D> x) {
  return vector_math::silu(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_silu_derivative(D, hn::Vec<D> x) {
  return vector_math::silu_derivative(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_gelu(D, hn::Vec<D> x) {
  return vector_math::gelu(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_gelu_derivative(D, hn::Vec<D> x) {
  return vector_math::gelu_derivative(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_gelu_tanh(D, hn::Vec<D> x) {
  return vector_math::gelu_tanh(vector_math::Operations<D>{}, x);
}
template <class D>
HWY_INLINE hn::Vec<D> math_gelu_tanh_derivative(D, hn::Vec<D> x) {
  return vector_math::gelu_tanh_derivative(vector_math::Operations<D>{}, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
