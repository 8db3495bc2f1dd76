// Scaled dot-product attention of several heads; formulas and gradients stand in kernels/attention.
#include "kernels/attention/attention.h"

#include <string>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

struct Problem {
  std::int64_t samples;
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t channels;  // of all heads
  AttentionOptions options;
};

// Queries, keys and values: columns of tensors [N, L, ...], each from its first column.
struct Columns {
  Tensor tensor;
  std::int64_t first = 0;
};
struct Parts {
  Columns q;
  Columns k;
  Columns v;
};

void check(const char* name, Problem& p) {
  const AttentionOptions& options = p.options;
  if (options.heads < 1 || p.channels < 1 || p.channels % options.heads != 0)
    throw InputError(std::string(name) + "(): " + std::to_string(p.channels) + " channels do not make " +
                     std::to_string(options.heads) + " heads of one size");
  const Tensor& mask = options.key_mask;
  if (!mask.defined()) return;
  const Shape expected{p.samples, p.keys};
  if (mask.dtype() != DType::i32 || mask.shape() != expected)
    throw InputError(std::string(name) + "(): expected a key mask int32 " + expected.text() + ", not " +
                     dtype_name(mask.dtype()) + " " + mask.shape().text());
  p.options.key_mask = mask.packed();
}

template <class T>
kernels::AttentionOperand<const T> input(const Columns& x, std::int64_t tokens) {
  const Rows<const T> rows = x.tensor.rows<T>();
  return {rows.data + x.first, rows.stride, tokens * rows.stride};
}
template <class T>
kernels::AttentionOperand<T> output(Columns& x, std::int64_t tokens) {
  if (!x.tensor.defined()) return {};
  const Rows<T> rows = x.tensor.mutable_rows<T>();
  return {rows.data + x.first, rows.stride, tokens * rows.stride};
}

template <class T>
kernels::AttentionArguments<T> arguments(const Problem& p, const Parts& parts) {
  const AttentionOptions& options = p.options;
  return {.samples = p.samples,
          .heads = options.heads,
          .queries = p.queries,
          .keys = p.keys,
          .channels = p.channels / options.heads,
          .scale = options.scale,
          .causal = options.causal,
          .key_mask = options.key_mask.defined() ? options.key_mask.span<std::int32_t>().data() : nullptr,
          .q = input<T>(parts.q, p.queries),
          .k = input<T>(parts.k, p.keys),
          .v = input<T>(parts.v, p.keys)};
}

// y, and z in its place.
Tensor forward(const Problem& p, const Parts& parts, Tensor& z) {
  const DType dtype = parts.q.tensor.dtype();
  Columns y{Tensor::empty({p.samples, p.queries, p.channels}, dtype, parts.q.tensor.device())};
  z = Tensor::empty({p.samples, p.options.heads, p.queries}, dtype, parts.q.tensor.device());
  with_float_type(dtype, [&]<class T>() {
    kernels::attention<T>(context(y.tensor), arguments<T>(p, parts), output<T>(y, p.queries),
                          z.mutable_span<T>().data());
  });
  return y.tensor;
}

// Writes the gradients that `to` has tensors for.
void backward(const Problem& p, const Parts& parts, const Tensor& y, const Tensor& z, const Tensor& dy, Parts& to) {
  with_float_type(y.dtype(), [&]<class T>() {
    kernels::attention_gradient<T>(context(y), arguments<T>(p, parts),
                                   {.y = input<T>({y}, p.queries),
                                    .z = z.span<T>().data(),
                                    .dy = input<T>({dy}, p.queries),
                                    .dq = output<T>(to.q, p.queries),
                                    .dk = output<T>(to.k, p.keys),
                                    .dv = output<T>(to.v, p.keys)});
  });
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  require(q.defined() && k.defined() && v.defined(), "attention() was given an undefined tensor");
  if (q.rank() != 3 || k.rank() != 3 || v.shape() != k.shape() || q.dim(0) != k.dim(0) || q.dim(2) != k.dim(2) ||
      q.dtype() != k.dtype() || q.dtype() != v.dtype()) {
    const auto text = [](const Tensor& x) { return std::string(dtype_name(x.dtype())) + " " + x.shape().text(); };
    throw InputError("attention(): q " + text(q) + ", k " + text(k) + " and v " + text(v) +
                     " do not fit, expected [N, Lq, C], [N, Lk, C] and [N, Lk, C]");
  }
  Problem p{q.dim(0), q.dim(1), k.dim(1), q.dim(2), options};
  check("attention", p);
  const Parts parts{{q}, {k}, {v}};
  Tensor z;
  Tensor y = forward(p, parts, z);
  // The mask carries no gradient; it is named so that an overwritten one is noticed.
  record(
      "attention", y, {q, k, v, p.options.key_mask},
      [p, parts, y, z](const Tensor& dy) {
        Parts to;
        if (gradient_wanted(0)) to.q.tensor = Tensor::like(parts.q.tensor);
        if (gradient_wanted(1)) to.k.tensor = Tensor::like(parts.k.tensor);
        if (gradient_wanted(2)) to.v.tensor = Tensor::like(parts.v.tensor);
        backward(p, parts, y, z, dy, to);
        return Grads{to.q.tensor, to.k.tensor, to.v.tensor, Tensor()};
      },
      Keeps::inputs_and_output);
  return y;
}

Tensor self_attention(const Tensor& qkv, const AttentionOptions& options) {
  require(qkv.defined(), "self_attention() was given an undefined tensor");
  if (qkv.rank() != 3 || qkv.dim(2) % 3 != 0)
    throw InputError("self_attention(): expected [N, L, 3 C], queries, keys and values beside each other, not " +
                     qkv.shape().text());
  const std::int64_t channels = qkv.dim(2) / 3;
  Problem p{qkv.dim(0), qkv.dim(1), qkv.dim(1), channels, options};
  check("self_attention", p);
  const auto parts = [channels](const Tensor& x) { return Parts{{x, 0}, {x, channels}, {x, 2 * channels}}; };
  Tensor z;
  Tensor y = forward(p, parts(qkv), z);
  record(
      "self_attention", y, {qkv, p.options.key_mask},
      [p, parts, qkv, y, z](const Tensor& dy) {
        Parts to = parts(Tensor::like(qkv));
        backward(p, parts(qkv), y, z, dy, to);
        return Grads{to.q.tensor, Tensor()};
      },
      Keeps::inputs_and_output);
  return y;
}

}  // namespace ito
