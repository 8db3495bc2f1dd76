#include <algorithm>

#include "kernels/core/parallel.h"
#include "kernels/elementwise/elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

constexpr std::int64_t kGrain = 1 << 15;  // elements a thread takes at least; decides no bit

template <class T, class F, class... X>
HWY_NOINLINE void over(Context& context, std::int64_t n, T* y, F f, const X*... x) {
  parallel_for(context, n, kGrain,
               [=](std::int64_t begin, std::int64_t end) HWY_ATTR { map_range(begin, end, y, f, x...); });
}

template <class T>
void unary(Context& context, Unary f, std::int64_t n, const T* x, T* y) {
  switch (f) {
    case Unary::negate:
      return over(
          context, n, y, [](auto, auto v) HWY_ATTR { return hn::Neg(v); }, x);
    case Unary::square:
      return over(
          context, n, y, [](auto, auto v) HWY_ATTR { return hn::Mul(v, v); }, x);
    case Unary::square_root:
      return over(
          context, n, y, [](auto, auto v) HWY_ATTR { return hn::Sqrt(v); }, x);
    case Unary::exp:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_exp(d, v); }, x);
    case Unary::log:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_log(d, v); }, x);
    case Unary::tanh:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_tanh(d, v); }, x);
    case Unary::sigmoid:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_sigmoid(d, v); }, x);
    case Unary::silu:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_silu(d, v); }, x);
    case Unary::gelu:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_gelu(d, v); }, x);
    case Unary::gelu_tanh:
      return over(
          context, n, y, [](auto d, auto v) HWY_ATTR { return math_gelu_tanh(d, v); }, x);
  }
}

// The lambdas' arguments are (d, saved, dy).
template <class T>
void unary_gradient(Context& context, Unary f, std::int64_t n, const T* saved, const T* dy, T* dx) {
  switch (f) {
    case Unary::negate:
      return over(
          context, n, dx, [](auto, auto g) HWY_ATTR { return hn::Neg(g); }, dy);
    case Unary::square:
      return over(
          context, n, dx, [](auto, auto x, auto g) HWY_ATTR { return hn::Mul(g, hn::Add(x, x)); }, saved, dy);
    case Unary::square_root:
      return over(
          context, n, dx, [](auto d, auto y, auto g) HWY_ATTR { return hn::Div(hn::Mul(g, hn::Set(d, T(0.5))), y); },
          saved, dy);
    case Unary::exp:
      return over(
          context, n, dx, [](auto, auto y, auto g) HWY_ATTR { return hn::Mul(g, y); }, saved, dy);
    case Unary::log:
      return over(
          context, n, dx, [](auto, auto x, auto g) HWY_ATTR { return hn::Div(g, x); }, saved, dy);
    case Unary::tanh:
      return over(
          context, n, dx,
          [](auto d, auto y, auto g) HWY_ATTR { return hn::Mul(g, hn::NegMulAdd(y, y, hn::Set(d, T(1)))); }, saved, dy);
    case Unary::sigmoid:
      return over(
          context, n, dx,
          [](auto d, auto y, auto g) HWY_ATTR { return hn::Mul(g, hn::Mul(y, hn::Sub(hn::Set(d, T(1)), y))); }, saved,
          dy);
    case Unary::silu:
      return over(
          context, n, dx, [](auto d, auto x, auto g) HWY_ATTR { return hn::Mul(g, math_silu_derivative(d, x)); }, saved,
          dy);
    case Unary::gelu:
      return over(
          context, n, dx, [](auto d, auto x, auto g) HWY_ATTR { return hn::Mul(g, math_gelu_derivative(d, x)); }, saved,
          dy);
    case Unary::gelu_tanh:
      return over(
          context, n, dx, [](auto d, auto x, auto g) HWY_ATTR { return hn::Mul(g, math_gelu_tanh_derivative(d, x)); },
          saved, dy);
  }
}

template <class T, class F>
HWY_NOINLINE void broadcast_over(Context& context, Broadcast broadcast, std::int64_t rows, std::int64_t columns,
                                 const T* a, const T* b, T* y, F f) {
  if (broadcast == Broadcast::none) return over(context, rows * columns, y, f, a, b);
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(columns, 1));
  parallel_for(context, rows, grain, [=](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r) {
      if (broadcast == Broadcast::row) {
        map_range(0, columns, y + r * columns, f, a + r * columns, b);
      } else {
        const auto other = hn::Set(hn::ScalableTag<T>(), b[r]);
        map_range(
            0, columns, y + r * columns, [&](auto d, auto v) HWY_ATTR { return f(d, v, other); }, a + r * columns);
      }
    }
  });
}

template <class T>
void binary(Context& context, Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a,
            const T* b, T* y) {
  switch (op) {
    case Binary::add:
      return broadcast_over(context, broadcast, rows, columns, a, b, y,
                            [](auto, auto u, auto v) HWY_ATTR { return hn::Add(u, v); });
    case Binary::subtract:
      return broadcast_over(context, broadcast, rows, columns, a, b, y,
                            [](auto, auto u, auto v) HWY_ATTR { return hn::Sub(u, v); });
    case Binary::multiply:
      return broadcast_over(context, broadcast, rows, columns, a, b, y,
                            [](auto, auto u, auto v) HWY_ATTR { return hn::Mul(u, v); });
    case Binary::divide:
      return broadcast_over(context, broadcast, rows, columns, a, b, y,
                            [](auto, auto u, auto v) HWY_ATTR { return hn::Div(u, v); });
  }
}

template <class T>
void affine(Context& context, std::int64_t n, double scale, const T* x, double shift, T* y) {
  const T s = static_cast<T>(scale), t = static_cast<T>(shift);
  over(
      context, n, y, [s, t](auto d, auto v) HWY_ATTR { return hn::MulAdd(hn::Set(d, s), v, hn::Set(d, t)); }, x);
}

template <class T>
void add_scaled(Context& context, std::int64_t n, double scale, const T* x, T* y) {
  const T s = static_cast<T>(scale);
  over(
      context, n, y, [s](auto d, auto v, auto w) HWY_ATTR { return hn::MulAdd(hn::Set(d, s), v, w); }, x, y);
}

template <class T>
void clamp(Context& context, std::int64_t n, double low, double high, const T* x, T* y) {
  over(
      context, n, y,
      [low, high](auto d, auto v)
          HWY_ATTR { return vector_math::clamp(vector_math::Operations<decltype(d)>{}, v, low, high); },
      x);
}

template <class T>
void clamp_gradient(Context& context, std::int64_t n, double low, double high, const T* x, const T* dy, T* dx) {
  const T l = static_cast<T>(low), h = static_cast<T>(high);
  over(
      context, n, dx,
      [l, h](auto d, auto v, auto g)
          HWY_ATTR { return hn::IfThenElseZero(hn::And(hn::Ge(v, hn::Set(d, l)), hn::Le(v, hn::Set(d, h))), g); },
      x, dy);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void unary(Context& context, Unary f, std::int64_t n, const T* x, T* y) {
  ITO_DISPATCH(unary<T>)(context, f, n, x, y);
}
template <class T>
void unary_gradient(Context& context, Unary f, std::int64_t n, const T* saved, const T* dy, T* dx) {
  ITO_DISPATCH(unary_gradient<T>)(context, f, n, saved, dy, dx);
}
template <class T>
void binary(Context& context, Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a,
            const T* b, T* y) {
  ITO_DISPATCH(binary<T>)(context, op, broadcast, rows, columns, a, b, y);
}
template <class T>
void affine(Context& context, std::int64_t n, double scale, const T* x, double shift, T* y) {
  ITO_DISPATCH(affine<T>)(context, n, scale, x, shift, y);
}
template <class T>
void add_scaled(Context& context, std::int64_t n, double scale, const T* x, T* y) {
  ITO_DISPATCH(add_scaled<T>)(context, n, scale, x, y);
}
template <class T>
void clamp(Context& context, std::int64_t n, double low, double high, const T* x, T* y) {
  ITO_DISPATCH(clamp<T>)(context, n, low, high, x, y);
}
template <class T>
void clamp_gradient(Context& context, std::int64_t n, double low, double high, const T* x, const T* dy, T* dx) {
  ITO_DISPATCH(clamp_gradient<T>)(context, n, low, high, x, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                                                  \
  template void unary<T>(Context&, Unary, std::int64_t, const T*, T*);                                      \
  template void unary_gradient<T>(Context&, Unary, std::int64_t, const T*, const T*, T*);                   \
  template void binary<T>(Context&, Binary, Broadcast, std::int64_t, std::int64_t, const T*, const T*, T*); \
  template void affine<T>(Context&, std::int64_t, double, const T*, double, T*);                            \
  template void add_scaled<T>(Context&, std::int64_t, double, const T*, T*);                                \
  template void clamp<T>(Context&, std::int64_t, double, double, const T*, T*);                             \
  template void clamp_gradient<T>(Context&, std::int64_t, double, double, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
