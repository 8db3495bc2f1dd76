#include "samplers/exact/decompositions.h"

#include "kernels/core/error.h"

namespace ito {
namespace {

// A = B B^T + I for a fixed, unstructured B.
std::vector<double> positive_matrix(std::int64_t n) {
  std::vector<double> b(static_cast<std::size_t>(n * n)), a(b.size());
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<double>((i * 2654435761u) % 1009) / 1009.0 - 0.5;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      long double sum = i == j ? 1 : 0;
      for (std::int64_t k = 0; k < n; ++k) sum += static_cast<long double>(b[i * n + k]) * b[j * n + k];
      a[i * n + j] = static_cast<double>(sum);
    }
  return a;
}

// max |X Y - Z| of row-major square matrices; transposed(Y) when asked.
double product_error(const std::vector<double>& x, const std::vector<double>& y, bool transpose_y,
                     const std::vector<double>& z, std::int64_t n) {
  long double worst = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      long double sum = -static_cast<long double>(z[i * n + j]);
      for (std::int64_t k = 0; k < n; ++k)
        sum += static_cast<long double>(x[i * n + k]) * (transpose_y ? y[j * n + k] : y[k * n + j]);
      worst = std::max(worst, std::abs(sum));
    }
  return static_cast<double>(worst);
}

std::vector<double> identity(std::int64_t n) {
  std::vector<double> eye(static_cast<std::size_t>(n * n), 0.0);
  for (std::int64_t i = 0; i < n; ++i) eye[i * n + i] = 1;
  return eye;
}

TEST(Decompositions, EigenvectorsRebuildTheMatrix) {
  for (const std::int64_t n : {0, 1, 2, 3, 17, 64}) {
    const std::vector<double> a = positive_matrix(n);
    const SymmetricEigen e = symmetric_eigen(a, n);
    std::vector<double> scaled = e.vectors;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) scaled[i * n + j] *= e.values[j];
    const double scale = n == 0 ? 1 : e.values[0];
    EXPECT_LE(product_error(scaled, e.vectors, true, a, n), 1e-14 * (n + 1) * scale) << n;
    EXPECT_LE(product_error(e.vectors, e.vectors, true, identity(n), n), 1e-14 * (n + 1)) << n;
  }
}

// The second-difference matrix has eigenvalues 2 - 2 cos(j pi / (n + 1)).
TEST(Decompositions, EigenvaluesOfTheSecondDifference) {
  const std::int64_t n = 31;
  std::vector<double> a(n * n, 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    a[i * n + i] = 2;
    if (i > 0) a[i * n + i - 1] = -1;  // the upper triangle is not read
  }
  const SymmetricEigen e = symmetric_eigen(a, n);
  for (std::int64_t j = 0; j < n; ++j)
    EXPECT_NEAR(e.values[j], 2 - 2 * std::cos(static_cast<double>(n - j) * M_PI / (n + 1)), 1e-14) << j;
}

TEST(Decompositions, SignAndOrderAreFixed) {
  const std::int64_t n = 12;
  const SymmetricEigen e = symmetric_eigen(positive_matrix(n), n);
  for (std::int64_t j = 0; j < n; ++j) {
    if (j > 0) {
      EXPECT_LE(e.values[j], e.values[j - 1]);
    }
    std::int64_t largest = 0;
    for (std::int64_t i = 1; i < n; ++i)
      if (std::abs(e.vectors[i * n + j]) > std::abs(e.vectors[largest * n + j])) largest = i;
    EXPECT_GT(e.vectors[largest * n + j], 0);
  }
}

TEST(Decompositions, CholeskyAndInverses) {
  for (const std::int64_t n : {1, 2, 5, 40, 129}) {
    const std::vector<double> a = positive_matrix(n);
    const std::vector<double> l = cholesky(a, n);
    EXPECT_LE(product_error(l, l, true, a, n), 1e-15 * (n + 4) * (n + 4)) << n;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = i + 1; j < n; ++j) EXPECT_EQ(l[i * n + j], 0.0);
    EXPECT_LE(product_error(l, lower_inverse(l, n), false, identity(n), n), 1e-13) << n;
    EXPECT_LE(product_error(a, inverse_from_cholesky(l, n), false, identity(n), n), 1e-12) << n;
  }
}

TEST(Decompositions, RefuseBadMatrices) {
  EXPECT_THROW(cholesky(std::vector<double>{1, 0, 2, 1}, 3), InputError);
  EXPECT_THROW(cholesky(std::vector<double>{1, 2, 2, 1}, 2), InputError);
  EXPECT_THROW(cholesky(std::vector<double>{0}, 1), InputError);
  EXPECT_THROW(symmetric_eigen(std::vector<double>{1, 0, std::nan(""), 1}, 2), InputError);
}

}  // namespace
}  // namespace ito
