// The Frechet distance against closed forms: shifts, scales, and covariances that do not commute.
#include "experiments/metrics/frechet.h"

#include <cmath>
#include <vector>

#include "kernels/core/error.h"
#include "tests/samplers/exact/support.h"

namespace ito::experiments {
namespace {

std::vector<double> moved(std::vector<double> x, std::size_t d, const std::vector<double>& shift, double scale) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = scale * x[i] + shift[i % d];
  return x;
}

// tr S of points, divisor n - 1.
double total_variance(const std::vector<double>& x, std::size_t d) {
  const std::size_t n = x.size() / d;
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += x[i * d + j] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) sum += (x[i * d + j] - mean) * (x[i * d + j] - mean);
  }
  return sum / static_cast<double>(n - 1);
}

TEST(Frechet, OfASetAndItselfMovedAndScaled) {
  const std::size_t d = 5;
  const std::vector<double> x = test::scattered(200 * static_cast<std::int64_t>(d), 3);
  EXPECT_NEAR(frechet_distance(x, x, 5), 0, 1e-12);
  const std::vector<double> shift = {1, -2, 0.5, 0, 3};
  EXPECT_NEAR(frechet_distance(x, moved(x, d, shift, 1), 5), 1 + 4 + 0.25 + 9, 1e-11);
  // S_y = c^2 S_x commutes: tr(S + c^2 S - 2 c S) = (1 - c)^2 tr S. The means differ by (c - 1) m + shift: centre
  // first.
  std::vector<double> centred = x;
  for (std::size_t j = 0; j < d; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < 200; ++i) mean += x[i * d + j] / 200;
    for (std::size_t i = 0; i < 200; ++i) centred[i * d + j] -= mean;
  }
  EXPECT_NEAR(frechet_distance(centred, moved(centred, d, {0, 0, 0, 0, 0}, 3), 5), 4 * total_variance(x, d), 1e-10);
}

// In the plane the root has a closed form: tr (A B)^(1/2) = sqrt(tr AB + 2 sqrt(det A det B)).
TEST(Frechet, CovariancesThatDoNotCommute) {
  const std::vector<double> x = test::scattered(600, 7);
  std::vector<double> y = test::scattered(500, 8);
  for (std::size_t i = 0; i + 1 < y.size(); i += 2) {
    const double a = y[i], b = y[i + 1];
    y[i] = 2 * a + 1.5 * b;
    y[i + 1] = 0.3 * b - a;
  }
  struct Plane {
    double m[2], xx, xy, yy;
  };
  const auto fit = [](const std::vector<double>& p) {
    Plane f{{0, 0}, 0, 0, 0};
    const auto n = static_cast<double>(p.size() / 2);
    for (std::size_t i = 0; i < p.size(); ++i) f.m[i % 2] += p[i] / n;
    for (std::size_t i = 0; i + 1 < p.size(); i += 2) {
      const double u = p[i] - f.m[0], v = p[i + 1] - f.m[1];
      f.xx += u * u / (n - 1), f.xy += u * v / (n - 1), f.yy += v * v / (n - 1);
    }
    return f;
  };
  const Plane a = fit(x), b = fit(y);
  const double trace = a.xx * b.xx + 2 * a.xy * b.xy + a.yy * b.yy;
  const double determinants = (a.xx * a.yy - a.xy * a.xy) * (b.xx * b.yy - b.xy * b.xy);
  const double expected = std::pow(a.m[0] - b.m[0], 2) + std::pow(a.m[1] - b.m[1], 2) + a.xx + a.yy + b.xx + b.yy -
                          2 * std::sqrt(trace + 2 * std::sqrt(determinants));
  EXPECT_NEAR(frechet_distance(x, y, 2), expected, 1e-11);
  EXPECT_NEAR(frechet_distance(y, x, 2), expected, 1e-11);
}

TEST(Frechet, FewerPointsThanDimensions) {
  const std::vector<double> x = test::scattered(3 * 10, 1), y = test::scattered(4 * 10, 2);
  EXPECT_GT(frechet_distance(x, y, 10), 0);
  EXPECT_NEAR(frechet_distance(x, x, 10), 0, 1e-7);  // roots of eigenvalues that are 0 but for rounding
  EXPECT_THROW(frechet_distance(std::vector<double>(10, 0.0), y, 10), InputError);
}

}  // namespace
}  // namespace ito::experiments
