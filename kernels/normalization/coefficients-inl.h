// What the norms of rows and of groups share: a sample's coefficients W and B, and the gradients that follow from the
// sums Q1 and Q2 (normalization.h). Included once for each target, after highway-inl.h.
#include "kernels/core/contract.h"
#include "kernels/core/for_vectors-inl.h"
#include "kernels/core/highway-inl.h"
#include "kernels/core/lane_sum-inl.h"
#include "kernels/normalization/normalization.h"

#if defined(ITO_KERNELS_NORMALIZATION_COEFFICIENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_NORMALIZATION_COEFFICIENTS_INL_H_
#undef ITO_KERNELS_NORMALIZATION_COEFFICIENTS_INL_H_
#else
#define ITO_KERNELS_NORMALIZATION_COEFFICIENTS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_or(D d, const T* p, std::int64_t c, std::int64_t count, T missing) {
  return p == nullptr ? hn::Set(d, missing) : load_count(d, p + c, count);
}

// 1 + scale of one sample.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> one_plus_scale(D d, const Normalization<T>& f, std::int64_t sample, std::int64_t c,
                                     std::int64_t count) {
  const T* scale = f.scale == nullptr ? nullptr : f.scale + sample * f.channels;
  return hn::Add(hn::Set(d, T(1)), load_or(d, scale, c, count, T(0)));
}

// W = weight (1 + scale), B = fma(bias, 1 + scale, shift).
template <class T>
HWY_INLINE void sample_coefficients(const Normalization<T>& f, std::int64_t sample, T* W, T* B) {
  const hn::ScalableTag<T> d;
  const T* shift = f.shift == nullptr ? nullptr : f.shift + sample * f.channels;
  for_vectors<T>(f.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
    const auto s = one_plus_scale(d, f, sample, c, count);
    store_count(hn::Mul(load_or(d, f.weight, c, count, T(1)), s), d, W + c, count);
    store_count(hn::MulAdd(load_or(d, f.bias, c, count, T(0)), s, load_or(d, shift, c, count, T(0))), d, B + c, count);
  });
}

// out[c] = sum over samples of (1 + scale) Q: samples in blocks of kRowBlock from +0, blocks ascending.
template <class T>
HWY_INLINE void sum_over_samples(const Normalization<T>& f, const T* Q, std::int64_t stride, T* out) {
  const hn::ScalableTag<T> d;
  for_vectors<T>(f.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
    auto total = hn::Zero(d);
    for (std::int64_t begin = 0; begin < f.samples; begin += kRowBlock) {
      auto block = hn::Zero(d);
      for (std::int64_t n = begin; n < HWY_MIN(f.samples, begin + kRowBlock); ++n)
        block = hn::MulAdd(one_plus_scale(d, f, n, c, count), load_count(d, Q + n * stride + c, count), block);
      total = hn::Add(total, block);
    }
    store_count(total, d, out + c, count);
  });
}

// Everything but dx, from Q1 and Q2 of each sample, `stride` elements apart.
template <class T>
HWY_INLINE void coefficient_gradients(const Normalization<T>& f, const T* Q1, const T* Q2, std::int64_t stride,
                                      const NormalizationGradients<T>& gradients) {
  const hn::ScalableTag<T> d;
  if (gradients.weight != nullptr) sum_over_samples(f, Q2, stride, gradients.weight);
  if (gradients.bias != nullptr) sum_over_samples(f, Q1, stride, gradients.bias);
  for (std::int64_t n = 0; n < f.samples; ++n)
    for_vectors<T>(f.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
      const std::int64_t at = n * f.channels + c;
      const auto q1 = load_count(d, Q1 + n * stride + c, count);
      if (gradients.shift != nullptr) store_count(q1, d, gradients.shift + at, count);
      if (gradients.scale == nullptr) return;
      const auto of_bias = hn::Mul(load_or(d, f.bias, c, count, T(0)), q1);
      store_count(hn::MulAdd(load_or(d, f.weight, c, count, T(1)), load_count(d, Q2 + n * stride + c, count), of_bias),
                  d, gradients.scale + at, count);
    });
}

// total[c] = blocks[0][c] + blocks[1][c] + ... from +0; blocks are `stride` elements apart.
template <class T>
HWY_INLINE void add_blocks(std::int64_t count, std::int64_t channels, const T* blocks, std::int64_t stride, T* total) {
  const hn::ScalableTag<T> d;
  for_vectors<T>(channels, [&](std::int64_t c, std::int64_t live) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (std::int64_t block = 0; block < count; ++block)
      sum = hn::Add(sum, load_count(d, blocks + block * stride + c, live));
    store_count(sum, d, total + c, live);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
