// The order of summation that every backend of attention keeps, in plain scalar lines (CONTRACT.md). The number of keys
// in a block stands here a second time on purpose.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/attention/attention.h"
#include "tests/kernels/contract_oracle.h"

namespace ito::test {

template <class T>
struct AttentionOracle {
  const kernels::AttentionArguments<T>& a;
  std::int64_t n;
  std::int64_t h;
  std::int64_t block = 64;

  static constexpr T kLowest = -std::numeric_limits<T>::infinity();
  static T exp(T x) { return math::scalar::exp(math::scalar::Operations<T>{}, x); }

  template <class X>
  X* row(const kernels::AttentionOperand<X>& x, std::int64_t token) const {
    return x.data + n * x.sample_stride + token * x.token_stride + h * a.channels;
  }
  // The GEMM rule: chains over 256 channels, each from +0.
  T dot(const T* x, const T* y) const {
    T total = 0;
    for (std::int64_t k0 = 0; k0 < a.channels; k0 += 256) {
      T chain = 0;
      for (std::int64_t d = k0; d < std::min(a.channels, k0 + 256); ++d) chain = std::fma(x[d], y[d], chain);
      total += chain;
    }
    return total;
  }
  bool seen(std::int64_t i, std::int64_t j) const {
    return (!a.causal || j <= i + a.keys - a.queries) && (a.key_mask == nullptr || a.key_mask[n * a.keys + j] != 0);
  }
  T scale() const { return static_cast<T>(a.scale == 0 ? 1 / std::sqrt(static_cast<double>(a.channels)) : a.scale); }
  T score(std::int64_t i, std::int64_t j) const { return dot(row(a.q, i), row(a.k, j)) * scale(); }

  // y's row and z of query i.
  T forward(std::int64_t i, T* y) const {
    T m = kLowest, l = 0;
    std::vector<T> o(static_cast<std::size_t>(a.channels));
    for (std::int64_t begin = 0; begin < a.keys; begin += block) {
      const std::int64_t end = std::min(a.keys, begin + block);
      std::vector<T> e;
      T larger = m;
      for (std::int64_t j = begin; j < end; ++j) {
        e.push_back(seen(i, j) ? score(i, j) : kLowest);
        if (e.back() > larger) larger = e.back();
      }
      if (std::all_of(e.begin(), e.end(), [](T s) { return s == kLowest; })) continue;
      const T fall = exp(m - larger);
      for (T& s : e) s = exp(s - larger);
      l = std::fma(l, fall, static_cast<T>(oracle::sum(end - begin, e.data())));
      for (std::int64_t d = 0; d < a.channels; ++d) {
        T chain = 0;
        for (std::int64_t j = begin; j < end; ++j)
          if (seen(i, j)) chain = std::fma(e[j - begin], row(a.v, j)[d], chain);
        o[d] = std::fma(o[d], fall, T(0) + chain);
      }
      m = larger;
    }
    for (std::int64_t d = 0; d < a.channels; ++d) y[d] = l == 0 ? T(0) : (T(0) + o[d]) / l;
    return m + math::scalar::log(math::scalar::Operations<T>{}, l);
  }

  struct Pair {
    T p;
    T ds;
  };
  Pair pair(const kernels::AttentionGradient<T>& g, std::int64_t i, std::int64_t j) const {
    if (!seen(i, j)) return {0, 0};
    const T p = exp(score(i, j) - g.z[(n * a.heads + h) * a.queries + i]);
    const T delta = static_cast<T>(oracle::dot(a.channels, row(g.dy, i), row(g.y, i)));
    return {p, p * (dot(row(g.dy, i), row(a.v, j)) - delta)};
  }
  // out_d = sum over `count` of weight(t) x(t)_d: chains over blocks, each from +0; the total from +0.
  template <class Weight, class X>
  void mix(std::int64_t count, const Weight& weight, const X& x, T factor, T* out) const {
    std::vector<T> total(static_cast<std::size_t>(a.channels)), chain;
    for (std::int64_t begin = 0; begin < count; begin += block) {
      chain.assign(total.size(), T(0));
      for (std::int64_t t = begin; t < std::min(count, begin + block); ++t) {
        const T w = weight(t);
        for (std::int64_t d = 0; d < a.channels && w != 0; ++d) chain[d] = std::fma(w, x(t)[d], chain[d]);
      }
      for (std::size_t d = 0; d < total.size(); ++d) total[d] += T(0) + chain[d];
    }
    for (std::size_t d = 0; d < total.size(); ++d) out[d] = total[d] * factor;
  }
  void backward(const kernels::AttentionGradient<T>& g) const {
    std::vector<Pair> pairs;
    for (std::int64_t i = 0; i < a.queries; ++i)
      for (std::int64_t j = 0; j < a.keys; ++j) pairs.push_back(pair(g, i, j));
    const auto at = [&](std::int64_t i, std::int64_t j) { return pairs[static_cast<std::size_t>(i * a.keys + j)]; };
    for (std::int64_t i = 0; i < a.queries; ++i)
      mix(
          a.keys, [&](std::int64_t j) { return at(i, j).ds; }, [&](std::int64_t j) { return row(a.k, j); }, scale(),
          row(g.dq, i));
    for (std::int64_t j = 0; j < a.keys; ++j) {
      mix(
          a.queries, [&](std::int64_t i) { return at(i, j).ds; }, [&](std::int64_t i) { return row(a.q, i); }, scale(),
          row(g.dk, j));
      mix(
          a.queries, [&](std::int64_t i) { return at(i, j).p; }, [&](std::int64_t i) { return row(g.dy, i); }, T(1),
          row(g.dv, j));
    }
  }
};

template <class T>
void attention_oracle(const kernels::AttentionArguments<T>& a, const kernels::AttentionOperand<T>& y, T* z,
                      std::int64_t block = 64) {
  for (std::int64_t n = 0; n < a.samples; ++n)
    for (std::int64_t h = 0; h < a.heads; ++h)
      for (std::int64_t i = 0; i < a.queries; ++i) {
        const AttentionOracle<T> oracle{a, n, h, block};
        z[(n * a.heads + h) * a.queries + i] = oracle.forward(i, oracle.row(y, i));
      }
}

template <class T>
void attention_gradient_oracle(const kernels::AttentionArguments<T>& a, const kernels::AttentionGradient<T>& g,
                               std::int64_t block = 64) {
  for (std::int64_t n = 0; n < a.samples; ++n)
    for (std::int64_t h = 0; h < a.heads; ++h) AttentionOracle<T>{a, n, h, block}.backward(g);
}

}  // namespace ito::test
