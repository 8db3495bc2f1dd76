// The products that exact models are made of: double matrices, row-major and dense, in the contract's GEMM order
// (chains of fused multiply-adds over ascending k in blocks of 256; a row of the result depends on its own row of A
// alone).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ito {

// C [m, n] = A [m, k] B [k, n].
std::vector<double> multiply(std::span<const double> a, std::span<const double> b, std::int64_t m, std::int64_t n,
                             std::int64_t k);
// C [m, n] = A [m, k] B^T, B [n, k].
std::vector<double> multiply_transposed(std::span<const double> a, std::span<const double> b, std::int64_t m,
                                        std::int64_t n, std::int64_t k);
// C [m, n] += A^T B, A [k, m], B [k, n].
void add_transposed_multiply(std::span<const double> a, std::span<const double> b, std::int64_t m, std::int64_t n,
                             std::int64_t k, std::span<double> c);

}  // namespace ito
