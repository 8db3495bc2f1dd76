// Factorisations of double matrices, row-major, in plain spans: what exact models and metrics need of linear algebra.
//
// The eigensolver and the Cholesky factor are Eigen's, compiled without vectors and threads so that their bits are the
// same on every machine (CONTRACT.md, "Eigen"); products are ito's own (kernels/gemm).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ito {

// A = V diag(values) V^T.
struct SymmetricEigen {
  std::vector<double> values;   // [n], falling
  std::vector<double> vectors;  // [n, n]: column j belongs to values[j]
};

// The eigenvalues and orthonormal eigenvectors of a symmetric matrix a [n, n], of which the lower triangle is read.
// Order: falling values. Sign: each vector's entry of largest magnitude (the first of equals) is positive.
// InputError when a has an entry that is not finite.
SymmetricEigen symmetric_eigen(std::span<const double> a, std::int64_t n);

// L [n, n], lower triangular with a positive diagonal and zeros above, A = L L^T; the lower triangle of a is read.
// InputError when A is not positive definite.
std::vector<double> cholesky(std::span<const double> a, std::int64_t n);

// L^-1 of a lower triangular L [n, n] (forward substitution, fused multiply-adds over ascending k).
std::vector<double> lower_inverse(std::span<const double> l, std::int64_t n);

// A^-1 = L^-T L^-1 from the Cholesky factor, symmetric to the bit.
std::vector<double> inverse_from_cholesky(std::span<const double> l, std::int64_t n);

}  // namespace ito
