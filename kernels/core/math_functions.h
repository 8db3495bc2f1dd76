// The elementary functions, each written once over a small set of operations.
//
// This text is included INSIDE a namespace, once for each kind of operations: math.cc includes it for plain scalars,
// math-inl.h once for each Highway target, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE; a GPU build includes
// it with ITO_MATH_INLINE made __device__. So it has no guard and no includes of its own.
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
  static constexpr double kExpLow = -112, kExpHigh = 89;  // exp underflows (even times |x|) below, overflows above
  static constexpr double kExpm1Low = -20;                // expm1 = -1 below
  static constexpr double kGaussianHigh = 15.5;           // exp(-x^2 / 2), even times x, is 0 above
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
  static constexpr double kExpm1Low = -40;
  static constexpr double kGaussianHigh = 39;
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

// --- exponentials
// -----------------------------------------------------------------------------------------------------
namespace coefficients {
// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2; errors 1.8e-20 and 1.5e-9.
inline constexpr double kExp[] = {0.5,
                                  0.16666666666666666,
                                  0.04166666666666668,
                                  0.008333333333333333,
                                  0.0013888888888878854,
                                  0.00019841269841263152,
                                  2.480158733702903e-05,
                                  2.755731924760984e-06,
                                  2.75572626528368e-07,
                                  2.5052070676884162e-08,
                                  2.091836877654225e-09,
                                  1.6086781948613066e-10};
inline constexpr double kExpFloat[] = {0.5000000013692557,   0.1666666668187505,    0.041666462666195954,
                                       0.008333310674603188, 0.0013933900050040087, 0.00019891268510107283};
}  // namespace coefficients

// e^r - 1 for |r| <= ln 2 / 2.
template <class O>
ITO_MATH_INLINE V<O> expm1_reduced(O o, V<O> r) {
  if constexpr (kIsFloat<O>)
    return o.fma(r * r, polynomial(o, r, coefficients::kExpFloat), r);
  else
    return o.fma(r * r, polynomial(o, r, coefficients::kExp), r);
}

// e^x = significand * scale: the significand is accurate and normal, the product rounds once where it is subnormal.
// A factor belongs between the two, so that x e^x is right where e^x alone has lost bits.
template <class O>
struct ScaledExp {
  V<O> significand;
  V<O> scale;
};

// e^(x + tail), |tail| below half an ulp of x.
template <class O>
ITO_MATH_INLINE ScaledExp<O> scaled_exp(O o, V<O> x, V<O> tail) {
  using F = FormatOf<O>;
  x = clamp(o, x, F::kExpLow, F::kExpHigh);
  const V<O> n = nearest_small(o, x * o.set(1.44269504088896340736));
  const V<O> r = o.nfma(n, o.set(F::kLn2High), x) + o.nfma(n, o.set(F::kLn2Low), tail);
  const V<O> half = nearest_small(o, n * o.set(0.5));
  return {(o.set(1) + expm1_reduced(o, r)) * power_of_two(o, half), power_of_two(o, n - half)};
}

template <class O>
ITO_MATH_INLINE ScaledExp<O> scaled_exp(O o, V<O> x) {
  using F = FormatOf<O>;
  x = clamp(o, x, F::kExpLow, F::kExpHigh);
  const V<O> n = nearest_small(o, x * o.set(1.44269504088896340736));
  const V<O> r = o.nfma(n, o.set(F::kLn2Low), o.nfma(n, o.set(F::kLn2High), x));
  const V<O> half = nearest_small(o, n * o.set(0.5));
  return {(o.set(1) + expm1_reduced(o, r)) * power_of_two(o, half), power_of_two(o, n - half)};
}

// e^x. Bound: double 1 ULP, float 1.
template <class O>
ITO_MATH_INLINE V<O> exp(O o, V<O> x) {
  const ScaledExp<O> e = scaled_exp(o, x);
  return e.significand * e.scale;
}

// e^x - 1. Bound: double 2 ULP, float 1.5.
//   with x = n ln 2 + r:  2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2))
template <class O>
ITO_MATH_INLINE V<O> expm1(O o, V<O> x) {
  using F = FormatOf<O>;
  const V<O> clamped = clamp(o, x, F::kExpm1Low, F::kExpHigh);
  const V<O> n = nearest_small(o, clamped * o.set(1.44269504088896340736));
  const V<O> r = o.nfma(n, o.set(F::kLn2Low), o.nfma(n, o.set(F::kLn2High), clamped));
  const V<O> p = expm1_reduced(o, r);
  const V<O> half_scale = power_of_two(o, n - o.set(1));
  const V<O> scaled = o.fma(half_scale, p, half_scale - o.set(0.5)) * o.set(2);
  return o.select(o.abs(x) < o.set(F::kTiny), x, o.select(n == o.set(0), p, scaled));
}

// --- logarithms
// -------------------------------------------------------------------------------------------------------
namespace coefficients {
// (2 atanh(s) / s - 2) / z, z = s^2, for s = f / (2 + f), 1 + f in [sqrt 1/2, sqrt 2]; errors 2.1e-18 and 1.2e-9.
inline constexpr double kLog[] = {0.6666666666666666,  0.40000000000000885, 0.28571428570799784, 0.22222222392581045,
                                  0.18181795547521137, 0.15386244737621665, 0.13268638369266825, 0.13088034850927555};
inline constexpr double kLogFloat[] = {0.6666666655404201, 0.4000012221181065, 0.28550778633191964,
                                       0.23331614471843498};
// (atanh(s) / s - 1 - z / 3) / z^2; error 6.5e-21.
inline constexpr double kAtanhTail[] = {0.2,
                                        0.14285714285714282,
                                        0.11111111111114234,
                                        0.09090909089822495,
                                        0.07692307881454075,
                                        0.06666648198981917,
                                        0.05883409510814777,
                                        0.05228097555200746,
                                        0.0538181075750563};
}  // namespace coefficients

// x = 2^exponent * significand, significand in [sqrt 1/2, sqrt 2), for a positive finite x.
template <class O>
struct Decomposed {
  V<O> exponent;
  V<O> significand;
};

template <class O>
ITO_MATH_INLINE Decomposed<O> decompose(O o, V<O> x) {
  using F = FormatOf<O>;
  const auto subnormal = x < o.set(F::kMinNormal);
  const V<O> normal = o.select(subnormal, x * o.set(0x1p54), x);
  const auto shifted = o.bits(normal) + o.set_bits(F::kOneMinusSqrtHalfBits);
  const V<O> biased =
      o.from_bits(o.template shr<F::kMantissaBits>(shifted) | o.set_bits(F::kIntegerOneBits)) - o.set(F::kIntegerOne);
  return {biased - o.select(subnormal, o.set(F::kBias + 54), o.set(F::kBias)),
          o.from_bits((shifted & o.set_bits(F::kMantissaMask)) + o.set_bits(F::kSqrtHalfBits))};
}

// k ln 2 + log(1 + f) + tail, as  log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s))).
template <class O>
ITO_MATH_INLINE V<O> log_reduced(O o, V<O> k, V<O> f, V<O> tail) {
  using F = FormatOf<O>;
  const V<O> s = f / (o.set(2) + f);
  const V<O> z = s * s;
  V<O> R;
  if constexpr (kIsFloat<O>)
    R = z * polynomial(o, z, coefficients::kLogFloat);
  else
    R = z * polynomial(o, z, coefficients::kLog);
  const V<O> half_square = o.set(0.5) * f * f;
  const V<O> low = o.fma(s, half_square + R, o.fma(k, o.set(F::kLn2Low), tail));
  return k * o.set(F::kLn2High) - ((half_square - low) - f);
}

// The natural logarithm. Bound: 1 ULP, float too.
template <class O>
ITO_MATH_INLINE V<O> log(O o, V<O> x) {
  const Decomposed<O> d = decompose(o, x);
  V<O> y = log_reduced(o, d.exponent, d.significand - o.set(1), o.set(0));
  y = o.select(x < o.infinity(), y, x);  // +inf and NaN
  y = o.select(x == o.set(0), o.neg(o.infinity()), y);
  return o.select(x < o.set(0), o.nan(), y);
}

// log(1 + x). Bound: 1 ULP, float too.
template <class O>
ITO_MATH_INLINE V<O> log1p(O o, V<O> x) {
  using F = FormatOf<O>;
  const V<O> one = o.set(1);
  const V<O> u = one + x;
  const Decomposed<O> d = decompose(o, u);
  const auto near_one = d.exponent == o.set(0);
  const V<O> lost = o.select(x > one, one - (u - x), x - (u - one)) / u;  // what rounding 1 + x dropped
  V<O> y = log_reduced(o, d.exponent, o.select(near_one, x, d.significand - one), o.select(near_one, o.set(0), lost));
  y = o.select(o.abs(x) < o.set(F::kTiny), x, y);
  y = o.select(x < o.infinity(), y, x);
  y = o.select(x == o.set(-1), o.neg(o.infinity()), y);
  return o.select(x < o.set(-1), o.nan(), y);
}

// A number as an unevaluated sum, |low| at most half an ulp of high.
template <class O>
struct Pair {
  V<O> high;
  V<O> low;
};

// log x to about 2^-64, x positive and finite, double.
//   log m = 2 s (1 + z (1/3 + z Q(z))), s = f / (2 + f), z = s^2, in pairs down to Q
template <class O>
ITO_MATH_INLINE Pair<O> log_pair(O o, V<O> x) {
  const Decomposed<O> d = decompose(o, x);
  const V<O> f = d.significand - o.set(1);
  const V<O> t = o.set(2) + f;
  const V<O> t_low = f - (t - o.set(2));
  const V<O> s = f / t;
  const V<O> s_low = o.nfma(s, t_low, o.nfma(s, t, f)) / t;
  const V<O> z = s * s;
  const V<O> z_low = o.fma(o.set(2) * s, s_low, o.fma(s, s, o.neg(z)));
  const V<O> w = z * polynomial(o, z, coefficients::kAtanhTail);
  const V<O> third = o.set(0x1.5555555555555p-2);
  const V<O> c = third + w;
  const V<O> c_low = (third - c) + w + o.set(0x1.5555555555555p-56);
  const V<O> p = z * c;
  const V<O> p_low = o.fma(z_low, c, o.fma(z, c_low, o.fma(z, c, o.neg(p))));
  const V<O> g = o.set(1) + p;
  const V<O> g_low = (o.set(1) - g) + p + p_low;
  const V<O> m = o.set(2) * s * g;
  const V<O> m_low = o.fma(o.set(2) * s_low, g, o.fma(o.set(2) * s, g_low, o.fma(o.set(2) * s, g, o.neg(m))));
  const V<O> k_high = d.exponent * o.set(0x1.62e42fefa3800p-1);  // 42 bits of ln 2: exact
  const V<O> sum = k_high + m;
  const V<O> sum_low = ((k_high - sum) + m) + o.fma(d.exponent, o.set(0x1.ef35793c76730p-45), m_low);
  const V<O> high = sum + sum_low;
  return {high, (sum - high) + sum_low};
}

// x^y. Bound: 1 ULP; float (double).
struct Pow {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x, V<O> y) const {
    const V<O> zero = o.set(0), one = o.set(1), infinity = o.infinity();
    const V<O> a = o.abs(x);
    const Pair<O> l = log_pair(o, a);
    const V<O> product = y * l.high;
    const V<O> product_low = o.fma(y, l.low, o.fma(y, l.high, o.neg(product)));
    const auto in_range = o.abs(product) < o.set(1000);
    const ScaledExp<O> e = scaled_exp(o, o.select(in_range, product, o.copysign(o.set(1000), product)),
                                      o.select(in_range, product_low, zero));
    V<O> z = e.significand * e.scale;
    const auto rises = y > zero;
    z = o.select(a == zero, o.select(rises, zero, infinity), z);
    z = o.select(a == infinity, o.select(rises, infinity, zero), z);
    z = o.select(a == one, one, z);
    const auto whole = o.floor(y) == y;
    const V<O> half = y * o.set(0.5);
    const auto odd = o.both(whole, o.invert(o.floor(half) == half));
    z = o.select(odd, o.copysign(z, x), z);
    const auto negative_finite = o.both(x < zero, a < infinity);
    const auto finite_y = o.abs(y) < infinity;
    z = o.select(o.both(negative_finite, o.both(finite_y, o.invert(whole))), o.nan(), z);
    const auto ordered = o.both(x == x, y == y);
    z = o.select(ordered, z, x + y);
    return o.select(o.either(y == zero, x == one), one, z);
  }
};

// --- circular functions
// -----------------------------------------------------------------------------------------------
namespace coefficients {
// (sin r / r - 1) / z and (cos r - 1 + z / 2) / z^2, z = r^2, |r| <= pi / 4; errors 1.2e-20 and 6.6e-22.
inline constexpr double kSin[] = {-0.16666666666666666,  0.008333333333333331,    -0.00019841269841265017,
                                  2.755731921930192e-06, -2.5052106219521895e-08, 1.6058529572267877e-10,
                                  -7.586576588171073e-13};
inline constexpr double kCos[] = {0.041666666666666664,    -0.0013888888888888887, 2.4801587301584618e-05,
                                  -2.7557319221382114e-07, 2.087675578389404e-09,  -1.1470459749675607e-11,
                                  4.745804889760674e-14};
// (atan t / t - 1) / z, z = t^2, |t| <= 7/16; error 4e-18.
inline constexpr double kAtan[] = {-0.3333333333333333,  0.19999999999999404,   -0.14285714285565465,
                                   0.111111110965279,    -0.09090908350382436,  0.07692285419714515,
                                   -0.06666239748865294, 0.05876924062763387,   -0.05216532007308444,
                                   0.044916556747777434, -0.033114228762660534, 0.014759380407779157};
// (asin t / t - 1) / z, z = t^2 <= 1/4; error 6.5e-20.
inline constexpr double kAsin[] = {
    0.16666666666666666,  0.07499999999999991,   0.04464285714288356,  0.030381944441346388,  0.02237215928067093,
    0.017352757444179825, 0.013965010669331847,  0.011549075679439491, 0.009792863988301035,  0.008135014193193648,
    0.008799140451914983, 0.0003664940923274731, 0.0225861124015735,   -0.024063914377949608, 0.030744526924322196};
// pi / 2 in pieces of 53 bits.
inline constexpr double kHalfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
}  // namespace coefficients

// Where reduction by pi / 2 in three pieces ends and large_argument (math.cc) begins.
inline constexpr double kLargeArgument = 0x1p30;

// An angle as quadrant * pi / 2 + (r + r_low), |r| <= pi / 4 and a little, quadrant in {0, 1, 2, 3}.
template <class O>
struct Angle {
  V<O> quadrant;
  V<O> r;
  V<O> r_low;
};

// |x| <= kLargeArgument. n pi/2 is subtracted in three pieces; the first difference is exact under fma.
template <class O>
ITO_MATH_INLINE Angle<O> reduce(O o, V<O> x) {
  const V<O> n = nearest_small(o, x * o.set(0.63661977236758134308));
  const V<O> r_0 = o.nfma(n, o.set(coefficients::kHalfPi[0]), x);
  const V<O> w = n * o.set(coefficients::kHalfPi[1]);
  const V<O> w_low = o.fma(n, o.set(coefficients::kHalfPi[1]), o.neg(w));
  const V<O> r = r_0 - w;
  const V<O> taken = r - r_0;
  const V<O> lost = (r_0 - (r - taken)) - (w + taken);
  return {n - o.set(4) * o.floor(n * o.set(0.25)), r, lost - o.fma(n, o.set(coefficients::kHalfPi[2]), w_low)};
}

template <class O>
ITO_MATH_INLINE V<O> sin_reduced(O o, V<O> r, V<O> r_low) {
  const V<O> z = r * r;
  return r + o.fma(r * z, polynomial(o, z, coefficients::kSin), o.nfma(o.set(0.5) * z, r_low, r_low));
}

template <class O>
ITO_MATH_INLINE V<O> cos_reduced(O o, V<O> r, V<O> r_low) {
  const V<O> z = r * r;
  const V<O> half = o.set(0.5) * z;
  const V<O> w = o.set(1) - half;
  return w + (((o.set(1) - w) - half) + o.fma(z * z, polynomial(o, z, coefficients::kCos), o.neg(r * r_low)));
}

template <class O>
ITO_MATH_INLINE V<O> sin_angle(O o, const Angle<O>& a) {
  const auto swapped = o.either(a.quadrant == o.set(1), a.quadrant == o.set(3));
  const V<O> y = o.select(swapped, cos_reduced(o, a.r, a.r_low), sin_reduced(o, a.r, a.r_low));
  return o.select(a.quadrant >= o.set(2), o.neg(y), y);
}

template <class O>
ITO_MATH_INLINE V<O> cos_angle(O o, const Angle<O>& a) {
  const auto swapped = o.either(a.quadrant == o.set(1), a.quadrant == o.set(3));
  const V<O> y = o.select(swapped, sin_reduced(o, a.r, a.r_low), cos_reduced(o, a.r, a.r_low));
  return o.select(o.either(a.quadrant == o.set(1), a.quadrant == o.set(2)), o.neg(y), y);
}

template <class O>
ITO_MATH_INLINE V<O> tan_angle(O o, const Angle<O>& a) {
  const V<O> s = sin_reduced(o, a.r, a.r_low), c = cos_reduced(o, a.r, a.r_low);
  const auto swapped = o.either(a.quadrant == o.set(1), a.quadrant == o.set(3));
  return o.select(swapped, o.neg(c), s) / o.select(swapped, s, c);
}

// sin x, any finite x. Bound: 1 ULP; float (double).
struct Sin {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    const V<O> y = o.select(x == o.set(0), x, sin_angle(o, reduce(o, x)));
    return o.patch(o.invert(o.abs(x) <= o.set(kLargeArgument)), y, x, &::ito::math::sin_large);
  }
};

// cos x, any finite x. Bound: 1 ULP; float (double).
struct Cos {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    return o.patch(o.invert(o.abs(x) <= o.set(kLargeArgument)), cos_angle(o, reduce(o, x)), x, &::ito::math::cos_large);
  }
};

// tan x, any finite x. Bound: 2.5 ULP; float (double).
struct Tan {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    const V<O> y = o.select(x == o.set(0), x, tan_angle(o, reduce(o, x)));
    return o.patch(o.invert(o.abs(x) <= o.set(kLargeArgument)), y, x, &::ito::math::tan_large);
  }
};

// The angle 2 pi u, |u| < 2^20, for sin_angle and cos_angle: multiples of a quarter turn are taken off exactly.
template <class O>
ITO_MATH_INLINE Angle<O> turns(O o, V<O> u) {
  const V<O> quarters = o.set(4) * u;
  const V<O> n = nearest_small(o, quarters);
  const V<O> rest = quarters - n;
  const V<O> r = rest * o.set(coefficients::kHalfPi[0]);
  const V<O> r_low =
      o.fma(rest, o.set(coefficients::kHalfPi[1]), o.fma(rest, o.set(coefficients::kHalfPi[0]), o.neg(r)));
  return {n - o.set(4) * o.floor(n * o.set(0.25)), r, r_low};
}

// One range of atan: atan |x| = (high + low) + atan(numerator / denominator).
template <class O>
struct AtanRange {
  V<O> numerator, denominator, high, low;
};

template <class O>
ITO_MATH_INLINE AtanRange<O> choose(O o, typename O::M m, const AtanRange<O>& yes, const AtanRange<O>& no) {
  return {o.select(m, yes.numerator, no.numerator), o.select(m, yes.denominator, no.denominator),
          o.select(m, yes.high, no.high), o.select(m, yes.low, no.low)};
}

// Bound: 1 ULP; float (double).
//   atan |x| = atan c + atan((|x| - c) / (1 + c |x|)), c in {0, 1/2, 1, 3/2, inf} by |x| < 7/16, 11/16, 19/16, 39/16
struct Atan {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    const V<O> a = o.abs(x), one = o.set(1), zero = o.set(0);
    AtanRange<O> range{o.set(-1), a, o.set(0x1.921fb54442d18p+0), o.set(0x1.1a62633145c07p-54)};
    const AtanRange<O> three_halves{a - o.set(1.5), o.fma(o.set(1.5), a, one), o.set(0x1.f730bd281f69bp-1),
                                    o.set(0x1.007887af0cbbdp-56)};
    const AtanRange<O> unit{a - one, a + one, o.set(0x1.921fb54442d18p-1), o.set(0x1.1a62633145c07p-55)};
    const AtanRange<O> half{o.fma(o.set(2), a, o.set(-1)), o.set(2) + a, o.set(0x1.dac670561bb4fp-2),
                            o.set(0x1.a2b7f222f65e2p-56)};
    range = choose(o, a < o.set(39.0 / 16), three_halves, range);
    range = choose(o, a < o.set(19.0 / 16), unit, range);
    range = choose(o, a < o.set(11.0 / 16), half, range);
    range = choose(o, a < o.set(7.0 / 16), AtanRange<O>{a, one, zero, zero}, range);
    const V<O> t = range.numerator / range.denominator;
    const V<O> z = t * t;
    const V<O> p = t * z * polynomial(o, z, coefficients::kAtan);
    const V<O> y = range.high + (t + (p + range.low));
    return o.select(x == x, o.copysign(y, x), x);
  }
};

// Bound: 1 ULP; float (double).
//   |x| < 1/2: pi/2 - asin x;  else with z = (1 - |x|) / 2:  acos |x| = 2 asin sqrt z,  acos x = pi - 2 asin sqrt z
struct Acos {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    const V<O> a = o.abs(x), half_pi = o.set(coefficients::kHalfPi[0]), half_pi_low = o.set(coefficients::kHalfPi[1]);
    const auto central = a < o.set(0.5);
    const V<O> z = o.select(central, x * x, (o.set(1) - a) * o.set(0.5));
    const V<O> root = o.sqrt(z);
    const V<O> R = z * polynomial(o, z, coefficients::kAsin);
    const V<O> root_low = o.select(z == o.set(0), z, o.nfma(root, root, z) / (o.set(2) * root));
    const V<O> middle = half_pi - (x - (half_pi_low - x * R));
    const V<O> right = o.set(2) * (root + o.fma(R, root, root_low));
    const V<O> left = o.set(2) * (half_pi - (root + (o.fma(R, root, root_low) - half_pi_low)));
    return o.select(central, middle, o.select(x > o.set(0), right, left));
  }
};

// --- sigmoids
// --------------------------------------------------------------------------------------------------------- Bound:
// double 2 ULP, float 2.5.
//   with E = expm1(2 |x|):  E / (E + 2), and 1 - 2 / (E + 2) from |x| = 0.55 on
template <class O>
ITO_MATH_INLINE V<O> tanh(O o, V<O> x) {
  const V<O> a = o.abs(x);
  const V<O> E = expm1(o, o.set(2) * a);
  const auto large = a > o.set(0.55);
  const V<O> quotient = o.select(large, o.set(2), E) / (E + o.set(2));
  return o.copysign(o.select(large, o.set(1) - quotient, quotient), x);
}

// sigmoid(x) and 1 - sigmoid(x) = sigmoid(-x), both to full accuracy, from one exponential and one division.
template <class O>
struct SigmoidPair {
  V<O> sigmoid;
  V<O> complement;
};

template <class O>
ITO_MATH_INLINE SigmoidPair<O> sigmoid_pair(O o, V<O> x) {
  const V<O> e = exp(o, o.neg(o.abs(x)));
  const V<O> larger = o.set(1) / (o.set(1) + e);
  const V<O> smaller = e * larger;
  const auto negative = x < o.set(0);
  return {o.select(negative, smaller, larger), o.select(negative, larger, smaller)};
}

// 1 / (1 + e^-x) = e^x / (1 + e^x). Bound: double 2 ULP, float 2.5.
template <class O>
ITO_MATH_INLINE V<O> sigmoid(O o, V<O> x) {
  const V<O> e = exp(o, o.neg(o.abs(x)));
  return o.select(x < o.set(0), e, o.set(1)) / (o.set(1) + e);
}

// x sigmoid(x) (Elfwing, Uchibe, Doya 2018; also swish). Bound: 2.5 ULP, float too. silu(-inf) = -0.
template <class O>
ITO_MATH_INLINE V<O> silu(O o, V<O> x) {
  const ScaledExp<O> e = scaled_exp(o, o.neg(o.abs(x)));
  const V<O> bounded = o.select(x < o.set(FormatOf<O>::kExpLow), o.set(FormatOf<O>::kExpLow), x);
  const V<O> falling = (e.significand * bounded) * e.scale;
  return o.select(x < o.set(0), falling, x) / (o.set(1) + e.significand * e.scale);
}

// d silu / dx = s + x s (1 - s), s = sigmoid(x).
template <class O>
ITO_MATH_INLINE V<O> silu_derivative(O o, V<O> x) {
  const SigmoidPair<O> s = sigmoid_pair(o, x);
  return s.sigmoid * o.fma(x, s.complement, o.set(1));
}

// log(p / (1 - p)). Bound: 3 ULP; float (double). In [1/4, 3/4] as log1p((2 p - 1) / (1 - p)), where p - 1/2 is exact.
struct Logit {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> p) const {
    const V<O> q = o.set(1) - p;
    const auto central = o.both(p >= o.set(0.25), p <= o.set(0.75));
    return o.select(central, log1p(o, o.fma(o.set(2), p, o.set(-1)) / q), log(o, p / q));
  }
};

// --- the error function and the normal distribution
// -------------------------------------------------------------------
namespace coefficients {
// erf(x) / x - 1 in x^2 on [0, 1]; errors 2.2e-21 and 1.3e-9.
inline constexpr double kErf[] = {0.12837916709551256,     -0.37612638903183754,    0.1128379167095512,
                                  -0.02686617064512984,    0.0052239776254232985,   -0.000854832702193483,
                                  0.00012055332902888736,  -1.4925647567519332e-05, 1.6462045441468418e-06,
                                  -1.6364642158167616e-07, 1.4792401209404813e-08,  -1.216456005728345e-09,
                                  8.709045129053106e-11,   -4.230945824295338e-12};
inline constexpr double kErfFloat[] = {0.1283791658483509,    -0.37612626666720334, 0.11283594715160218,
                                       -0.026854212010626412, 0.005189087423433974, -0.000801686428716587,
                                       7.875875062685488e-05};
// (1 + 2 a) e^(a^2) erfc(a) in t = (a - k) / (a + k) on [-1, 1], k = 4 (double, error 1.8e-18) and 3 (float, 7e-9).
inline constexpr double kErfcx[] = {
    1.2329951186255526,     -0.1396211168405625,     0.01537965210261959,     0.0680970542546913,
    -0.1010390660362999,    0.0937328349984105,      -0.06633036581219905,    0.03716751553632399,
    -0.01619773405968329,   0.0050319699895242515,   -0.000757773262030915,   -0.00019925676026410458,
    0.00015062149237837335, -2.43989944557621e-05,   -1.1221292615314274e-05, 5.709314113532492e-06,
    2.9198219084548256e-07, -8.25078338681245e-07,   7.74606863568198e-08,    1.1025271999000152e-07,
    -2.05545313698593e-08,  -1.4806988146925795e-08, 3.1672611119361695e-09,  1.825695118953907e-09,
    -2.655726616312575e-10, -1.4311318470928162e-10};
inline constexpr double kErfcxFloat[] = {1.2530080563514496,     -0.13562110005839803,  -0.047562156146354076,
                                         0.1296447209153884,     -0.11927528136881009,  0.06831319671956372,
                                         -0.023763559702172088,  0.0025067786718598333, 0.001875060245867973,
                                         -0.0007340820503933423, -9.25376912641456e-05, 8.007454974776248e-05};
}  // namespace coefficients

// e^(a^2) erfc(a), a >= 0.
template <class O>
ITO_MATH_INLINE V<O> scaled_erfc(O o, V<O> a) {
  const V<O> k = o.set(kIsFloat<O> ? 3 : 4);
  const V<O> t = (a - k) / (a + k);
  V<O> p;
  if constexpr (kIsFloat<O>)
    p = polynomial(o, t, coefficients::kErfcxFloat);
  else
    p = polynomial(o, t, coefficients::kErfcx);
  return p / o.fma(o.set(2), a, o.set(1));
}

// e^(-c a^2), c a power of two, with the rounding error of a^2 put back.
template <class O>
ITO_MATH_INLINE ScaledExp<O> scaled_gaussian(O o, V<O> a, double c) {
  const V<O> square = a * a;
  const V<O> lost = o.fma(a, a, o.neg(square));
  return scaled_exp(o, o.set(-c) * square, o.set(-c) * lost);
}

// Bound: double 1.5 ULP, float 1.5.
template <class O>
ITO_MATH_INLINE V<O> erf(O o, V<O> x) {
  const V<O> a = o.abs(x);
  V<O> p;
  if constexpr (kIsFloat<O>)
    p = polynomial(o, x * x, coefficients::kErfFloat);
  else
    p = polynomial(o, x * x, coefficients::kErf);
  const V<O> bounded = clamp(o, a, 0, 27);
  const ScaledExp<O> e = scaled_gaussian(o, bounded, 1);
  const V<O> large = o.set(1) - e.significand * scaled_erfc(o, bounded) * e.scale;
  return o.select(a < o.set(1), o.fma(x, p, x), o.copysign(large, x));
}

// erfc(a), a >= 0, to full relative accuracy down to the subnormals.
template <class O>
ITO_MATH_INLINE V<O> erfc_positive(O o, V<O> a) {
  const V<O> bounded = clamp(o, a, 0, 27.5);
  const ScaledExp<O> e = scaled_gaussian(o, bounded, 1);
  return e.significand * scaled_erfc(o, bounded) * e.scale;
}

// The inverse of erf on [-1, 1]. Bound: 4 ULP; float (double).
//   start: Giles 2011, "Approximating the erfinv function", single precision, and beyond its range two steps of
//   y = sqrt(-log(sqrt(pi) y (1 - |x|))); then two steps of Halley's rule on erf(y) - |x|, or on (1 - |x|) - erfc(y)
//   beyond 1/2, where 1 - |x| is exact
struct Erfinv {
  template <class O>
  ITO_MATH_INLINE V<O> operator()(O o, V<O> x) const {
    constexpr double kCentral[] = {1.50140941,      0.246640727,    -0.00417768164, -0.00125372503, 0.00021858087,
                                   -4.39150654e-06, -3.5233877e-06, 3.43273939e-07, 2.81022636e-08};
    constexpr double kTail[] = {2.83297682,     1.00167406,    0.00943887047,  -0.0076224613,  0.00573950773,
                                -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257};
    const V<O> a = o.abs(x), one = o.set(1);
    const V<O> w = o.neg(log(o, (one - a) * (one + a)));
    const V<O> tail = o.set(1.77245385090551602730) * (one - a);
    V<O> y =
        a * o.select(w < o.set(5), polynomial(o, w - o.set(2.5), kCentral), polynomial(o, o.sqrt(w) - o.set(3), kTail));
    const V<O> first = o.sqrt(o.neg(log(o, tail * o.sqrt(w))));
    y = o.select(w > o.set(16), o.sqrt(o.neg(log(o, tail * first))), y);
    const auto central = a <= o.set(0.5);
    for (int step = 0; step < 2; ++step) {
      const V<O> excess = o.select(central, erf(o, y) - a, (one - a) - erfc_positive(o, y));
      const V<O> slope = o.set(1.12837916709551257390) * exp(o, o.neg(y * y));
      const V<O> u = excess / slope;
      y = y - u / o.fma(y, u, one);
    }
    y = o.select(a < o.set(1e-9), a * o.set(0.88622692545275801365), y);
    y = o.select(a == one, o.infinity(), y);
    return o.select(a <= one, o.copysign(y, x), o.nan());
  }
};

// The normal distribution's tail Phi(-a) = erfc(a / sqrt 2) / 2 for a >= 0, as significand * scale, and e^(-a^2 / 2).
template <class O>
struct NormalTail {
  V<O> significand;
  V<O> gaussian;
  V<O> scale;
};

template <class O>
ITO_MATH_INLINE NormalTail<O> normal_tail(O o, V<O> a) {
  const V<O> bounded = clamp(o, a, 0, FormatOf<O>::kGaussianHigh);
  const ScaledExp<O> e = scaled_gaussian(o, bounded, 0.5);
  const V<O> half_erfcx = o.set(0.5) * scaled_erfc(o, bounded * o.set(0.70710678118654752440));
  return {e.significand * half_erfcx, e.significand, e.scale};
}

// x Phi(x), Phi the normal distribution function (Hendrycks, Gimpel 2016). Bound: double 4 ULP, float 6. gelu(-inf) =
// -0.
template <class O>
ITO_MATH_INLINE V<O> gelu(O o, V<O> x) {
  const NormalTail<O> tail = normal_tail(o, o.abs(x));
  const V<O> bounded = o.select(x < o.set(-FormatOf<O>::kGaussianHigh), o.set(-FormatOf<O>::kGaussianHigh), x);
  const V<O> falling = (bounded * tail.significand) * tail.scale;
  const V<O> rising = o.select(x < o.infinity(), o.nfma(x, tail.significand * tail.scale, x), x);
  return o.select(x < o.set(0), falling, rising);
}

// d gelu / dx = Phi(x) + x e^(-x^2 / 2) / sqrt(2 pi).
template <class O>
ITO_MATH_INLINE V<O> gelu_derivative(O o, V<O> x) {
  const NormalTail<O> tail = normal_tail(o, o.abs(x));
  const V<O> lower = tail.significand * tail.scale;
  const V<O> Phi = o.select(x < o.set(0), lower, o.set(1) - lower);
  const V<O> bounded = clamp(o, x, -FormatOf<O>::kGaussianHigh, FormatOf<O>::kGaussianHigh);
  return Phi + bounded * (o.set(0.39894228040143267794) * tail.gaussian) * tail.scale;
}

// The tanh form, x/2 (1 + tanh u) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3), and its derivative.
// Bound: 2 |2 u| ULP and a few, from the rounding of u.
template <class O>
ITO_MATH_INLINE V<O> gelu_tanh(O o, V<O> x) {
  const V<O> bounded = clamp(o, x, -1e4, 1e4);  // x^3 does not overflow
  const V<O> u2 = bounded * o.fma(o.set(0.07135481627260025), bounded * bounded, o.set(1.5957691216057308));
  return o.select(x < o.set(0), bounded, x) * sigmoid(o, u2);
}

template <class O>
ITO_MATH_INLINE V<O> gelu_tanh_derivative(O o, V<O> x) {
  const V<O> bounded = clamp(o, x, -1e4, 1e4);
  const V<O> square = bounded * bounded;
  const V<O> u2 = bounded * o.fma(o.set(0.07135481627260025), square, o.set(1.5957691216057308));
  const V<O> du2 = o.fma(o.set(0.2140644488178007), square, o.set(1.5957691216057308));
  const SigmoidPair<O> s = sigmoid_pair(o, u2);
  return s.sigmoid * o.fma(bounded * du2, s.complement, o.set(1));
}

// --- float through double
// --------------------------------------------------------------------------------------------- f for O's own type: in
// double, or for float in double and rounded.
template <class F, class O, class... X>
ITO_MATH_INLINE V<O> in_double(F f, O o, X... x) {
  if constexpr (kIsFloat<O>)
    return o.through_double(f, x...);
  else
    return f(o, x...);
}
