#include <algorithm>
#include <limits>

#include "kernels/core/parallel_elements.h"
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

// Rows of outputs over threads; in one, the window's rows one after the other, so that x is read as it lies: y holds
// what is accumulated so far.
//   y = finish(d, y, window) after step(d, y, x) for each element, from `start`
template <class T, class Step, class Finish>
HWY_INLINE void accumulate_windows(Context& context, const Pooling& p, T start, const T* x, T* y, const Step& step,
                                   const Finish& finish) {
  const std::int64_t out_h = p.out_height(), out_w = p.out_width(), channels = p.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(out_w * channels, 1));
  parallel_for(context, p.samples * out_h, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t n = r / out_h;
      const PoolRange rows = pool_rows(p, r % out_h);
      for (std::int64_t h = rows.begin; h < rows.end; ++h)
        for (std::int64_t j = 0; j < out_w; ++j) {
          const PoolRange columns = pool_columns(p, j);
          const T* from = x + ((n * p.height + h) * p.width + columns.begin) * channels;
          T* to = y + (r * out_w + j) * channels;
          for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
            auto sum = h == rows.begin ? hn::Set(d, start) : load_count(d, to + c, live);
            for (std::int64_t w = 0; w < columns.end - columns.begin; ++w)
              sum = step(d, sum, load_count(d, from + w * channels + c, live));
            if (h + 1 == rows.end) sum = finish(d, sum, pool_count(p, rows, columns));
            store_count(sum, d, to + c, live);
          });
        }
    }
  });
}

template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y) {
  accumulate_windows(
      context, p, T(0), x, y, [](auto, auto sum, auto v) HWY_ATTR { return hn::Add(sum, v); },
      [](auto d, auto sum, std::int64_t count) HWY_ATTR { return hn::Div(sum, hn::Set(d, static_cast<T>(count))); });
}

template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y) {
  accumulate_windows(
      context, p, -std::numeric_limits<T>::infinity(), x, y,
      // not hn::Ne, which is false for NaN in Highway 1.0.3
      [](auto, auto largest, auto v)
          HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Gt(v, largest), hn::Not(hn::Eq(v, v))), v, largest); },
      [](auto, auto largest, std::int64_t) HWY_ATTR { return largest; });
}

// Samples over threads, for outputs whose windows overlap add to one element. For a row of outputs, prepare(d, dy,
// count) is what its elements have to give; then for each element of the windows, row by row,
//   dx += given, rest = given(d, element of x, output) -> what it gives now and keeps for the window's next elements
template <class T, class Prepare, class Give>
HWY_INLINE void scatter(Context& context, const Pooling& p, const T* dy, T* dx, const Prepare& prepare,
                        const Give& give) {
  const std::int64_t out_h = p.out_height(), out_w = p.out_width(), channels = p.channels;
  const std::int64_t size = p.height * p.width * channels;
  // Windows that tile the image meet every element once.
  const bool tiled = p.stride_h == p.size_h && p.stride_w == p.size_w && p.padding_h == 0 && p.padding_w == 0 &&
                     p.height % p.size_h == 0 && p.width % p.size_w == 0;
  const Scratch::Scope scope(context.scratch);
  const std::span<T> scratch = context.scratch.take<T>(static_cast<std::size_t>(out_w * channels * context.threads));
  parallel_items_of(context, p.samples, p.samples * size, [&](int thread, std::int64_t n) HWY_ATTR {
    const hn::ScalableTag<T> d;
    T* left = scratch.data() + thread * out_w * channels;
    if (!tiled) std::fill_n(dx + n * size, size, T(0));
    for (std::int64_t i = 0; i < out_h; ++i) {
      const PoolRange rows = pool_rows(p, i);
      const std::int64_t first = (n * out_h + i) * out_w * channels;
      for (std::int64_t j = 0; j < out_w; ++j) {
        const std::int64_t at = j * channels, count = pool_count(p, rows, pool_columns(p, j));
        for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
          store_count(prepare(d, load_count(d, dy + first + at + c, live), count), d, left + at + c, live);
        });
      }
      for (std::int64_t h = rows.begin; h < rows.end; ++h)
        for (std::int64_t j = 0; j < out_w; ++j) {
          const PoolRange columns = pool_columns(p, j);
          const std::int64_t from = ((n * p.height + h) * p.width + columns.begin) * channels;
          for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
            const std::int64_t out = j * channels + c;
            auto rest = load_count(d, left + out, live);
            for (std::int64_t w = 0; w < columns.end - columns.begin; ++w) {
              const std::int64_t element = from + w * channels + c;
              const auto before = tiled ? hn::Zero(d) : load_count(d, dx + element, live);
              store_count(hn::Add(before, give(d, rest, element, first + out, live)), d, dx + element, live);
            }
            store_count(rest, d, left + out, live);
          });
        }
    }
  });
}

template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx) {
  scatter(
      context, p, dy, dx,
      [](auto d, auto g, std::int64_t count) HWY_ATTR { return hn::Div(g, hn::Set(d, static_cast<T>(count))); },
      [](auto, auto& share, std::int64_t, std::int64_t, std::int64_t) HWY_ATTR { return share; });
}

template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx) {
  scatter(
      context, p, dy, dx, [](auto, auto g, std::int64_t) HWY_ATTR { return g; },
      [x, y](auto d, auto& rest, std::int64_t element, std::int64_t out, std::int64_t live) HWY_ATTR {
        const auto v = load_count(d, x + element, live), largest = load_count(d, y + out, live);
        const auto both_nan = hn::Not(hn::Or(hn::Eq(v, v), hn::Eq(largest, largest)));
        const auto hit = hn::Or(hn::Eq(v, largest), both_nan);
        const auto given = hn::IfThenElseZero(hit, rest);
        rest = hn::IfThenZeroElse(hit, rest);  // nothing for equal elements that follow
        return given;
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
