#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

struct Plain {
  std::vector<long double> mean, covariance;
};
Plain plain(const std::vector<long double>& x, std::size_t d) {
  const std::size_t n = x.size() / d;
  Plain result{std::vector<long double>(d, 0), std::vector<long double>(d * d, 0)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t a = 0; a < d; ++a) result.mean[a] += x[i * d + a] / n;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t a = 0; a < d; ++a)
      for (std::size_t b = 0; b < d; ++b)
        result.covariance[a * d + b] += (x[i * d + a] - result.mean[a]) * (x[i * d + b] - result.mean[b]) / n;
  return result;
}
double norm_of_difference(const std::vector<long double>& a, const std::vector<long double>& b) {
  return static_cast<double>(std::sqrt(square(a, 0, b, 0, a.size())));
}
double radius(const std::vector<long double>& x, const std::vector<long double>& centre) {
  const std::size_t d = centre.size(), n = x.size() / d;
  long double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += square(x, i, centre, 0, d);
  return static_cast<double>(std::sqrt(sum / n));
}

TEST(Moments, ValuesAndFloorsAreTheFormulas) {
  for (const std::int64_t d : {1, 2, 13}) {
    // Away from the origin, where a covariance by E x^2 - m^2 would lose digits.
    std::vector<double> shifted = test::scattered(300 * d, 2);
    for (double& v : shifted) v = 50 + 2 * v;
    const Asked asked{.samples = some_points(300, d, 1),
                      .reference = {floats(shifted, 300), {}},
                      .second = {some_points(300, d, 3), {}}};
    const auto x = exactly(asked.samples), y = exactly(asked.reference.x), z = exactly(asked.second.x);
    const Plain of_x = plain(x, d), of_y = plain(y, d), of_z = plain(z, d);
    Values found = measured(metric_of("moments"), asked.input());
    ASSERT_EQ(found.size(), 3u);
    EXPECT_NEAR(found["mean_error"].value, norm_of_difference(of_x.mean, of_y.mean), 1e-11);
    EXPECT_NEAR(*found["mean_error"].floor, norm_of_difference(of_y.mean, of_z.mean), 1e-11);
    EXPECT_NEAR(found["covariance_error"].value, norm_of_difference(of_x.covariance, of_y.covariance), 1e-11);
    EXPECT_NEAR(*found["covariance_error"].floor, norm_of_difference(of_y.covariance, of_z.covariance), 1e-11);
    EXPECT_NEAR(found["rms_radius"].value, radius(x, of_y.mean), 1e-11);
    EXPECT_NEAR(*found["rms_radius"].floor, radius(z, of_y.mean), 1e-11);
    EXPECT_TRUE(found["mean_error"].distance && found["covariance_error"].distance);
    EXPECT_FALSE(found["rms_radius"].distance) << "a radius may lie on either side of its floor";
  }
}

TEST(Moments, OneSampleHasNoSpread) {
  const Asked asked{
      .samples = floats({3, 4}, 1), .reference = {floats({0, 0}, 1), {}}, .second = {floats({0, 1}, 1), {}}};
  Values found = measured(metric_of("moments"), asked.input());
  EXPECT_EQ(found["mean_error"].value, 5);
  EXPECT_EQ(found["covariance_error"].value, 0);
  EXPECT_EQ(found["rms_radius"].value, 5);
}

}  // namespace
}  // namespace ito::experiments
