// The order of summation that every backend of GEMM keeps, in plain scalar lines (CONTRACT.md).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/core/math_scalar.h"
#include "kernels/gemm/gemm.h"

namespace ito::test {

template <class T>
T activate(kernels::GemmActivation activation, T x) {
  constexpr math::scalar::Operations<T> o{};
  switch (activation) {
    case kernels::GemmActivation::none:
      return x;
    case kernels::GemmActivation::silu:
      return math::scalar::silu(o, x);
    case kernels::GemmActivation::gelu:
      return math::scalar::gelu(o, x);
    case kernels::GemmActivation::gelu_tanh:
      return math::scalar::gelu_tanh(o, x);
    case kernels::GemmActivation::tanh:
      return math::scalar::tanh(o, x);
  }
  return x;
}

// block_k is the contract's; tests pass another to see that the difference shows.
template <class T>
void gemm_oracle(const kernels::GemmArguments<T>& g, std::int64_t block_k = 256) {
  const auto element = [](const kernels::GemmOperand<T>& x, std::int64_t batch, std::int64_t row, std::int64_t column) {
    return x.data[batch * x.batch_stride + (x.transposed ? column * x.row_stride + row : row * x.row_stride + column)];
  };
  std::vector<T> total(static_cast<std::size_t>(g.n)), block(static_cast<std::size_t>(g.n));
  for (std::int64_t batch = 0; batch < g.batch; ++batch)
    for (std::int64_t i = 0; i < g.m; ++i) {
      total.assign(g.n, T(0));
      for (std::int64_t k0 = 0; k0 < g.k; k0 += block_k) {
        block.assign(g.n, T(0));
        for (std::int64_t p = k0; p < std::min(g.k, k0 + block_k); ++p)
          for (std::int64_t j = 0; j < g.n; ++j)
            block[j] = std::fma(element(g.a, batch, i, p), element(g.b, batch, p, j), block[j]);
        for (std::int64_t j = 0; j < g.n; ++j) total[j] += block[j];
      }
      for (std::int64_t j = 0; j < g.n; ++j) {
        const std::int64_t at = batch * g.c_batch_stride + i * g.c_row_stride + j;
        T& c = g.c[at];
        c = g.accumulate ? c + total[j] : total[j];
        if (g.bias != nullptr) c = c + g.bias[j];
        if (g.pre_activation != nullptr) g.pre_activation[at] = c;
        c = activate(g.activation, c);
      }
    }
}

}  // namespace ito::test
