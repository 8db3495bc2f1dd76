#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/attention/attention.h"

namespace ito::kernels::reference {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A token's channels in one head.
template <class T>
T* row(const AttentionArguments<std::remove_const_t<T>>& a, const AttentionOperand<T>& x, std::int64_t n,
       std::int64_t h, std::int64_t token) {
  return x.data + n * x.sample_stride + token * x.token_stride + h * a.channels;
}

template <class T>
double dot(const AttentionArguments<T>& a, const T* x, const T* y) {
  double total = 0;
  for (std::int64_t d = 0; d < a.channels; ++d) total += static_cast<double>(x[d]) * static_cast<double>(y[d]);
  return total;
}

// p_ij = exp(s_ij - z_i) for all keys, 0 where hidden; returns z_i.
template <class T>
double probabilities(const AttentionArguments<T>& a, std::int64_t n, std::int64_t h, std::int64_t i,
                     std::vector<double>& p) {
  const double scale = a.scale == 0 ? 1 / std::sqrt(static_cast<double>(a.channels)) : a.scale;
  p.assign(static_cast<std::size_t>(a.keys), -kInfinity);
  double m = -kInfinity, l = 0;
  for (std::int64_t j = 0; j < a.keys; ++j) {
    if (a.causal && j > i + a.keys - a.queries) continue;
    if (a.key_mask != nullptr && a.key_mask[n * a.keys + j] == 0) continue;
    p[static_cast<std::size_t>(j)] = scale * dot(a, row(a, a.q, n, h, i), row(a, a.k, n, h, j));
    m = std::max(m, p[static_cast<std::size_t>(j)]);
  }
  if (m == -kInfinity) {
    p.assign(p.size(), 0);
    return m;
  }
  for (const double s : p) l += std::exp(s - m);
  const double z = m + std::log(l);
  for (double& s : p) s = std::exp(s - z);
  return z;
}

// For every query and head: f(n, h, i, p, z).
template <class T, class F>
void for_each_query(const AttentionArguments<T>& a, const F& f) {
  std::vector<double> p;
  for (std::int64_t n = 0; n < a.samples; ++n)
    for (std::int64_t h = 0; h < a.heads; ++h)
      for (std::int64_t i = 0; i < a.queries; ++i) {
        const double z = probabilities(a, n, h, i, p);
        f(n, h, i, p, z);
      }
}

}  // namespace

template <class T>
void attention(const AttentionArguments<T>& a, const AttentionOperand<T>& y, T* z) {
  for_each_query(a, [&](std::int64_t n, std::int64_t h, std::int64_t i, const std::vector<double>& p, double z_i) {
    std::vector<double> total(static_cast<std::size_t>(a.channels));
    for (std::int64_t j = 0; j < a.keys; ++j)
      for (std::int64_t d = 0; d < a.channels && p[j] != 0; ++d)
        total[d] += p[j] * static_cast<double>(row(a, a.v, n, h, j)[d]);
    std::transform(total.begin(), total.end(), row(a, y, n, h, i), [](double t) { return static_cast<T>(t); });
    if (z != nullptr) z[(n * a.heads + h) * a.queries + i] = static_cast<T>(z_i);
  });
}

template <class T>
void attention_gradient(const AttentionArguments<T>& a, const AttentionGradient<T>& g) {
  const double scale = a.scale == 0 ? 1 / std::sqrt(static_cast<double>(a.channels)) : a.scale;
  const std::size_t width = static_cast<std::size_t>(a.heads * a.channels);
  const auto zeros = [&](std::int64_t tokens) { return std::vector<double>(a.samples * tokens * width); };
  std::vector<double> dq = zeros(a.queries), dk = zeros(a.keys), dv = zeros(a.keys);
  for_each_query(a, [&](std::int64_t n, std::int64_t h, std::int64_t i, const std::vector<double>& p, double) {
    const T *q = row(a, a.q, n, h, i), *dy = row(a, g.dy, n, h, i);
    double* dq_i = &dq[(n * a.queries + i) * width + h * a.channels];
    const double delta = dot(a, dy, row(a, g.y, n, h, i));
    for (std::int64_t j = 0; j < a.keys; ++j) {
      if (p[j] == 0) continue;
      const T* k = row(a, a.k, n, h, j);
      const double ds = p[j] * (dot(a, dy, row(a, a.v, n, h, j)) - delta);
      const std::size_t at = (n * a.keys + j) * width + h * a.channels;
      for (std::int64_t d = 0; d < a.channels; ++d) {
        dq_i[d] += scale * ds * static_cast<double>(k[d]);
        dk[at + d] += scale * ds * static_cast<double>(q[d]);
        dv[at + d] += p[j] * static_cast<double>(dy[d]);
      }
    }
  });
  const auto write = [&](const AttentionOperand<T>& x, std::int64_t tokens, const std::vector<double>& from) {
    if (x.data == nullptr) return;
    for (std::int64_t n = 0; n < a.samples; ++n)
      for (std::int64_t t = 0; t < tokens; ++t)
        for (std::size_t c = 0; c < width; ++c)
          x.data[n * x.sample_stride + t * x.token_stride + c] = static_cast<T>(from[(n * tokens + t) * width + c]);
  };
  write(g.dq, a.queries, dq);
  write(g.dk, a.keys, dk);
  write(g.dv, a.keys, dv);
}

#define ITO_INSTANTIATE(T)                                                                  \
  template void attention<T>(const AttentionArguments<T>&, const AttentionOperand<T>&, T*); \
  template void attention_gradient<T>(const AttentionArguments<T>&, const AttentionGradient<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
