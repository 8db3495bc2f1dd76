#include <algorithm>

#include "kernels/core/contract.h"
#include "kernels/core/parallel.h"
#include "kernels/per_sample/per_sample.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/per_sample/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// y[i] = f(d, row[n, c], x[i]...) for each row of channels.
template <class T, class F, class... X>
HWY_INLINE void map_rows(Context& context, const SampleShape& shape, const T* row, T* y, const F& f, const X*... x) {
  const std::int64_t channels = shape.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(channels, 1));
  parallel_for(
      context, shape.samples * shape.positions, grain, [=, &shape](std::int64_t begin, std::int64_t end) HWY_ATTR {
        for (std::int64_t r = begin; r < end; ++r)
          map_range(0, channels, y + r * channels, f, row + r / shape.positions * channels, x + r * channels...);
      });
}

template <class T>
void add_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  map_rows(
      context, shape, row, y, [](auto, auto b, auto a) HWY_ATTR { return hn::Add(a, b); }, x);
}

template <class T>
void multiply_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  map_rows(
      context, shape, row, y, [](auto, auto b, auto a) HWY_ATTR { return hn::Mul(a, b); }, x);
}

template <class T>
void gated_residual(Context& context, const SampleShape& shape, const T* x, const T* gate, const T* h, T* y) {
  map_rows(
      context, shape, gate, y, [](auto, auto g, auto a, auto b) HWY_ATTR { return hn::MulAdd(g, b, a); }, x, h);
}

template <class T>
void repeat_per_sample(Context& context, const SampleShape& shape, const T* row, T* y) {
  map_rows(context, shape, row, y, [](auto, auto b) HWY_ATTR { return b; });
}

// out[n, c] of `live` channels from c on: blocks of positions from +0 by step(d, sum, i, live), blocks ascending.
// kVectors vectors of channels at a time, so that additions wait for each other less.
template <int kVectors, class T, class Step>
HWY_INLINE void sum_columns_of_sample(const SampleShape& shape, std::int64_t n, std::int64_t c, std::int64_t live,
                                      const Step& step, T* out) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kWidth = hn::MaxLanes(hn::ScalableTag<T>());
  const std::int64_t stride = shape.channels;
  auto t0 = hn::Zero(d), t1 = t0, t2 = t0, t3 = t0;
  for (std::int64_t begin = 0; begin < shape.positions; begin += kRowBlock) {
    const std::int64_t end = std::min(shape.positions, begin + kRowBlock);
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t i = (n * shape.positions + p) * stride + c;
      s0 = step(d, s0, i, live);
      if constexpr (kVectors == 4) {
        s1 = step(d, s1, i + kWidth, live);
        s2 = step(d, s2, i + 2 * kWidth, live);
        s3 = step(d, s3, i + 3 * kWidth, live);
      }
    }
    t0 = hn::Add(t0, s0);
    if constexpr (kVectors == 4) {
      t1 = hn::Add(t1, s1);
      t2 = hn::Add(t2, s2);
      t3 = hn::Add(t3, s3);
    }
  }
  T* to = out + n * stride + c;
  if (live < kWidth) return store_first(t0, d, to, live);
  hn::StoreU(t0, d, to);
  if constexpr (kVectors == 4) {
    hn::StoreU(t1, d, to + kWidth);
    hn::StoreU(t2, d, to + 2 * kWidth);
    hn::StoreU(t3, d, to + 3 * kWidth);
  }
}

template <class T, class Step>
HWY_INLINE void sum_samples(Context& context, const SampleShape& shape, const Step& step, T* out) {
  constexpr std::int64_t kWidth = hn::MaxLanes(hn::ScalableTag<T>());
  const std::int64_t channels = shape.channels;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(shape.positions * channels, 1));
  parallel_for(context, shape.samples, grain, [&, out](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t n = begin; n < end; ++n) {
      std::int64_t c = 0;
      for (; c + 4 * kWidth <= channels; c += 4 * kWidth) sum_columns_of_sample<4>(shape, n, c, kWidth, step, out);
      for (; c + kWidth <= channels; c += kWidth) sum_columns_of_sample<1>(shape, n, c, kWidth, step, out);
      if (c < channels) sum_columns_of_sample<1>(shape, n, c, channels - c, step, out);
    }
  });
}

template <class T>
void sum_per_sample(Context& context, const SampleShape& shape, const T* x, T* out) {
  sum_samples(
      context, shape,
      [x](auto d, auto sum, std::int64_t i, std::int64_t live)
          HWY_ATTR { return hn::Add(sum, load_count(d, x + i, live)); },
      out);
}

template <class T>
void dot_per_sample(Context& context, const SampleShape& shape, const T* x, const T* y, T* out) {
  sum_samples(
      context, shape,
      [x, y](auto d, auto sum, std::int64_t i, std::int64_t live)
          HWY_ATTR { return hn::MulAdd(load_count(d, x + i, live), load_count(d, y + i, live), sum); },
      out);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void add_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  ITO_DISPATCH(add_per_sample<T>)(context, shape, x, row, y);
}
template <class T>
void multiply_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  ITO_DISPATCH(multiply_per_sample<T>)(context, shape, x, row, y);
}
template <class T>
void gated_residual(Context& context, const SampleShape& shape, const T* x, const T* gate, const T* h, T* y) {
  ITO_DISPATCH(gated_residual<T>)(context, shape, x, gate, h, y);
}
template <class T>
void repeat_per_sample(Context& context, const SampleShape& shape, const T* row, T* y) {
  ITO_DISPATCH(repeat_per_sample<T>)(context, shape, row, y);
}
template <class T>
void sum_per_sample(Context& context, const SampleShape& shape, const T* x, T* out) {
  ITO_DISPATCH(sum_per_sample<T>)(context, shape, x, out);
}
template <class T>
void dot_per_sample(Context& context, const SampleShape& shape, const T* x, const T* y, T* out) {
  ITO_DISPATCH(dot_per_sample<T>)(context, shape, x, y, out);
}

#define ITO_INSTANTIATE(T)                                                                         \
  template void add_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);           \
  template void multiply_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);      \
  template void gated_residual<T>(Context&, const SampleShape&, const T*, const T*, const T*, T*); \
  template void repeat_per_sample<T>(Context&, const SampleShape&, const T*, T*);                  \
  template void sum_per_sample<T>(Context&, const SampleShape&, const T*, T*);                     \
  template void dot_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
