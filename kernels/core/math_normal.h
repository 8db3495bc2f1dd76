// The error function and the normal distribution: erf, erfc, erfinv, GELU.
//
// Part of math_functions.h, which says how this text is included.

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

namespace coefficients {
// e^(a^2 / 2) Phi(-a) = kLiftedHalfFloat P(a) / Q(a) on [0, 13.6], P monic; relative error 5.2e-9.
inline constexpr double kMillsFloatP[] = {123.59910010441184, 107.8706663428126, 44.943952859448238,
                                          9.9261033123758012};
inline constexpr double kMillsFloatQ[] = {kLiftedHalfFloat * 247.19819892372365, kLiftedHalfFloat * 412.97705142381665,
                                          kLiftedHalfFloat * 295.79575638502015, kLiftedHalfFloat * 115.12455563525285,
                                          kLiftedHalfFloat * 24.882813016596799, kLiftedHalfFloat * 2.506594471940112};
}  // namespace coefficients

// Float: Phi(-a) = gaussian * numerator / denominator for a = |x|, bounded where all of it is 0. gaussian is
// kLiftedHalfFloat e^(-a^2 / 2), so the quotient alone rounds to a subnormal. One division and 19 fused multiply-adds
// or products; the general form above takes two and some 35.
template <class O>
struct FloatNormalTail {
  V<O> a;
  V<O> gaussian;
  V<O> numerator;
  V<O> denominator;
};

template <class O>
ITO_MATH_INLINE FloatNormalTail<O> float_normal_tail(O o, V<O> x) {
  const V<O> high = o.set(FormatOf<O>::kGaussianHigh), magnitude = o.abs(x);
  const V<O> a = o.select(magnitude > high, high, magnitude);
  const V<O> square = a * a;
  return {a, lifted_exp_half(o, square, o.nfma(a, a, square)), monic_polynomial(o, a, coefficients::kMillsFloatP),
          polynomial(o, a, coefficients::kMillsFloatQ)};
}

// x Phi(x), Phi the normal distribution function (Hendrycks, Gimpel 2016): x - a Phi(-a) or -a Phi(-a), a = |x|.
// Bound: 7 ULP, float too. gelu(-inf) = -0.
template <class O>
ITO_MATH_INLINE V<O> gelu(O o, V<O> x) {
  V<O> below;  // a Phi(-a)
  if constexpr (kIsFloat<O>) {
    const FloatNormalTail<O> tail = float_normal_tail(o, x);
    below = tail.gaussian * (tail.a * tail.numerator) / tail.denominator;
  } else {
    const NormalTail<O> tail = normal_tail(o, o.abs(x));
    const V<O> a = clamp(o, o.abs(x), 0, FormatOf<O>::kGaussianHigh);
    below = (a * tail.significand) * tail.scale;
  }
  return o.select(x < o.set(0), o.neg(below), x - below);
}

// d gelu / dx = Phi(x) + x e^(-x^2 / 2) / sqrt(2 pi).
template <class O>
ITO_MATH_INLINE V<O> gelu_derivative(O o, V<O> x) {
  if constexpr (kIsFloat<O>) {
    const FloatNormalTail<O> tail = float_normal_tail(o, x);
    const V<O> density = o.set(0.39894228040143267794 / coefficients::kLiftedHalfFloat) * tail.a;
    const V<O> below = tail.gaussian * o.nfma(density, tail.denominator, tail.numerator) / tail.denominator;
    return o.select(x < o.set(0), below, o.set(1) - below);
  } else {
    const NormalTail<O> tail = normal_tail(o, o.abs(x));
    const V<O> lower = tail.significand * tail.scale;
    const V<O> Phi = o.select(x < o.set(0), lower, o.set(1) - lower);
    const V<O> bounded = clamp(o, x, -FormatOf<O>::kGaussianHigh, FormatOf<O>::kGaussianHigh);
    return Phi + bounded * (o.set(0.39894228040143267794) * tail.gaussian) * tail.scale;
  }
}
