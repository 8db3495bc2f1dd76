// Circular functions and their inverses: sin, cos, tan, whole turns, atan, acos.
//
// Part of math_functions.h, which says how this text is included.

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
