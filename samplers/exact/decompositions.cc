// The only file of the library that includes Eigen. Its results must not depend on the CPU's cache sizes or vector
// width, so both are fixed here before first use. Tests may include Eigen with vectors: the renamed namespace keeps
// this scalar copy apart from theirs, where the linker would otherwise choose one of two bodies for one symbol.
#define EIGEN_DONT_VECTORIZE
#define EIGEN_DONT_PARALLELIZE
#define Eigen ito_scalar_eigen
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "samplers/exact/decompositions.h"

#include <fmt/format.h>

#include <cmath>

#include "kernels/core/error.h"

namespace ito {

namespace {

namespace eigen = ito_scalar_eigen;
using Matrix = eigen::Matrix<double, eigen::Dynamic, eigen::Dynamic>;
using ConstView = eigen::Map<const eigen::Matrix<double, eigen::Dynamic, eigen::Dynamic, eigen::RowMajor>>;

void fix_cache_sizes() {
  static const bool once = [] {
    eigen::setCpuCacheSizes(32 * 1024, 256 * 1024, 2 * 1024 * 1024);
    return true;
  }();
  (void)once;
}

void check_square(std::span<const double> a, std::int64_t n, const char* what) {
  if (n < 0 || static_cast<std::int64_t>(a.size()) != n * n)
    throw InputError(fmt::format("{}: expected a matrix of {} x {}, got {} numbers", what, n, n, a.size()));
}

}  // namespace

SymmetricEigen symmetric_eigen(std::span<const double> a, std::int64_t n) {
  check_square(a, n, "symmetric_eigen");
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      if (!std::isfinite(a[static_cast<std::size_t>(i * n + j)]))
        throw InputError(fmt::format("symmetric_eigen: entry ({}, {}) is not finite", i, j));
  SymmetricEigen result;
  result.values.resize(static_cast<std::size_t>(n));
  result.vectors.resize(static_cast<std::size_t>(n * n));
  if (n == 0) return result;
  fix_cache_sizes();
  const eigen::SelfAdjointEigenSolver<Matrix> solver(Matrix(ConstView(a.data(), n, n)));
  if (solver.info() != eigen::Success) throw InputError("symmetric_eigen: the iteration did not converge");
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t source = n - 1 - j;  // Eigen's values rise
    std::int64_t largest = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (std::abs(solver.eigenvectors()(i, source)) > std::abs(solver.eigenvectors()(largest, source))) largest = i;
    const double sign = solver.eigenvectors()(largest, source) < 0 ? -1.0 : 1.0;
    result.values[static_cast<std::size_t>(j)] = solver.eigenvalues()(source);
    for (std::int64_t i = 0; i < n; ++i)
      result.vectors[static_cast<std::size_t>(i * n + j)] = sign * solver.eigenvectors()(i, source);
  }
  return result;
}

std::vector<double> cholesky(std::span<const double> a, std::int64_t n) {
  check_square(a, n, "cholesky");
  std::vector<double> l(static_cast<std::size_t>(n * n), 0.0);
  if (n == 0) return l;
  fix_cache_sizes();
  const eigen::LLT<Matrix, eigen::Lower> factor(Matrix(ConstView(a.data(), n, n)));
  const Matrix& lower = factor.matrixLLT();
  for (std::int64_t i = 0; i < n; ++i) {
    if (factor.info() != eigen::Success || !(lower(i, i) > 0))
      throw InputError(fmt::format("cholesky: the {} x {} matrix is not positive definite", n, n));
    for (std::int64_t j = 0; j <= i; ++j) l[static_cast<std::size_t>(i * n + j)] = lower(i, j);
  }
  return l;
}

std::vector<double> lower_inverse(std::span<const double> l, std::int64_t n) {
  check_square(l, n, "lower_inverse");
  std::vector<double> inverse(static_cast<std::size_t>(n * n), 0.0);
  const auto at = [n](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * n + j); };
  // Row i of L^-1 is (e_i - sum_{k<i} L_ik row_k) / L_ii: whole rows, so memory runs in order.
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < i; ++k)
      for (std::int64_t j = 0; j <= k; ++j)
        inverse[at(i, j)] = std::fma(-l[at(i, k)], inverse[at(k, j)], inverse[at(i, j)]);
    for (std::int64_t j = 0; j < i; ++j) inverse[at(i, j)] /= l[at(i, i)];
    inverse[at(i, i)] = 1.0 / l[at(i, i)];
  }
  return inverse;
}

std::vector<double> inverse_from_cholesky(std::span<const double> l, std::int64_t n) {
  const std::vector<double> lower = lower_inverse(l, n);
  std::vector<double> inverse(static_cast<std::size_t>(n * n), 0.0);
  const auto at = [n](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * n + j); };
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t i = 0; i <= k; ++i)
      for (std::int64_t j = 0; j <= i; ++j)
        inverse[at(i, j)] = std::fma(lower[at(k, i)], lower[at(k, j)], inverse[at(i, j)]);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) inverse[at(j, i)] = inverse[at(i, j)];
  return inverse;
}

}  // namespace ito
