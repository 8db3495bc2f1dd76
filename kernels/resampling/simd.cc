#include <algorithm>
#include <cmath>

#include "kernels/core/parallel_elements.h"
#include "kernels/resampling/resampling.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/resampling/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/for_vectors-inl.h"
#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// f(row of x) for the rows of all images, over threads; `row` is what a row of work costs in elements.
template <class F>
HWY_INLINE void for_each_row(Context& context, std::int64_t rows, std::int64_t row, const F& f) {
  const std::int64_t grain = std::max<std::int64_t>(1, 32768 / std::max<std::int64_t>(row, 1));
  parallel_for(context, rows, grain, [&f](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

template <class T>
void upsample_nearest(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                      const T* x, T* y) {
  const std::int64_t channels = shape.channels, row = shape.width * channels, out_row = row * factor_w;
  for_each_row(context, shape.samples * shape.height, factor_h * out_row, [=](std::int64_t r) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for (std::int64_t a = 0; a < factor_h; ++a) {  // a row of y as it lies
      T* to = y + (r * factor_h + a) * out_row;
      for (std::int64_t j = 0; j < row; j += channels)
        for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
          const auto v = load_count(d, x + r * row + j + c, live);
          for (std::int64_t b = 0; b < factor_w; ++b) store_count(v, d, to + j * factor_w + b * channels + c, live);
        });
    }
  });
}

template <class T>
void upsample_nearest_gradient(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                               const T* dy, T* dx) {
  const std::int64_t channels = shape.channels, row = shape.width * channels, out_row = row * factor_w;
  for_each_row(context, shape.samples * shape.height, factor_h * out_row, [=](std::int64_t r) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for (std::int64_t a = 0; a < factor_h; ++a) {  // a row of dy as it lies: dx holds the sum so far
      const T* from = dy + (r * factor_h + a) * out_row;
      for (std::int64_t j = 0; j < row; j += channels)
        for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
          T* to = dx + r * row + j + c;
          auto sum = a == 0 ? hn::Zero(d) : load_count(d, to, live);
          for (std::int64_t b = 0; b < factor_w; ++b)
            sum = hn::Add(sum, load_count(d, from + j * factor_w + b * channels + c, live));
          store_count(sum, d, to, live);
        });
    }
  });
}

// For each output of one axis: its two neighbours and their weights.
template <class T>
struct Neighbours {
  std::span<std::int64_t> first, second;
  std::span<T> weight_first, weight_second;

  Neighbours(Scratch& scratch, std::int64_t in, std::int64_t out)
      : first(scratch.take<std::int64_t>(static_cast<std::size_t>(out))),
        second(scratch.take<std::int64_t>(static_cast<std::size_t>(out))),
        weight_first(scratch.take<T>(static_cast<std::size_t>(out))),
        weight_second(scratch.take<T>(static_cast<std::size_t>(out))) {
    const double ratio = static_cast<double>(in) / static_cast<double>(out);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const double s = std::max(0.0, (static_cast<double>(i) + 0.5) * ratio - 0.5);
      first[i] = std::min(static_cast<std::int64_t>(s), in - 1);
      second[i] = std::min(first[i] + 1, in - 1);
      const double fraction = s - static_cast<double>(first[i]);
      weight_first[i] = static_cast<T>(1 - fraction);
      weight_second[i] = static_cast<T>(fraction);
    }
  }
};

// The same seen from a source element: the outputs that it is a neighbour of, ascending, with its weights; twice in a
// row where it is both neighbours. Element k's are begin[k] .. begin[k + 1] - 1.
template <class T>
struct Outputs {
  std::span<std::int64_t> begin, output;
  std::span<T> weight;

  Outputs(Scratch& scratch, std::int64_t in, const Neighbours<T>& n)
      : begin(scratch.take<std::int64_t>(static_cast<std::size_t>(in + 2))),
        output(scratch.take<std::int64_t>(2 * n.first.size())),
        weight(scratch.take<T>(2 * n.first.size())) {
    // Counted two places on and summed, begin[k + 1] is where k's begin; filling moves it to where they end.
    std::fill(begin.begin(), begin.end(), 0);
    for (std::size_t i = 0; i < n.first.size(); ++i)
      for (const std::int64_t k : {n.first[i], n.second[i]}) ++begin[static_cast<std::size_t>(k + 2)];
    for (std::size_t k = 1; k < begin.size(); ++k) begin[k] += begin[k - 1];
    const auto put = [&](std::int64_t k, std::size_t i, T w) {
      const std::size_t at = static_cast<std::size_t>(begin[static_cast<std::size_t>(k + 1)]++);
      output[at] = static_cast<std::int64_t>(i);
      weight[at] = w;
    };
    for (std::size_t i = 0; i < n.first.size(); ++i) {
      put(n.first[i], i, n.weight_first[i]);
      put(n.second[i], i, n.weight_second[i]);
    }
  }
};

template <class T>
void resize_bilinear(Context& context, const ImageShape& shape, std::int64_t out_height, std::int64_t out_width,
                     const T* x, T* y) {
  const Scratch::Scope scope(context.scratch);
  const Neighbours<T> rows(context.scratch, shape.height, out_height);
  const Neighbours<T> columns(context.scratch, shape.width, out_width);
  const std::int64_t channels = shape.channels, row = shape.width * channels, out_row = out_width * channels;
  for_each_row(context, shape.samples * out_height, out_row, [&](std::int64_t r) HWY_ATTR {
    const hn::ScalableTag<T> d;
    const std::size_t i = static_cast<std::size_t>(r % out_height);
    const T* sample = x + r / out_height * shape.height * row;
    const T *upper = sample + rows.first[i] * row, *lower = sample + rows.second[i] * row;
    const auto h0 = hn::Set(d, rows.weight_first[i]), h1 = hn::Set(d, rows.weight_second[i]);
    for (std::size_t j = 0; j < columns.first.size(); ++j) {
      const auto w0 = hn::Set(d, columns.weight_first[j]), w1 = hn::Set(d, columns.weight_second[j]);
      const std::int64_t j0 = columns.first[j] * channels, j1 = columns.second[j] * channels;
      T* to = y + r * out_row + static_cast<std::int64_t>(j) * channels;
      for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
        const auto along = [&](const T* from) HWY_ATTR {
          return hn::MulAdd(w1, load_count(d, from + j1 + c, live), hn::Mul(w0, load_count(d, from + j0 + c, live)));
        };
        store_count(hn::MulAdd(h1, along(lower), hn::Mul(h0, along(upper))), d, to + c, live);
      });
    }
  });
}

// to[i] = fma(weight, from[i], to[i]).
template <class T>
HWY_INLINE void add_scaled_row(std::int64_t n, T weight, const T* from, T* to) {
  map_range(
      0, n, to, [weight](auto d, auto v, auto w) HWY_ATTR { return hn::MulAdd(hn::Set(d, weight), v, w); }, from, to);
}

// Samples over threads: neighbouring rows of dy add to one row of dx.
template <class T>
void resize_bilinear_gradient(Context& context, const ImageShape& shape, std::int64_t out_height,
                              std::int64_t out_width, const T* dy, T* dx) {
  const Scratch::Scope scope(context.scratch);
  const Neighbours<T> rows(context.scratch, shape.height, out_height);
  const Neighbours<T> columns(context.scratch, shape.width, out_width);
  const Outputs<T> readers(context.scratch, shape.width, columns);
  const std::int64_t channels = shape.channels, row = shape.width * channels;
  const std::span<T> scratch = context.scratch.take<T>(static_cast<std::size_t>(row * context.threads));
  parallel_items_of(
      context, shape.samples, shape.samples * out_height * out_width * channels,
      [&](int thread, std::int64_t n) HWY_ATTR {
        const hn::ScalableTag<T> d;
        T* t = scratch.data() + thread * row;
        T* sample = dx + n * shape.height * row;
        std::fill_n(sample, shape.height * row, T(0));
        for (std::size_t i = 0; i < rows.first.size(); ++i) {
          const T* from = dy + (n * out_height + static_cast<std::int64_t>(i)) * out_width * channels;
          for (std::int64_t k = 0; k < shape.width; ++k)
            for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
              auto sum = hn::Zero(d);
              for (std::int64_t e = readers.begin[static_cast<std::size_t>(k)];
                   e < readers.begin[static_cast<std::size_t>(k + 1)]; ++e)
                sum = hn::MulAdd(hn::Set(d, readers.weight[static_cast<std::size_t>(e)]),
                                 load_count(d, from + readers.output[static_cast<std::size_t>(e)] * channels + c, live),
                                 sum);
              store_count(sum, d, t + k * channels + c, live);
            });
          add_scaled_row(row, rows.weight_first[i], t, sample + rows.first[i] * row);
          add_scaled_row(row, rows.weight_second[i], t, sample + rows.second[i] * row);
        }
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void upsample_nearest(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                      const T* x, T* y) {
  ITO_DISPATCH(upsample_nearest<T>)(context, shape, factor_h, factor_w, x, y);
}
template <class T>
void upsample_nearest_gradient(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                               const T* dy, T* dx) {
  ITO_DISPATCH(upsample_nearest_gradient<T>)(context, shape, factor_h, factor_w, dy, dx);
}
template <class T>
void resize_bilinear(Context& context, const ImageShape& shape, std::int64_t out_height, std::int64_t out_width,
                     const T* x, T* y) {
  ITO_DISPATCH(resize_bilinear<T>)(context, shape, out_height, out_width, x, y);
}
template <class T>
void resize_bilinear_gradient(Context& context, const ImageShape& shape, std::int64_t out_height,
                              std::int64_t out_width, const T* dy, T* dx) {
  ITO_DISPATCH(resize_bilinear_gradient<T>)(context, shape, out_height, out_width, dy, dx);
}

#define ITO_INSTANTIATE(T)                                                                                           \
  template void upsample_nearest<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);          \
  template void upsample_nearest_gradient<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*); \
  template void resize_bilinear<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);           \
  template void resize_bilinear_gradient<T>(Context&, const ImageShape&, std::int64_t, std::int64_t, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
