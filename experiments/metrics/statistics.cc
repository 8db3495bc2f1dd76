#include "experiments/metrics/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/math.h"
#include "kernels/random/random.h"

namespace ito::experiments {

double student_quantile(double p, double degrees) {
  require(p > 0 && p < 1 && degrees > 0, "student_quantile: expected p in (0, 1) and degrees > 0");
  if (p == 0.5) return 0;
  const double tails = 2 * std::min(p, 1 - p);
  const double x = math::incomplete_beta_inverse(degrees / 2, 0.5, tails);
  const double t = std::sqrt(degrees * (1 - x) / x);
  return p < 0.5 ? -t : t;
}

MeanEstimate estimate_mean(std::span<const double> values, double confidence) {
  require(!values.empty(), "estimate_mean: there are no values");
  require(confidence > 0 && confidence < 1, "estimate_mean: the confidence must be between 0 and 1");
  MeanEstimate estimate;
  estimate.n = static_cast<std::int64_t>(values.size());
  const double n = static_cast<double>(values.size());
  for (const double value : values) estimate.mean += value;
  estimate.mean /= n;
  if (values.size() < 2) return estimate;
  double squares = 0;
  for (const double value : values) squares += (value - estimate.mean) * (value - estimate.mean);
  estimate.standard_error = std::sqrt(squares / (n - 1) / n);
  const double half = student_quantile(0.5 + confidence / 2, n - 1) * *estimate.standard_error;
  estimate.low = estimate.mean - half;
  estimate.high = estimate.mean + half;
  return estimate;
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b, std::span<const double> floors,
                                   double confidence) {
  require(a.size() == b.size(), "paired_difference: a and b have different numbers of seeds");
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  PairedDifference result;
  result.difference = estimate_mean(differences, confidence);
  if (!result.difference.low) return result;
  double floor_half = 0;
  if (floors.size() >= 2) {
    const MeanEstimate floor = estimate_mean(floors, confidence);
    floor_half = *floor.high - floor.mean;
  }
  const bool holds_zero = *result.difference.low <= 0 && *result.difference.high >= 0;
  result.resolved = !holds_zero && std::abs(result.difference.mean) > floor_half;
  return result;
}

Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, int resamples, double confidence) {
  require(!values.empty(), "bootstrap_mean: there are no values");
  require(values.size() <= std::numeric_limits<std::uint32_t>::max(), "bootstrap_mean: too many values");
  require(resamples >= 20, "bootstrap_mean: at least 20 resamples are needed");
  require(confidence > 0 && confidence < 1, "bootstrap_mean: the confidence must be between 0 and 1");
  const RandomKey key(seed, 0, Stream::metric, 1);
  const std::uint32_t n = static_cast<std::uint32_t>(values.size());
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (std::uint32_t r = 0; r < static_cast<std::uint32_t>(resamples); ++r) {
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) sum += values[random_below(key, r, i, n)];
    means[r] = sum / n;
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double p) {
    return means[static_cast<std::size_t>(std::floor(p * static_cast<double>(resamples - 1) + 0.5))];
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2)};
}

}  // namespace ito::experiments
