// General matrix product, batched, with what usually follows it:
//
//   total = op(A) op(B);   C = total  or  C + total (accumulate);   C = activation(C + bias)
//
//   op(A) [m, k]: A is stored [m, k], or [k, m] when transposed.    op(B) [k, n]: stored [k, n], or [n, k].
//   C [m, n];  bias [n], added to every row;  pre_activation, where wanted, receives C + bias, laid out as C.
// Rows are row_stride elements apart (at least their length), matrices of a batch batch_stride (0: shared by all).
// C must not overlap A or B.
//
// Order of summation (the contract's): an element of C is a chain of fused multiply-adds over ascending k, from +0,
// inside blocks of kGemmBlockK; total = +0, then total += each block in order. So an element's bits depend on its row
// of op(A), its column of op(B) and nothing else.
// Blocking follows BLIS (Van Zee, van de Geijn 2015): packed panels, and a micro-kernel that holds a tile of C in
// registers.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"
#include "kernels/core/contract.h"

namespace ito::kernels {

// As kernels/elementwise computes them; gelu is the exact form, gelu_tanh its usual approximation.
enum class GemmActivation : unsigned char { none, silu, gelu, gelu_tanh, tanh };

template <class T>
struct GemmOperand {
  const T* data = nullptr;
  std::int64_t row_stride = 0;
  bool transposed = false;
  std::int64_t batch_stride = 0;
};

template <class T>
struct GemmArguments {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t batch = 1;
  GemmOperand<T> a = {};
  GemmOperand<T> b = {};
  T* c = nullptr;
  std::int64_t c_row_stride = 0;
  std::int64_t c_batch_stride = 0;
  bool accumulate = false;
  const T* bias = nullptr;
  GemmActivation activation = GemmActivation::none;
  T* pre_activation = nullptr;
};

// T is float or double. InputError for negative sizes, row strides shorter than rows, and a batch without
// c_batch_stride.
template <class T>
void gemm(Context& context, const GemmArguments<T>& arguments);

// Triple loop, products and sums in double: to read, and to test against.
namespace reference {
template <class T>
void gemm(const GemmArguments<T>& arguments);
}  // namespace reference

namespace simd {
template <class T>
void gemm(Context& context, const GemmArguments<T>& arguments);
}  // namespace simd

}  // namespace ito::kernels
