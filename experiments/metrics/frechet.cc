#include "experiments/metrics/frechet.h"

#include <cmath>
#include <vector>

#include "kernels/core/error.h"
#include "samplers/exact/decompositions.h"
#include "samplers/exact/products.h"

namespace ito::experiments {
namespace {

struct Fitted {
  std::vector<double> mean, covariance;
};

Fitted fit(std::span<const double> x, std::int64_t d) {
  const auto width = static_cast<std::size_t>(d);
  const std::size_t n = x.size() / width;
  require(n >= 2, "the Frechet distance takes at least two points of each set");
  Fitted fitted{std::vector<double>(width, 0), std::vector<double>(width * width, 0)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < width; ++j) fitted.mean[j] += x[i * width + j];
  for (double& m : fitted.mean) m /= static_cast<double>(n);
  std::vector<double> centred(x.begin(), x.end());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < width; ++j) centred[i * width + j] -= fitted.mean[j];
  add_transposed_multiply(centred, centred, d, d, static_cast<std::int64_t>(n), fitted.covariance);
  for (double& s : fitted.covariance) s /= static_cast<double>(n - 1);
  return fitted;
}

// V diag(sqrt(values)) V^T; eigenvalues that rounding made negative count as 0.
std::vector<double> square_root(std::span<const double> a, std::int64_t n) {
  const SymmetricEigen eigen = symmetric_eigen(a, n);
  const auto width = static_cast<std::size_t>(n);
  std::vector<double> scaled = eigen.vectors;
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t j = 0; j < width; ++j) scaled[i * width + j] *= std::sqrt(std::max(eigen.values[j], 0.0));
  return multiply_transposed(scaled, eigen.vectors, n, n, n);
}

}  // namespace

double frechet_distance(std::span<const double> x, std::span<const double> y, std::int64_t d) {
  const Fitted a = fit(x, d), b = fit(y, d);
  const std::vector<double> root = square_root(a.covariance, d);
  std::vector<double> product = multiply(multiply(root, b.covariance, d, d, d), root, d, d, d);
  const auto width = static_cast<std::size_t>(d);
  for (std::size_t i = 0; i < width; ++i)  // symmetric but for rounding
    for (std::size_t j = 0; j < i; ++j) product[i * width + j] = (product[i * width + j] + product[j * width + i]) / 2;
  double sum = 0;
  for (const double value : symmetric_eigen(product, d).values) sum -= 2 * std::sqrt(std::max(value, 0.0));
  for (std::size_t j = 0; j < width; ++j) {
    const double m = a.mean[j] - b.mean[j];
    sum += m * m + a.covariance[j * width + j] + b.covariance[j * width + j];
  }
  return std::max(sum, 0.0);
}

}  // namespace ito::experiments
