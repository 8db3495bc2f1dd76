// Sigmoid curves and what neural networks make of them: tanh, sigmoid, SiLU, GELU's tanh form, logit.
//
// Part of math_functions.h, which says how this text is included.

// Bound: 3 ULP, float too.
//   with E = expm1(-2 |x|), which lies in (-1, 0]:  |tanh x| = -E / (2 + E)
template <class O>
ITO_MATH_INLINE V<O> tanh(O o, V<O> x) {
  using F = FormatOf<O>;
  const V<O> a = o.abs(x);
  V<O> y = o.set(-2) * a;
  y = o.select(y < o.set(F::kExpm1Low), o.set(F::kExpm1Low), y);
  const V<O> n = nearest_small(o, y * o.set(1.44269504088896340736));
  const V<O> r = o.nfma(n, o.set(F::kLn2Low), o.nfma(n, o.set(F::kLn2High), y));
  const V<O> scale = power_of_two(o, n);
  const V<O> E = o.fma(scale, expm1_reduced(o, r), scale - o.set(1));
  const V<O> t = E / (o.set(-2) - E);
  return o.copysign(o.select(a < o.set(F::kTiny), a, t), x);
}

// sigmoid(x) and 1 - sigmoid(x) = sigmoid(-x), both to full accuracy, from one exponential and one division.
template <class O>
struct SigmoidPair {
  V<O> sigmoid;
  V<O> complement;
};

template <class O>
ITO_MATH_INLINE SigmoidPair<O> sigmoid_pair(O o, V<O> x) {
  const V<O> e = exp_falling(o, o.neg(o.abs(x)));
  const V<O> larger = o.set(1) / (o.set(1) + e);
  const V<O> smaller = e * larger;
  const auto negative = x < o.set(0);
  return {o.select(negative, smaller, larger), o.select(negative, larger, smaller)};
}

// 1 / (1 + e^-x) = e^x / (1 + e^x). Bound: 3 ULP, float too.
template <class O>
ITO_MATH_INLINE V<O> sigmoid(O o, V<O> x) {
  const V<O> e = exp_falling(o, o.neg(o.abs(x)));
  return o.select(x < o.set(0), e, o.set(1)) / (o.set(1) + e);
}

// x sigmoid(x) (Elfwing, Uchibe, Doya 2018; also swish). Bound: 4 ULP, float too. silu(-inf) = -0.
template <class O>
ITO_MATH_INLINE V<O> silu(O o, V<O> x) {
  const ScaledExp<O> e = scaled_exp_falling(o, o.neg(o.abs(x)));
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

// GELU's tanh form, x/2 (1 + tanh u) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3), and its derivative.
// Bound: 2.5 |2 u| ULP, from the rounding of u (213 at most).
//   with a = |x|, u = u(a), b = sigmoid(-2 u):  x - a b or -a b;
//   the derivative is 1 - B or B, B = b (1 - 2 a u' (1 - b))
template <class O>
struct TanhFormTail {
  V<O> a;            // bounded: beyond, a b = 0
  V<O> square;       // a^2
  V<O> exponential;  // e^(-2 u) times
  V<O> one;          // this, which is large, so that b = exponential / (one + exponential) alone rounds to a subnormal
};

template <class O>
ITO_MATH_INLINE TanhFormTail<O> tanh_form_tail(O o, V<O> x) {
  const V<O> high = o.set(FormatOf<O>::kTanhFormHigh), magnitude = o.abs(x);
  const V<O> a = o.select(magnitude > high, high, magnitude);
  const V<O> square = a * a;
  if constexpr (kIsFloat<O>) {
    const V<O> u4 = a * o.fma(o.set(2 * 0.07135481627260025), square, o.set(2 * 1.5957691216057308));
    return {a, square, lifted_exp_half(o, u4, o.set(0)), o.set(coefficients::kLiftedHalfFloat)};
  } else {
    const V<O> minus_u2 = a * o.fma(o.set(-0.07135481627260025), square, o.set(-1.5957691216057308));
    return {a, square, scaled_exp_falling(o, minus_u2).significand, o.set(FormatOf<O>::kTwoToLift)};
  }
}

template <class O>
ITO_MATH_INLINE V<O> gelu_tanh(O o, V<O> x) {
  const TanhFormTail<O> tail = tanh_form_tail(o, x);
  const V<O> below = tail.a * tail.exponential / (tail.one + tail.exponential);
  return o.select(x < o.set(0), o.neg(below), x - below);
}

template <class O>
ITO_MATH_INLINE V<O> gelu_tanh_derivative(O o, V<O> x) {
  const TanhFormTail<O> tail = tanh_form_tail(o, x);
  const V<O> b = tail.exponential / (tail.one + tail.exponential);
  const V<O> slope = tail.a * o.fma(o.set(0.2140644488178007), tail.square, o.set(1.5957691216057308));
  const V<O> below = b * o.nfma(slope, o.set(1) - b, o.set(1));
  return o.select(x < o.set(0), below, o.set(1) - below);
}
