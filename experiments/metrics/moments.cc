// First and second moments of the samples beside those of as many fresh draws.
//
//   mean_error        |mean(x) - mean(y)|
//   covariance_error  Frobenius norm of cov(x) - cov(y)   (divided by n)
//   rms_radius        sqrt(1/n sum |x_i - mean(y)|^2): how wide the samples lie about the data's mean
#include <cmath>

#include "experiments/metrics/pairs.h"
#include "kernels/core/context.h"
#include "samplers/exact/distances.h"
#include "samplers/exact/products.h"

namespace ito::experiments {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Summary {
  std::vector<double> mean, covariance;
};

Summary summary(std::span<const double> x, std::int64_t d) {
  const std::int64_t n = static_cast<std::int64_t>(x.size()) / d;
  Summary result{std::vector<double>(index(d), 0.0), std::vector<double>(index(d * d), 0.0)};
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) result.mean[index(j)] += x[index(i * d + j)];
  for (double& value : result.mean) value /= static_cast<double>(n);
  std::vector<double> centred(x.begin(), x.end());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) centred[index(i * d + j)] -= result.mean[index(j)];
  add_transposed_multiply(centred, centred, d, d, n, result.covariance);
  for (double& value : result.covariance) value /= static_cast<double>(n);
  return result;
}

double distance(std::span<const double> a, std::span<const double> b) {
  return std::sqrt(squared_distance(a.data(), b.data(), static_cast<std::int64_t>(a.size())));
}

double rms_radius(std::span<const double> x, std::span<const double> centre) {
  const std::int64_t d = static_cast<std::int64_t>(centre.size()), n = static_cast<std::int64_t>(x.size()) / d;
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += squared_distance(x.data() + i * d, centre.data(), d);
  return std::sqrt(sum / static_cast<double>(n));
}

const Register<Metric> moments_metric{
    {.name = "moments",
     .summary =
         "Errors of mean and covariance against fresh draws, and how wide the samples lie about the data's mean.",
     .formula = "mean_error = |mean(x) - mean(y)|,  covariance_error = |cov(x) - cov(y)|_F,\n"
                "rms_radius = sqrt(1/n sum |x_i - mean(y)|^2)"},
    [](const Parameters&) -> Metric {
      return {[](const MetricInput& input) {
        const PointSets sets = point_sets(input, 0, "moments");
        const Summary x = summary(sets.samples, sets.d), y = summary(sets.reference, sets.d);
        std::vector<MetricValue> values{
            {"mean_error", distance(x.mean, y.mean), std::nullopt, /*distance=*/true},
            {"covariance_error", distance(x.covariance, y.covariance), std::nullopt, /*distance=*/true},
            {"rms_radius", rms_radius(sets.samples, y.mean), std::nullopt}};
        if (sets.second.empty()) return values;
        const Summary z = summary(sets.second, sets.d);
        values[0].floor = distance(y.mean, z.mean);
        values[1].floor = distance(y.covariance, z.covariance);
        values[2].floor = rms_radius(sets.second, y.mean);
        return values;
      }};
    }};

}  // namespace
}  // namespace ito::experiments
