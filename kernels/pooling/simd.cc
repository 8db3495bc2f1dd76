#include <algorithm>
#include <limits>

#include "kernels/core/parallel.h"
#include "kernels/pooling/pooling.h"
#include "kernels/pooling/window.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pooling/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/for_vectors-inl.h"
#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// f(window, the sample's part of x, the output's row of channels in y); rows of outputs over threads.
template <class T, class F>
HWY_INLINE void for_each_output(Context& context, const Pooling& p, const T* x, T* y, const F& f) {
  const std::int64_t out_h = p.out_height(), out_w = p.out_width(), row = out_w * p.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(row, 1));
  parallel_for(context, p.samples * out_h, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t j = 0; j < out_w; ++j)
        f(PoolWindow(p, r % out_h, j), x + r / out_h * p.height * p.width * p.channels, y + r * row + j * p.channels);
  });
}

template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y) {
  for_each_output(context, p, x, y, [&p](const PoolWindow& window, const T* sample, T* to) HWY_ATTR {
    const hn::ScalableTag<T> d;
    const auto count = hn::Set(d, static_cast<T>(window.count(p)));
    for_vectors<T>(p.channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
      auto sum = hn::Zero(d);
      window.each(p, [&](std::int64_t at) HWY_ATTR { sum = hn::Add(sum, load_count(d, sample + at + c, live)); });
      store_count(hn::Div(sum, count), d, to + c, live);
    });
  });
}

template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y) {
  for_each_output(context, p, x, y, [&p](const PoolWindow& window, const T* sample, T* to) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for_vectors<T>(p.channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
      auto largest = hn::Set(d, -std::numeric_limits<T>::infinity());
      window.each(p, [&](std::int64_t at) HWY_ATTR {
        const auto v = load_count(d, sample + at + c, live);
        // not hn::Ne, which is false for NaN in Highway 1.0.3
        largest = hn::IfThenElse(hn::Or(hn::Gt(v, largest), hn::Not(hn::Eq(v, v))), v, largest);
      });
      store_count(largest, d, to + c, live);
    });
  });
}

// f(window, the sample's number, the output's row of channels) for a sample's outputs in order; samples over threads,
// for outputs whose windows overlap add to one element.
template <class T, class F>
HWY_INLINE void scatter(Context& context, const Pooling& p, T* dx, const F& f) {
  const std::int64_t out_h = p.out_height(), out_w = p.out_width(), size = p.height * p.width * p.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(size, 1));
  parallel_for(context, p.samples, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t n = begin; n < end; ++n) {
      std::fill_n(dx + n * size, size, T(0));
      for (std::int64_t i = 0; i < out_h; ++i)
        for (std::int64_t j = 0; j < out_w; ++j)
          f(PoolWindow(p, i, j), n * size, ((n * out_h + i) * out_w + j) * p.channels);
    }
  });
}

template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx) {
  scatter(context, p, dx, [&p, dy, dx](const PoolWindow& window, std::int64_t sample, std::int64_t out) HWY_ATTR {
    const hn::ScalableTag<T> d;
    const auto count = hn::Set(d, static_cast<T>(window.count(p)));
    for_vectors<T>(p.channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
      const auto share = hn::Div(load_count(d, dy + out + c, live), count);
      window.each(p, [&](std::int64_t at) HWY_ATTR {
        T* to = dx + sample + at + c;
        store_count(hn::Add(load_count(d, to, live), share), d, to, live);
      });
    });
  });
}

template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx) {
  scatter(context, p, dx, [&p, x, y, dy, dx](const PoolWindow& window, std::int64_t sample, std::int64_t out) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for_vectors<T>(p.channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
      const auto largest = load_count(d, y + out + c, live);
      const auto number = hn::Eq(largest, largest);
      auto left = load_count(d, dy + out + c, live);  // 0 once it has been given
      window.each(p, [&](std::int64_t at) HWY_ATTR {
        const auto v = load_count(d, x + sample + at + c, live);
        const auto hit = hn::Or(hn::Eq(v, largest), hn::Not(hn::Or(hn::Eq(v, v), number)));
        T* to = dx + sample + at + c;
        store_count(hn::Add(load_count(d, to, live), hn::IfThenElseZero(hit, left)), d, to, live);
        left = hn::IfThenZeroElse(hit, left);
      });
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y) {
  ITO_DISPATCH(average_pool<T>)(context, p, x, y);
}
template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx) {
  ITO_DISPATCH(average_pool_gradient<T>)(context, p, dy, dx);
}
template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y) {
  ITO_DISPATCH(max_pool<T>)(context, p, x, y);
}
template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx) {
  ITO_DISPATCH(max_pool_gradient<T>)(context, p, x, y, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                        \
  template void average_pool<T>(Context&, const Pooling&, const T*, T*);          \
  template void average_pool_gradient<T>(Context&, const Pooling&, const T*, T*); \
  template void max_pool<T>(Context&, const Pooling&, const T*, T*);              \
  template void max_pool_gradient<T>(Context&, const Pooling&, const T*, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
