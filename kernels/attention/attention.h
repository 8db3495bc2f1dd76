// Scaled dot-product attention, without a matrix of queries x keys (Dao, Fu, Ermon, Rudra, Re 2022).
//
//   s_ij = scale <q_i, k_j>;   p_ij = exp(s_ij - z_i),  z_i = log sum_j exp(s_ij);   y_i = sum_j p_ij v_j
//
//   dv_j = sum_i p_ij dy_i;    ds_ij = p_ij (<dy_i, v_j> - delta_i),  delta_i = <dy_i, y_i>
//   dq_i = scale sum_j ds_ij k_j;    dk_j = scale sum_i ds_ij q_i
//
// for each sample n and head h. A key j is hidden from query i where key_mask[n, j] = 0 or, in causal attention, where
// j > i + keys - queries: the last query sees every key, as when earlier keys are remembered. Sums over j skip hidden
// keys, and what a key hidden by its mask holds (NaN, too) changes nothing. A query that sees no key has y = +0,
// z = -inf and zero gradients.
//
// q, y, dy, dq are [samples, queries, heads, channels]; k, v, dk, dv [samples, keys, heads, channels]; z [samples,
// heads, queries], contiguous. Heads lie beside each other; tokens and samples are as far apart as each operand says,
// so that queries, keys and values may be parts of one projection's rows. Outputs overlap nothing. T is float or
// double.
//
// Order of summation (the contract's). <q, k> and <dy, v> are sums of the GEMM rule (gemm.h) over the channels;
// s = <q, k> scale, rounded. Keys come in blocks of kAttentionBlock from key 0. A block in which a query sees nothing
// is skipped; else, with m the largest score so far, -inf and l = o = +0 at first,
//   m' = max(m, max_j s_j);  a = exp(m - m');  e_j = exp(s_j - m');  e_j = +0 where hidden
//   l = fma(l, a, sum_j e_j), the sum in the contract's lanes;   o = fma(o, a, +0 + (chain of fma(e_j, v_j) from +0))
// and in the end y = (+0 + o) / l, z = m + log l. Gradients: p = exp(s - z); delta in the contract's contiguous order;
// dq is a sum of chains over blocks of keys, dk and dv of chains over blocks of as many queries, from +0 each, totals
// from +0 too; dq and dk are multiplied by scale last. So a number's bits depend on its own query's, key's and head's
// rows, and on the sample, alone; hidden keys that are appended change none (in causal attention: with as many
// queries).
#pragma once

#include <cstdint>

#include "kernels/core/context.h"
#include "kernels/core/contract.h"

namespace ito::kernels {

template <class T>
struct AttentionOperand {
  T* data = nullptr;
  std::int64_t token_stride = 0;   // elements from a token to the next, at least heads x channels
  std::int64_t sample_stride = 0;  // 0: shared by all samples (inputs only)
};

template <class T>
struct AttentionArguments {
  std::int64_t samples = 1;
  std::int64_t heads = 1;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t channels = 0;  // of one head
  double scale = 0;           // 0: 1 / sqrt(channels)
  bool causal = false;
  const std::int32_t* key_mask = nullptr;  // [samples, keys], 0 where hidden; null: all keys are seen
  AttentionOperand<const T> q = {};
  AttentionOperand<const T> k = {};
  AttentionOperand<const T> v = {};
};

// y, and z where it is not null. InputError for negative sizes, no channels, a scale that is not finite, and strides
// that make rows overlap.
template <class T>
void attention(Context& context, const AttentionArguments<T>& arguments, const AttentionOperand<T>& y, T* z);

template <class T>
struct AttentionGradient {
  AttentionOperand<const T> y = {};  // and z: what attention() computed
  const T* z = nullptr;
  AttentionOperand<const T> dy = {};
  AttentionOperand<T> dq = {};  // null where not wanted
  AttentionOperand<T> dk = {};
  AttentionOperand<T> dv = {};
};

template <class T>
void attention_gradient(Context& context, const AttentionArguments<T>& arguments, const AttentionGradient<T>& gradient);

namespace reference {  // plain loops in double, a row of scores at a time
template <class T>
void attention(const AttentionArguments<T>& arguments, const AttentionOperand<T>& y, T* z);
template <class T>
void attention_gradient(const AttentionArguments<T>& arguments, const AttentionGradient<T>& gradient);
}  // namespace reference

namespace simd {
template <class T>
void attention(Context& context, const AttentionArguments<T>& arguments, const AttentionOperand<T>& y, T* z);
template <class T>
void attention_gradient(Context& context, const AttentionArguments<T>& arguments, const AttentionGradient<T>& gradient);
}  // namespace simd

}  // namespace ito::kernels
