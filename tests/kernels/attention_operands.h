// Operands of attention with room between their tokens, and what kernel and oracle compute from them.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/attention/attention.h"
#include "tests/kernels/attention_oracle.h"
#include "tests/kernels/wide_values.h"

namespace ito::test {

enum class Hidden : unsigned char { none, some, tail, first_block, all_of_a_sample };

struct AttentionSize {
  std::int64_t samples, queries, keys, heads, channels;
  bool causal = false;
  Hidden hidden = Hidden::none;
  std::int64_t padding = 0;  // elements between tokens, and between samples
  double scale = 0;

  std::string text() const {
    std::ostringstream out;
    out << samples << " x (" << queries << ", " << keys << ") x " << heads << " x " << channels
        << (causal ? ", causal" : "") << ", mask " << static_cast<int>(hidden) << ", padding " << padding;
    return out.str();
  }
};

// Operands with room between their tokens, and what is computed from them.
template <class T>
struct AttentionOperands {
  AttentionSize size;
  std::vector<T> q, k, v, dy;
  std::vector<std::int32_t> mask;

  struct Results {
    std::vector<T> y, z, dq, dk, dv;
  };

  explicit AttentionOperands(const AttentionSize& s, int spread = 1) : size(s) {
    q = wide_values<T>(1, elements(s.queries), spread);
    k = wide_values<T>(2, elements(s.keys), spread);
    v = wide_values<T>(3, elements(s.keys), spread);
    dy = wide_values<T>(4, elements(s.queries), spread);
    for (std::int64_t n = 0; n < s.samples; ++n)
      for (std::int64_t j = 0; j < s.keys; ++j) {
        const bool hidden = s.hidden == Hidden::some          ? (7 * j + 5 * n) % 3 == 0
                            : s.hidden == Hidden::tail        ? j + 1 + n % 2 >= s.keys
                            : s.hidden == Hidden::first_block ? j < 64
                                                              : s.hidden == Hidden::all_of_a_sample && n == 0;
        mask.push_back(hidden ? 0 : 1 + static_cast<std::int32_t>(j));
      }
  }
  std::int64_t stride() const { return size.heads * size.channels + size.padding; }
  std::int64_t sample_stride(std::int64_t tokens) const { return tokens * stride() + size.padding; }
  std::int64_t elements(std::int64_t tokens) const { return size.samples * sample_stride(tokens); }
  template <class X>
  kernels::AttentionOperand<X> operand(X* data, std::int64_t tokens) const {
    return {data, stride(), sample_stride(tokens)};
  }
  kernels::AttentionArguments<T> arguments() const {
    return {.samples = size.samples,
            .heads = size.heads,
            .queries = size.queries,
            .keys = size.keys,
            .channels = size.channels,
            .scale = size.scale,
            .causal = size.causal,
            .key_mask = size.hidden == Hidden::none ? nullptr : mask.data(),
            .q = operand(q.data(), size.queries),
            .k = operand(k.data(), size.keys),
            .v = operand(v.data(), size.keys)};
  }
  // What stands between tokens must stay as it was.
  template <class Forward>
  void compute_forward(const Forward& forward, Results& r) const {
    r.y.assign(q.size(), T(-7));
    r.z.assign(static_cast<std::size_t>(size.samples * size.heads * size.queries), T(-7));
    forward(arguments(), operand(r.y.data(), size.queries), r.z.data());
  }
  kernels::AttentionGradient<T> gradient(const Results& from, Results& to) const {
    to.dq.assign(q.size(), T(-7));
    to.dk.assign(k.size(), T(-7));
    to.dv.assign(v.size(), T(-7));
    return {.y = operand(from.y.data(), size.queries),
            .z = from.z.data(),
            .dy = operand(dy.data(), size.queries),
            .dq = operand(to.dq.data(), size.queries),
            .dk = operand(to.dk.data(), size.keys),
            .dv = operand(to.dv.data(), size.keys)};
  }
  Results oracle(std::int64_t block = 64) const {
    Results r;
    compute_forward([block](const auto& a, const auto& y, T* z) { attention_oracle(a, y, z, block); }, r);
    attention_gradient_oracle(arguments(), gradient(r, r), block);
    return r;
  }
  Results kernel(Context& context) const {
    Results r;
    compute_forward([&](const auto& a, const auto& y, T* z) { kernels::attention(context, a, y, z); }, r);
    kernels::attention_gradient(context, arguments(), gradient(r, r));
    return r;
  }
};

}  // namespace ito::test
