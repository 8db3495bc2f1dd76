// Exponentials and logarithms: exp, expm1, log, log1p, pow.
//
// Part of math_functions.h, which says how this text is included.

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

// e^x for x <= 0, the same bits as scaled_exp's product with fewer operations: the significand is kept 2^kLift too
// large, which no x <= 0 makes overflow, and the scale takes that off.
template <class O>
ITO_MATH_INLINE ScaledExp<O> scaled_exp_falling(O o, V<O> x) {
  using F = FormatOf<O>;
  x = o.select(x < o.set(F::kExpLow), o.set(F::kExpLow), x);
  const V<O> n = nearest_small(o, x * o.set(1.44269504088896340736));
  const V<O> r = o.nfma(n, o.set(F::kLn2Low), o.nfma(n, o.set(F::kLn2High), x));
  return {(o.set(1) + expm1_reduced(o, r)) * power_of_two(o, n + o.set(F::kLift)), o.set(1 / F::kTwoToLift)};
}

template <class O>
ITO_MATH_INLINE V<O> exp_falling(O o, V<O> x) {
  const ScaledExp<O> e = scaled_exp_falling(o, x);
  return e.significand * e.scale;
}

namespace coefficients {
// kExpHalfScale e^(-w / 2), |w| <= ln 2, monic; relative error 1.9e-9.
inline constexpr double kExpHalfFloat[] = {46253.183448275009, -23126.592560476089, 5781.6470048319591,
                                           -963.5936291726205, 120.4555252007332,   -12.105287771937893};
inline constexpr double kExpHalfScale = 46253.183422405553;
inline constexpr double kLiftedHalfFloat = 0x1p64 * kExpHalfScale;
}  // namespace coefficients

// Float: kLiftedHalfFloat e^(-(y - excess) / 2), 0 <= y <= 300, |excess| below half an ulp of y: 8 fused multiply-adds
// and no product. Its bits are not scaled_exp_falling's.
//   y = w - 2 n ln 2, so e^(-y / 2) = 2^n e^(-w / 2)
template <class O>
ITO_MATH_INLINE V<O> lifted_exp_half(O o, V<O> y, V<O> excess) {
  using F = FormatOf<O>;
  const V<O> origin = o.set(F::kMagic + F::kLift);
  const V<O> shifted = o.fma(y, o.set(-0.72134752044448170368), origin);  // n + kLift in its low bits
  const V<O> n = shifted - origin;
  const V<O> w = o.fma(n, o.set(2 * F::kLn2Low), o.fma(n, o.set(2 * F::kLn2High), y)) - excess;
  const V<O> significand = monic_polynomial(o, w, coefficients::kExpHalfFloat);
  return o.from_bits(o.bits(significand) + o.template shl<F::kMantissaBits>(o.bits(shifted)));
}

// e^x. Bound: 1.1 ULP, float too.
template <class O>
ITO_MATH_INLINE V<O> exp(O o, V<O> x) {
  const ScaledExp<O> e = scaled_exp(o, x);
  return e.significand * e.scale;
}

// e^x - 1. Bound: 2 ULP, float too.
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
