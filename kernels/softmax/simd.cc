#include <algorithm>
#include <limits>

#include "kernels/core/math.h"
#include "kernels/core/parallel.h"
#include "kernels/softmax/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/core/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class T>
constexpr T kLowest = -std::numeric_limits<T>::infinity();

// Rows over threads; a thread takes at least about 16,384 elements.
template <class F>
HWY_INLINE void for_each_row(Context& context, std::int64_t rows, std::int64_t columns, const F& f) {
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(columns, 1));
  parallel_for(context, rows, grain, [&f](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

// max_j x_j, a zero being +0; NaN if one is.
template <class T>
HWY_INLINE T row_maximum(std::int64_t columns, const T* x) {
  const hn::ScalableTag<T> d;
  const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto lowest = hn::Set(d, kLowest<T>);
  auto largest = lowest;
  for (std::int64_t i = 0; i < columns; i += width) {
    const auto live = hn::FirstN(d, static_cast<std::size_t>(std::min(width, columns - i)));
    const auto v = hn::IfThenElse(live, hn::MaskedLoad(live, d, x + i), lowest);
    // not hn::Ne, which is false for NaN in Highway 1.0.3
    largest = hn::IfThenElse(hn::Or(hn::Gt(v, largest), hn::Not(hn::Eq(v, v))), v, largest);
  }
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(largest, d, lanes);
  T result = lanes[0];
  for (std::int64_t j = 1; j < width; ++j)
    if (lanes[j] > result || lanes[j] != lanes[j]) result = lanes[j];
  return result + T(0);
}

// sum_j exp(x_j - m); each exponential also goes to e when that is not null.
template <class T>
HWY_INLINE T sum_of_exponentials(std::int64_t columns, const T* x, T m, T* e) {
  return static_cast<T>(
      contiguous_sum<T>(columns, [x, m, e](auto d, auto sum, std::int64_t i, std::int64_t count) HWY_ATTR {
        const auto live = hn::FirstN(d, static_cast<std::size_t>(count));
        const auto v = hn::Sub(load_count(d, x + i, count), hn::Set(d, m));
        const auto exponential = hn::IfThenElseZero(live, math_exp_falling(d, v));
        if (e != nullptr) hn::BlendedStore(exponential, live, d, e + i);
        return hn::Add(sum, exponential);
      }));
}

template <class T>
void softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    const T* from = x + r * row_stride;
    T* to = y + r * row_stride;
    const T m = row_maximum(columns, from);
    if (m == kLowest<T>) return static_cast<void>(std::fill_n(to, columns, T(0)));
    const T l = sum_of_exponentials(columns, from, m, to);
    map_range(
        0, columns, to, [l](auto d, auto e) HWY_ATTR { return hn::Div(e, hn::Set(d, l)); }, to);
  });
}

template <class T>
void log_softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    const T* from = x + r * row_stride;
    T* to = y + r * row_stride;
    const T m = row_maximum(columns, from);
    if (m == kLowest<T>) return static_cast<void>(std::fill_n(to, columns, kLowest<T>));
    const T log_l = math::log(sum_of_exponentials<T>(columns, from, m, nullptr));
    map_range(
        0, columns, to,
        [m, log_l](auto d, auto v) HWY_ATTR { return hn::Sub(hn::Sub(v, hn::Set(d, m)), hn::Set(d, log_l)); }, from);
  });
}

template <class T>
void log_sum_exp(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* out,
                 std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    const T* from = x + r * row_stride;
    const T m = row_maximum(columns, from);
    out[r] = m == kLowest<T> ? m : m + math::log(sum_of_exponentials<T>(columns, from, m, nullptr));
  });
}

template <class T>
void softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    const T* p = y + r * row_stride;
    const T* g = dy + r * row_stride;
    const T s = static_cast<T>(contiguous_sum<T>(
        columns, [p, g](auto d, auto sum, std::int64_t i, std::int64_t count)
                     HWY_ATTR { return hn::MulAdd(load_count(d, p + i, count), load_count(d, g + i, count), sum); }));
    map_range(
        0, columns, dx + r * row_stride,
        [s](auto d, auto a, auto b) HWY_ATTR { return hn::Mul(a, hn::Sub(b, hn::Set(d, s))); }, p, g);
  });
}

template <class T>
void log_softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    const T* log_p = y + r * row_stride;
    const T* g = dy + r * row_stride;
    T* to = dx + r * row_stride;
    if (row_maximum(columns, log_p) == kLowest<T>) return static_cast<void>(std::fill_n(to, columns, T(0)));
    const T s =
        static_cast<T>(contiguous_sum<T>(columns, [g](auto d, auto sum, std::int64_t i, std::int64_t count)
                                                      HWY_ATTR { return hn::Add(sum, load_count(d, g + i, count)); }));
    map_range(
        0, columns, to,
        [s](auto d, auto a, auto b) HWY_ATTR { return hn::NegMulAdd(math_exp(d, a), hn::Set(d, s), b); }, log_p, g);
  });
}

template <class T>
void log_sum_exp_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* x, const T* out,
                          const T* dout, T* dx, std::int64_t row_stride) {
  for_each_row(context, rows, columns, [=](std::int64_t r) HWY_ATTR {
    T* to = dx + r * row_stride;
    const T z = out[r], g = dout[r];
    if (z == kLowest<T>) return static_cast<void>(std::fill_n(to, columns, T(0)));
    map_range(
        0, columns, to,
        [z, g](auto d, auto v) HWY_ATTR { return hn::Mul(hn::Set(d, g), math_exp(d, hn::Sub(v, hn::Set(d, z)))); },
        x + r * row_stride);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  ITO_DISPATCH(softmax<T>)(context, rows, columns, x, y, row_stride);
}
template <class T>
void log_softmax(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y, std::int64_t row_stride) {
  ITO_DISPATCH(log_softmax<T>)(context, rows, columns, x, y, row_stride);
}
template <class T>
void log_sum_exp(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* out,
                 std::int64_t row_stride) {
  ITO_DISPATCH(log_sum_exp<T>)(context, rows, columns, x, out, row_stride);
}
template <class T>
void softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                      std::int64_t row_stride) {
  ITO_DISPATCH(softmax_gradient<T>)(context, rows, columns, y, dy, dx, row_stride);
}
template <class T>
void log_softmax_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* y, const T* dy, T* dx,
                          std::int64_t row_stride) {
  ITO_DISPATCH(log_softmax_gradient<T>)(context, rows, columns, y, dy, dx, row_stride);
}
template <class T>
void log_sum_exp_gradient(Context& context, std::int64_t rows, std::int64_t columns, const T* x, const T* out,
                          const T* dout, T* dx, std::int64_t row_stride) {
  ITO_DISPATCH(log_sum_exp_gradient<T>)(context, rows, columns, x, out, dout, dx, row_stride);
}

#define ITO_INSTANTIATE(T)                                                                                           \
  template void softmax<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                        \
  template void log_softmax<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void log_sum_exp<T>(Context&, std::int64_t, std::int64_t, const T*, T*, std::int64_t);                    \
  template void softmax_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t);     \
  template void log_softmax_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, T*, std::int64_t); \
  template void log_sum_exp_gradient<T>(Context&, std::int64_t, std::int64_t, const T*, const T*, const T*, T*,      \
                                        std::int64_t);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
