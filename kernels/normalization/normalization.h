// Layer, RMS and group normalisation, each with what follows it in one pass: an affine map of channels, a scale and
// shift of each sample (FiLM, Perez et al. 2018; adaptive layer norm), and SiLU.
//
//   xhat = (x - mean) r,    r = 1 / sqrt(variance + epsilon)
//   n = xhat weight + bias,    z = n (1 + scale) + shift,    y = z or silu(z)
//
// x and y are [samples, positions, channels], contiguous, float or double; weight and bias are [channels], scale and
// shift [samples, channels], and each may be null (1, 0, 0, 0). The variance is the biased one, as PyTorch's. y may be
// x. Mean and variance are taken over
//   layer_norm   each row of channels (Ba, Kiros, Hinton 2016); mean and r are [samples, positions]
//   rms_norm     the same, with mean = 0: r = 1 / sqrt(mean of squares + epsilon) (Zhang, Sennrich 2019)
//   group_norm   all positions of a group of channels / groups neighbouring channels (Wu, He 2018); mean and r are
//                [samples, groups]
//
// Every number of a sample depends on that sample alone. Everything is in T, each operation rounded once, except where
// it says double; "fma" is one fused multiply-add.
//
//   Statistics. Of a row: mean = (contiguous sum of x) / channels; variance = (contiguous sum of t^2, lanes by
//   fma(t, t, lane)) / channels with t = x - mean; the contiguous rule of kernels/sum. Of a group: for each channel the
//   rule for rows over positions (blocks of kRowBlock from +0, blocks ascending), then the group's channels ascending
//   in double; mean first, then fma(t, t, block). Totals, divisions, the root and r are in double; mean and r are then
//   rounded to T.
//   Coefficients of a sample's channels: W = weight (1 + scale), B = fma(bias, 1 + scale, shift).
//   Elements: t = x - mean, z = fma(t, r W, B), where r W is rounded; silu by kernels/core/math.
//
//   Gradients. dz = dy, or dy silu'(z). For each sample and channel, by the rule for rows over positions:
//     Q1 = sum dz;   Q2 = sum dz xhat: a row's norm by fma(dz, xhat, block) with xhat = t r; group norm by
//     fma(dz, t, block), its total multiplied by r.
//     dshift = Q1,  dscale = fma(weight, Q2, bias Q1)
//     dweight = sum of (1 + scale) Q2, dbias = sum of (1 + scale) Q1: the rule for rows over samples, by
//     fma(1 + scale, Q, block)
//   dx: a row's norm has h = dz W, c1 = (contiguous sum of h) / channels (0 in rms_norm), c2 = (contiguous sum of
//   h xhat, by fma) / channels, divided in double, and dx = r fma(-c2, xhat, h - c1). Group norm sums W Q1 and W Q2
//   over its channels, ascending, products and sums in double; c1 and c2 are these over positions channels / groups;
//   k1 = r c1 and k2 = r r c2 are products in double, rounded; dx = fma(dz, r W, -fma(t, k2, k1)).
//
// InputError when a size is negative, or groups do not divide channels, or epsilon is not positive.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

template <class T>
struct Normalization {
  std::int64_t samples = 0;
  std::int64_t positions = 0;
  std::int64_t channels = 0;
  std::int64_t groups = 1;  // read by group_norm alone
  double epsilon = 1e-5;
  const T* weight = nullptr;
  const T* bias = nullptr;
  const T* scale = nullptr;
  const T* shift = nullptr;
  bool silu = false;
};

// mean and reciprocal_std are what the gradient reads; either may be null when nobody will ask.
template <class T>
void layer_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std);
template <class T>
void rms_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* reciprocal_std);
template <class T>
void group_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std);

// Where gradients go; all but dx may be null. dx may be dy, and nothing else.
template <class T>
struct NormalizationGradients {
  T* dx = nullptr;
  T* weight = nullptr;
  T* bias = nullptr;
  T* scale = nullptr;
  T* shift = nullptr;
};

template <class T>
void layer_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients);
template <class T>
void rms_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* reciprocal_std, const T* dy,
                       const NormalizationGradients<T>& gradients);
template <class T>
void group_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients);

// Both kernels of rows' norms at once: centred is layer norm, else RMS norm, whose mean is not touched.
namespace reference {  // plain loops in double; the gradients recompute the statistics from x
template <class T>
void row_norm(const Normalization<T>& f, bool centred, const T* x, T* y);
template <class T>
void row_norm_gradient(const Normalization<T>& f, bool centred, const T* x, const T* dy,
                       const NormalizationGradients<T>& gradients);
template <class T>
void group_norm(const Normalization<T>& f, const T* x, T* y);
template <class T>
void group_norm_gradient(const Normalization<T>& f, const T* x, const T* dy,
                         const NormalizationGradients<T>& gradients);
}  // namespace reference

namespace simd {
template <class T>
void row_norm(Context& context, const Normalization<T>& f, bool centred, const T* x, T* y, T* mean, T* reciprocal_std);
template <class T>
void row_norm_gradient(Context& context, const Normalization<T>& f, bool centred, const T* x, const T* mean,
                       const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients);
template <class T>
void group_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std);
template <class T>
void group_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients);
}  // namespace simd

}  // namespace ito::kernels
