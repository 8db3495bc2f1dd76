// The elementary functions, each written once over a small set of operations.
//
// This text is included INSIDE a namespace, once for each kind of operations: math.cc includes it for plain scalars,
// math-inl.h once for each Highway target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE; a GPU build includes
// it with ITO_MATH_INLINE made __device__. So it has no guard, and includes nothing but its own parts, at its end:
// math_circular.h, math_exponential.h, math_normal.h, math_sigmoid.h, of which each may use those before it.
//
// `O` is the operations, an empty or tag-carrying struct passed by value:
//   O::Scalar (float or double), O::V values, O::M masks, O::U unsigned bit patterns; on V the operators + - * / and
//   comparisons, on U + & |; members set, fma (a b + c), nfma (c - a b), select, both, either, invert, neg, abs,
//   copysign, sqrt, floor, bits, from_bits, set_bits, shl<n>, shr<n>; patch(mask, v, x, f): v, but f(x) by a scalar
//   call in the rare lanes of mask; through_double(f, x...): f computed in double, rounded to float.
// Every operation is exactly rounded, nothing branches on a value (patch apart), so all kinds agree bit for bit.
//
// Coefficients: Chebyshev interpolation computed with 50 digits, monomial basis, rounded to double.
// Bounds: the largest error seen by tests/kernels/math_test.cc, rounded up, in units in the last place (ULP). Float
// versions marked (double) are computed in double and rounded once: 0.5 ULP up to double's own error.

template <class O>
using V = typename O::V;

template <class T>
struct Format;
template <>
struct Format<float> {
  static constexpr int kMantissaBits = 23;
  static constexpr double kBias = 127;
  static constexpr double kMagic = 12582912.0;      // 1.5 * 2^23: adding it rounds to a whole number
  static constexpr double kIntegerOne = 8388608.0;  // 2^23
  static constexpr std::uint64_t kIntegerOneBits = 0x4b000000;
  static constexpr std::uint64_t kMantissaMask = 0x007fffff;
  static constexpr std::uint64_t kSqrtHalfBits = 0x3f3504f3;
  static constexpr std::uint64_t kOneMinusSqrtHalfBits = 0x3f800000 - 0x3f3504f3;
  static constexpr double kMinNormal = 0x1p-126;
  static constexpr double kTiny = 0x1p-25;  // below it f(x) = x to all bits for expm1, log1p
  // ln 2 = high + low; high has few enough bits that n * high is exact for every exponent n.
  static constexpr double kLn2High = 0.693145751953125;
  static constexpr double kLn2Low = 1.42860682030941723212e-6;
  static constexpr double kExpLow = -112, kExpHigh = 89;    // exp underflows (even times |x|) below, overflows above
  static constexpr double kLift = 64, kTwoToLift = 0x1p64;  // 2^(n + kLift) is normal for 2^n from e^kExpLow to 1
  static constexpr double kExpm1Low = -20;                  // expm1 = -1 below
  static constexpr double kGaussianHigh = 15.5;             // exp(-x^2 / 2), even times x, is 0 above
  static constexpr double kTanhFormHigh = 11;               // and so is exp(-2 u(x)) of gelu_tanh
};
template <>
struct Format<double> {
  static constexpr int kMantissaBits = 52;
  static constexpr double kBias = 1023;
  static constexpr double kMagic = 6755399441055744.0;       // 1.5 * 2^52
  static constexpr double kIntegerOne = 4503599627370496.0;  // 2^52
  static constexpr std::uint64_t kIntegerOneBits = 0x4330000000000000;
  static constexpr std::uint64_t kMantissaMask = 0x000fffffffffffff;
  static constexpr std::uint64_t kSqrtHalfBits = 0x3fe6a09e00000000;
  static constexpr std::uint64_t kOneMinusSqrtHalfBits = 0x3ff0000000000000 - 0x3fe6a09e00000000;
  static constexpr double kMinNormal = 0x1p-1022;
  static constexpr double kTiny = 0x1p-54;
  static constexpr double kLn2High = 6.93147180369123816490e-01;
  static constexpr double kLn2Low = 1.90821492927058770002e-10;
  static constexpr double kExpLow = -760, kExpHigh = 710;
  static constexpr double kLift = 512, kTwoToLift = 0x1p512;
  static constexpr double kExpm1Low = -40;
  static constexpr double kGaussianHigh = 39;
  static constexpr double kTanhFormHigh = 23;
};

template <class O>
using FormatOf = Format<typename O::Scalar>;
template <class O>
inline constexpr bool kIsFloat = sizeof(typename O::Scalar) == 4;

// c[I] + x (c[I + 1] + x (...)), each step one fma.
template <std::size_t I = 0, class O, std::size_t N>
ITO_MATH_INLINE V<O> polynomial(O o, V<O> x, const double (&c)[N]) {
  if constexpr (I + 1 == N)
    return o.set(c[I]);
  else
    return o.fma(x, polynomial<I + 1>(o, x, c), o.set(c[I]));
}

// c[I] + x (c[I + 1] + x (... (c[N - 1] + x))): a leading coefficient of 1 costs a sum, not an fma.
template <std::size_t I = 0, class O, std::size_t N>
ITO_MATH_INLINE V<O> monic_polynomial(O o, V<O> x, const double (&c)[N]) {
  if constexpr (I + 1 == N)
    return x + o.set(c[I]);
  else
    return o.fma(x, monic_polynomial<I + 1>(o, x, c), o.set(c[I]));
}

// 2^k for a whole k whose power is a normal number.
template <class O>
ITO_MATH_INLINE V<O> power_of_two(O o, V<O> k) {
  using F = FormatOf<O>;
  return o.from_bits(o.template shl<F::kMantissaBits>(o.bits(k + o.set(F::kMagic + F::kBias))));
}

// The nearest whole number, |x| < 2^(mantissa bits - 2).
template <class O>
ITO_MATH_INLINE V<O> nearest_small(O o, V<O> x) {
  return (x + o.set(FormatOf<O>::kMagic)) - o.set(FormatOf<O>::kMagic);
}

template <class O>
ITO_MATH_INLINE V<O> clamp(O o, V<O> x, double low, double high) {  // NaN stays NaN
  return o.select(x < o.set(low), o.set(low), o.select(x > o.set(high), o.set(high), x));
}

// f for O's own type: in double, or for float in double and rounded.
template <class F, class O, class... X>
ITO_MATH_INLINE V<O> in_double(F f, O o, X... x) {
  if constexpr (kIsFloat<O>)
    return o.through_double(f, x...);
  else
    return f(o, x...);
}

#include "kernels/core/math_circular.h"
#include "kernels/core/math_exponential.h"
#include "kernels/core/math_normal.h"
#include "kernels/core/math_sigmoid.h"
