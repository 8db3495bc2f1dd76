#include "kernels/attention/attention.h"

#include <cmath>
#include <string>

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

template <class T>
void check_operand(const AttentionArguments<T>& a, const char* name, const AttentionOperand<T>& x, std::int64_t tokens,
                   bool output) {
  if (x.token_stride < a.heads * a.channels && tokens > 1)
    throw InputError(std::string("attention: the tokens of ") + name + " are " + std::to_string(x.token_stride) +
                     " elements apart, fewer than heads x channels = " + std::to_string(a.heads * a.channels));
  if (!output || a.samples < 2 || tokens == 0) return;
  // Samples behind one another, or their tokens in turn.
  const std::int64_t row = a.heads * a.channels;
  const bool behind = x.sample_stride >= (tokens - 1) * x.token_stride + row;
  const bool in_turn = x.sample_stride >= row && x.token_stride >= (a.samples - 1) * x.sample_stride + row;
  if (!behind && !in_turn)
    throw InputError(std::string("attention: the samples of ") + name + " are " + std::to_string(x.sample_stride) +
                     " elements apart, which makes them overlap");
}

template <class T>
void check_output(const AttentionArguments<T>& a, const char* name, const AttentionOperand<T>& x, std::int64_t tokens) {
  check_operand<T>(a, name, x, tokens, true);
}

// A read-only operand.
template <class T>
void check_input(const AttentionArguments<T>& a, const char* name, const AttentionOperand<const T>& x,
                 std::int64_t tokens) {
  check_operand<T>(a, name, {nullptr, x.token_stride, x.sample_stride}, tokens, false);
}

// The arguments with 0 replaced in scale, checked.
template <class T>
AttentionArguments<T> checked(const Context& context, AttentionArguments<T> a) {
  require_backend(context, "attention");
  require(a.samples >= 0 && a.heads >= 0 && a.queries >= 0 && a.keys >= 0, "attention: a size is negative");
  require(a.channels >= 1, "attention: expected at least one channel a head");
  require(std::isfinite(static_cast<T>(a.scale)), "attention: scale is not finite");
  check_input(a, "q", a.q, a.queries);
  check_input(a, "k", a.k, a.keys);
  check_input(a, "v", a.v, a.keys);
  if (a.scale == 0) a.scale = 1 / std::sqrt(static_cast<double>(a.channels));
  return a;
}

}  // namespace

template <class T>
void attention(Context& context, const AttentionArguments<T>& arguments, const AttentionOperand<T>& y, T* z) {
  const AttentionArguments<T> a = checked(context, arguments);
  check_output(a, "y", y, a.queries);
  simd::attention(context, a, y, z);
}

template <class T>
void attention_gradient(Context& context, const AttentionArguments<T>& arguments, const AttentionGradient<T>& g) {
  const AttentionArguments<T> a = checked(context, arguments);
  check_input(a, "y", g.y, a.queries);
  check_input(a, "dy", g.dy, a.queries);
  if (g.dq.data != nullptr) check_output(a, "dq", g.dq, a.queries);
  if (g.dk.data != nullptr) check_output(a, "dk", g.dk, a.keys);
  if (g.dv.data != nullptr) check_output(a, "dv", g.dv, a.keys);
  simd::attention_gradient(context, a, g);
}

#define ITO_INSTANTIATE(T)                                                                            \
  template void attention<T>(Context&, const AttentionArguments<T>&, const AttentionOperand<T>&, T*); \
  template void attention_gradient<T>(Context&, const AttentionArguments<T>&, const AttentionGradient<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
