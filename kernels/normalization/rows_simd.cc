// Layer and RMS norm: each row by itself, in the L1 cache between its passes.
#include <algorithm>
#include <cmath>

#include "kernels/core/parallel_elements.h"
#include "kernels/normalization/normalization.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/normalization/rows_simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/core/math-inl.h"
#include "kernels/normalization/coefficients-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Rows whose passes are interleaved, so that one row's folds and divisions hide behind the others' elements.
constexpr std::int64_t kRowsTogether = 4;

// t = x - m in the first `count` lanes, 0 in the others.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> centred_count(D d, const T* x, std::int64_t count, T m) {
  const auto t = hn::Sub(load_count(d, x, count), hn::Set(d, m));
  if (HWY_LIKELY(count == static_cast<std::int64_t>(hn::Lanes(d)))) return t;
  return hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(count)), t);
}

// `count` rows, at most kRowsTogether.
template <bool silu, class T>
HWY_INLINE void normalise_rows(const Normalization<T>& f, bool centred, std::int64_t count, const T* x, T* y,
                               const T* W, const T* B, T* m, T* r) {
  const std::int64_t channels = f.channels;
  const double size = static_cast<double>(channels);
  for (std::int64_t j = 0; j < count; ++j) {
    const T* row = x + j * channels;
    m[j] = !centred
               ? T(0)
               : static_cast<T>(contiguous_sum<T>(channels,
                                                  [row](auto d, auto sum, std::int64_t i, std::int64_t live)
                                                      HWY_ATTR { return hn::Add(sum, load_count(d, row + i, live)); }) /
                                size);
  }
  for (std::int64_t j = 0; j < count; ++j) {
    const T* row = x + j * channels;
    const T mean = m[j];
    const double squares =
        contiguous_sum<T>(channels, [row, mean](auto d, auto sum, std::int64_t i, std::int64_t live) HWY_ATTR {
          const auto t = centred_count(d, row + i, live, mean);
          return hn::MulAdd(t, t, sum);
        });
    r[j] = static_cast<T>(1 / std::sqrt(squares / size + f.epsilon));
  }
  for (std::int64_t j = 0; j < count; ++j) {
    const T mean = m[j], reciprocal_std = r[j];
    map_range(
        0, channels, y + j * channels,
        [mean, reciprocal_std](auto d, auto v, auto w, auto b) HWY_ATTR {
          const auto t = hn::Sub(v, hn::Set(d, mean));
          const auto z = hn::MulAdd(t, hn::Mul(hn::Set(d, reciprocal_std), w), b);
          if constexpr (silu)
            return math_silu(d, z);
          else
            return z;
        },
        x + j * channels, W, B);
  }
}

template <bool silu, class T>
HWY_INLINE void row_norm_as(Context& context, const Normalization<T>& f, bool centred, const T* x, T* y, T* mean,
                            T* reciprocal_std) {
  constexpr std::int64_t kElementsForAThread = 1 << 14;
  const std::int64_t channels = f.channels, rows = f.samples * f.positions;
  const std::int64_t piece = std::max<std::int64_t>(1, kElementsForAThread / std::max<std::int64_t>(channels, 1));
  const std::int64_t pieces = (rows + piece - 1) / piece;
  const bool shared = f.scale == nullptr && f.shift == nullptr;  // one W and one B for all samples
  const Scratch::Scope scope(context.scratch);
  const std::span<T> scratch = context.scratch.take<T>(static_cast<std::size_t>(2 * channels * context.threads));
  if (shared) sample_coefficients(f, 0, scratch.data(), scratch.data() + channels);
  parallel_items_of(context, pieces, rows * channels, [&](int thread, std::int64_t item) HWY_ATTR {
    T* W = scratch.data() + (shared ? 0 : 2 * channels * thread);
    T* B = W + channels;
    const std::int64_t end = std::min(rows, (item + 1) * piece);
    for (std::int64_t begin = item * piece; begin < end;) {
      const std::int64_t sample = begin / f.positions;
      const std::int64_t stop = shared ? end : std::min(end, (sample + 1) * f.positions);
      if (!shared) sample_coefficients(f, sample, W, B);
      for (; begin < stop; begin += kRowsTogether) {
        const std::int64_t count = std::min(kRowsTogether, stop - begin);
        T m[kRowsTogether], r[kRowsTogether];
        normalise_rows<silu>(f, centred, count, x + begin * channels, y + begin * channels, W, B, m, r);
        if (mean != nullptr) std::copy_n(m, count, mean + begin);
        if (reciprocal_std != nullptr) std::copy_n(r, count, reciprocal_std + begin);
      }
      begin = stop;
    }
  });
}

template <class T>
void row_norm(Context& context, const Normalization<T>& f, bool centred, const T* x, T* y, T* mean, T* reciprocal_std) {
  if (f.silu)
    row_norm_as<true>(context, f, centred, x, y, mean, reciprocal_std);
  else
    row_norm_as<false>(context, f, centred, x, y, mean, reciprocal_std);
}

// One sample's, or all rows', coefficients, and where a block of rows adds its Q1 and Q2 (or null).
template <class T>
struct RowGradientBlock {
  const T* W;
  const T* B;
  T* Q1;
  T* Q2;
};

// dz into dx and into the block's sums; the sum of h = dz W.
template <bool silu, class T>
HWY_INLINE double pass_dz(std::int64_t channels, const T* x, T m, T r, const T* dy, const RowGradientBlock<T>& block,
                          T* dx) {
  return contiguous_sum<T>(channels, [=, &block](auto d, auto sum, std::int64_t i, std::int64_t count) HWY_ATTR {
    const auto t = centred_count(d, x + i, count, m);
    const auto w = load_count(d, block.W + i, count);
    auto dz = load_count(d, dy + i, count);
    if constexpr (silu) {
      const auto z = hn::MulAdd(t, hn::Mul(hn::Set(d, r), w), load_count(d, block.B + i, count));
      dz = hn::Mul(dz, math_silu_derivative(d, z));
    }
    store_count(dz, d, dx + i, count);
    if (block.Q1 != nullptr) {
      const auto xhat = hn::Mul(t, hn::Set(d, r));
      store_count(hn::Add(load_count(d, block.Q1 + i, count), dz), d, block.Q1 + i, count);
      store_count(hn::MulAdd(dz, xhat, load_count(d, block.Q2 + i, count)), d, block.Q2 + i, count);
    }
    return hn::Add(sum, hn::Mul(dz, w));
  });
}

template <bool silu, class T>
HWY_INLINE void gradient_rows(std::int64_t channels, bool centred, std::int64_t count, const T* x, const T* mean,
                              const T* reciprocal_std, const T* dy, const RowGradientBlock<T>& block, T* dx) {
  const double size = static_cast<double>(channels);
  T m[kRowsTogether], c1[kRowsTogether], c2[kRowsTogether];
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int64_t at = j * channels;
    m[j] = centred ? mean[j] : T(0);
    const double h = pass_dz<silu>(channels, x + at, m[j], reciprocal_std[j], dy + at, block, dx + at);
    c1[j] = centred ? static_cast<T>(h / size) : T(0);
  }
  for (std::int64_t j = 0; j < count; ++j) {
    const T *row = x + j * channels, *dz = dx + j * channels, *W = block.W;
    const T mj = m[j], r = reciprocal_std[j];
    const double h_xhat =
        contiguous_sum<T>(channels, [=](auto d, auto sum, std::int64_t i, std::int64_t live) HWY_ATTR {
          const auto xhat = hn::Mul(centred_count(d, row + i, live, mj), hn::Set(d, r));
          return hn::MulAdd(hn::Mul(load_count(d, dz + i, live), load_count(d, W + i, live)), xhat, sum);
        });
    c2[j] = static_cast<T>(h_xhat / size);
  }
  for (std::int64_t j = 0; j < count; ++j) {
    const T mj = m[j], r = reciprocal_std[j], k1 = c1[j], k2 = c2[j];
    T* row = dx + j * channels;
    map_range(
        0, channels, row,
        [=](auto d, auto dz, auto v, auto w) HWY_ATTR {
          const auto rv = hn::Set(d, r);
          const auto xhat = hn::Mul(hn::Sub(v, hn::Set(d, mj)), rv);
          return hn::Mul(rv, hn::NegMulAdd(hn::Set(d, k2), xhat, hn::Sub(hn::Mul(dz, w), hn::Set(d, k1))));
        },
        row, x + j * channels, block.W);
  }
}

// Items of work are a sample's blocks of rows.
template <bool silu, class T>
HWY_INLINE void row_norm_gradient_as(Context& context, const Normalization<T>& f, bool centred, const T* x,
                                     const T* mean, const T* reciprocal_std, const T* dy,
                                     const NormalizationGradients<T>& gradients) {
  const std::int64_t channels = f.channels, blocks = (f.positions + kRowBlock - 1) / kRowBlock;
  const bool shared = f.scale == nullptr && f.shift == nullptr;
  const bool summed = gradients.weight != nullptr || gradients.bias != nullptr || gradients.scale != nullptr ||
                      gradients.shift != nullptr;
  const std::int64_t stride = std::max<std::int64_t>(blocks, 1) * 2 * channels;  // of a sample's sums
  const Scratch::Scope scope(context.scratch);
  const std::span<T> scratch = context.scratch.take<T>(static_cast<std::size_t>(2 * channels * context.threads));
  const std::span<T> sums = context.scratch.take<T>(static_cast<std::size_t>(summed ? f.samples * stride : 0));
  if (shared) sample_coefficients(f, 0, scratch.data(), scratch.data() + channels);
  parallel_items_of(context, f.samples * blocks, f.samples * f.positions * channels,
                    [&](int thread, std::int64_t item) HWY_ATTR {
                      const std::int64_t sample = item / blocks, first = item % blocks * kRowBlock;
                      T* W = scratch.data() + (shared ? 0 : 2 * channels * thread);
                      RowGradientBlock<T> block{W, W + channels, nullptr, nullptr};
                      if (!shared) sample_coefficients(f, sample, W, W + channels);
                      if (summed) {
                        block.Q1 = sums.data() + item * 2 * channels;
                        block.Q2 = block.Q1 + channels;
                        std::fill_n(block.Q1, 2 * channels, T(0));
                      }
                      const std::int64_t end = sample * f.positions + std::min(f.positions, first + kRowBlock);
                      for (std::int64_t row = sample * f.positions + first; row < end; row += kRowsTogether)
                        gradient_rows<silu>(channels, centred, std::min(kRowsTogether, end - row), x + row * channels,
                                            centred ? mean + row : nullptr, reciprocal_std + row, dy + row * channels,
                                            block, gradients.dx + row * channels);
                    });
  if (!summed) return;
  for (std::int64_t n = 0; n < f.samples; ++n)
    add_blocks(blocks, 2 * channels, sums.data() + n * stride, 2 * channels, sums.data() + n * stride);
  coefficient_gradients(f, sums.data(), sums.data() + channels, stride, gradients);
}

template <class T>
void row_norm_gradient(Context& context, const Normalization<T>& f, bool centred, const T* x, const T* mean,
                       const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  if (f.silu)
    row_norm_gradient_as<true>(context, f, centred, x, mean, reciprocal_std, dy, gradients);
  else
    row_norm_gradient_as<false>(context, f, centred, x, mean, reciprocal_std, dy, gradients);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void row_norm(Context& context, const Normalization<T>& f, bool centred, const T* x, T* y, T* mean, T* reciprocal_std) {
  ITO_DISPATCH(row_norm<T>)(context, f, centred, x, y, mean, reciprocal_std);
}
template <class T>
void row_norm_gradient(Context& context, const Normalization<T>& f, bool centred, const T* x, const T* mean,
                       const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  ITO_DISPATCH(row_norm_gradient<T>)(context, f, centred, x, mean, reciprocal_std, dy, gradients);
}

#define ITO_INSTANTIATE(T)                                                                                            \
  template void row_norm<T>(Context&, const Normalization<T>&, bool, const T*, T*, T*, T*);                           \
  template void row_norm_gradient<T>(Context&, const Normalization<T>&, bool, const T*, const T*, const T*, const T*, \
                                     const NormalizationGradients<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
