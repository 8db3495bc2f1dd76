// The orders of summation that every backend of the norms keeps, in plain scalar lines (kernels/normalization). F is
// kernels::Normalization<T>, of whichever build.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/math_scalar.h"
#include "tests/kernels/contract_oracle.h"

namespace ito::oracle {

enum class NormKind { layer, rms, group };

template <class T>
struct NormStatistics {
  std::vector<T> mean;  // of a row, or of a sample's group
  std::vector<T> r;
};

// For one channel: blocks of 256 rows, each from +0 by step(block, row); blocks ascending.
template <class T, class Step>
T over_rows(std::int64_t rows, const Step& step) {
  T total = 0;
  for (std::int64_t begin = 0; begin < rows; begin += 256) {
    T block = 0;
    for (std::int64_t row = begin; row < rows && row < begin + 256; ++row) block = step(block, row);
    total += block;
  }
  return total;
}

template <class T, class F>
NormStatistics<T> row_statistics(const F& f, NormKind kind, const T* x) {
  NormStatistics<T> s;
  const double size = static_cast<double>(f.channels);
  for (std::int64_t row = 0; row < f.samples * f.positions; ++row) {
    const T* v = x + row * f.channels;
    const T mean = kind == NormKind::rms ? T(0) : static_cast<T>(sum(f.channels, v) / size);
    const double squares = contiguous<T>(f.channels, [&](T lane, std::int64_t c) {
      const T t = v[c] - mean;
      return std::fma(t, t, lane);
    });
    s.mean.push_back(mean);
    s.r.push_back(static_cast<T>(1 / std::sqrt(squares / size + f.epsilon)));
  }
  return s;
}

template <class T, class F>
NormStatistics<T> group_statistics(const F& f, const T* x) {
  NormStatistics<T> s;
  const std::int64_t width = f.channels / f.groups;
  const double size = static_cast<double>(std::max<std::int64_t>(f.positions * width, 1));
  for (std::int64_t n = 0; n < f.samples; ++n)
    for (std::int64_t g = 0; g < f.groups; ++g) {
      const auto at = [&](std::int64_t p, std::int64_t c) { return x[(n * f.positions + p) * f.channels + c]; };
      double total = 0, squares = 0;
      for (std::int64_t c = g * width; c < (g + 1) * width; ++c)
        total += static_cast<double>(over_rows<T>(f.positions, [&](T b, std::int64_t p) { return b + at(p, c); }));
      const T mean = static_cast<T>(total / size);
      for (std::int64_t c = g * width; c < (g + 1) * width; ++c)
        squares += static_cast<double>(over_rows<T>(f.positions, [&](T b, std::int64_t p) {
          const T t = at(p, c) - mean;
          return std::fma(t, t, b);
        }));
      s.mean.push_back(mean);
      s.r.push_back(static_cast<T>(1 / std::sqrt(squares / size + f.epsilon)));
    }
  return s;
}

template <class T, class F>
T one_plus_scale(const F& f, std::int64_t n, std::int64_t c) {
  return T(1) + (f.scale == nullptr ? T(0) : f.scale[n * f.channels + c]);
}

// One element's constants.
template <class T>
struct NormElement {
  T mean, r, W, B;
};

template <class T, class F>
NormElement<T> norm_element(const F& f, NormKind kind, const NormStatistics<T>& stats, std::int64_t n, std::int64_t p,
                            std::int64_t c) {
  const std::size_t at = static_cast<std::size_t>(kind == NormKind::group ? n * f.groups + c / (f.channels / f.groups)
                                                                          : n * f.positions + p);
  const T s = one_plus_scale<T>(f, n, c);
  const T W = (f.weight == nullptr ? T(1) : f.weight[c]) * s;
  const T B =
      std::fma(f.bias == nullptr ? T(0) : f.bias[c], s, f.shift == nullptr ? T(0) : f.shift[n * f.channels + c]);
  return {stats.mean[at], stats.r[at], W, B};
}

template <class T, class F>
NormStatistics<T> norm_statistics(const F& f, NormKind kind, const T* x) {
  return kind == NormKind::group ? group_statistics(f, x) : row_statistics(f, kind, x);
}

template <class T, class F>
std::vector<T> norm(const F& f, NormKind kind, const T* x) {
  const NormStatistics<T> stats = norm_statistics(f, kind, x);
  std::vector<T> y;
  for (std::int64_t n = 0, i = 0; n < f.samples; ++n)
    for (std::int64_t p = 0; p < f.positions; ++p)
      for (std::int64_t c = 0; c < f.channels; ++c, ++i) {
        const NormElement<T> e = norm_element(f, kind, stats, n, p, c);
        const T t = x[i] - e.mean, z = std::fma(t, e.r * e.W, e.B);
        y.push_back(f.silu ? math::scalar::silu(math::scalar::Operations<T>{}, z) : z);
      }
  return y;
}

template <class T>
struct NormGradients {
  std::vector<T> x, weight, bias, scale, shift;
};

template <class T, class F>
NormGradients<T> norm_gradients(const F& f, NormKind kind, const T* x, const T* dy) {
  const NormStatistics<T> stats = norm_statistics(f, kind, x);
  const std::int64_t P = f.positions, C = f.channels, width = C / f.groups;
  const std::size_t size = static_cast<std::size_t>(f.samples * P * C);
  std::vector<T> dz(size), t(size), xhat(size), h(size);
  NormGradients<T> d;
  d.x.resize(size);
  for (std::int64_t i = 0; i < f.samples * P * C; ++i) {
    const NormElement<T> e = norm_element(f, kind, stats, i / (P * C), i / C % P, i % C);
    t[i] = x[i] - e.mean;
    xhat[i] = t[i] * e.r;
    const T z = std::fma(t[i], e.r * e.W, e.B);
    dz[i] = f.silu ? dy[i] * math::scalar::silu_derivative(math::scalar::Operations<T>{}, z) : dy[i];
    h[i] = dz[i] * e.W;
  }

  // Q1 and Q2 of every sample and channel, and what follows from them.
  std::vector<T> Q1(static_cast<std::size_t>(f.samples * C)), Q2(Q1);
  for (std::int64_t n = 0; n < f.samples; ++n)
    for (std::int64_t c = 0; c < C; ++c) {
      const auto at = [&](std::int64_t p) { return (n * P + p) * C + c; };
      T q1 = over_rows<T>(P, [&](T b, std::int64_t p) { return b + dz[at(p)]; });
      T q2 = over_rows<T>(P, [&](T b, std::int64_t p) {
        return std::fma(dz[at(p)], kind == NormKind::group ? t[at(p)] : xhat[at(p)], b);
      });
      if (kind == NormKind::group) q2 *= stats.r[n * f.groups + c / width];
      Q1[n * C + c] = q1;
      Q2[n * C + c] = q2;
      d.shift.push_back(q1);
      const T weight = f.weight == nullptr ? T(1) : f.weight[c], bias = f.bias == nullptr ? T(0) : f.bias[c];
      d.scale.push_back(std::fma(weight, q2, bias * q1));
    }
  for (std::int64_t c = 0; c < C; ++c) {
    const auto s = [&](std::int64_t n) { return one_plus_scale<T>(f, n, c); };
    d.weight.push_back(over_rows<T>(f.samples, [&](T b, std::int64_t n) { return std::fma(s(n), Q2[n * C + c], b); }));
    d.bias.push_back(over_rows<T>(f.samples, [&](T b, std::int64_t n) { return std::fma(s(n), Q1[n * C + c], b); }));
  }

  if (kind == NormKind::group) {
    for (std::int64_t n = 0; n < f.samples; ++n)
      for (std::int64_t g = 0; g < f.groups; ++g) {
        double sum_h = 0, sum_h_xhat = 0;
        for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
          const double W = static_cast<double>((f.weight == nullptr ? T(1) : f.weight[c]) * one_plus_scale<T>(f, n, c));
          sum_h += W * static_cast<double>(Q1[n * C + c]);
          sum_h_xhat += W * static_cast<double>(Q2[n * C + c]);
        }
        const double r = static_cast<double>(stats.r[n * f.groups + g]),
                     elements = static_cast<double>(std::max<std::int64_t>(P * width, 1));
        const T k1 = static_cast<T>(r * (sum_h / elements)), k2 = static_cast<T>(r * r * (sum_h_xhat / elements));
        for (std::int64_t p = 0; p < P; ++p)
          for (std::int64_t c = g * width; c < (g + 1) * width; ++c) {
            const std::int64_t i = (n * P + p) * C + c;
            const NormElement<T> e = norm_element(f, kind, stats, n, p, c);
            d.x[i] = std::fma(dz[i], e.r * e.W, std::fma(-t[i], k2, -k1));
          }
      }
    return d;
  }
  for (std::int64_t row = 0; row < f.samples * P; ++row) {
    const T *hr = h.data() + row * C, *xr = xhat.data() + row * C;
    const double elements = static_cast<double>(C);
    const T c1 = kind == NormKind::rms ? T(0) : static_cast<T>(sum(C, hr) / elements);
    const T c2 = static_cast<T>(contiguous<T>(C, [&](T lane, std::int64_t c) { return std::fma(hr[c], xr[c], lane); }) /
                                elements);
    for (std::int64_t c = 0; c < C; ++c) d.x[row * C + c] = stats.r[row] * std::fma(-c2, xr[c], hr[c] - c1);
  }
  return d;
}

}  // namespace ito::oracle
