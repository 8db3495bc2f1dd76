// Means over seeds, and what may be concluded from them.
//
// Seeds are independent; samplers are compared paired (same seed: same noise, same reference draws), so the difference
// of two is taken seed by seed. Intervals are Student's, with n - 1 degrees of freedom.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ito::experiments {

// The t with P(T <= t) = p for Student's law, p in (0, 1), degrees > 0: by the incomplete beta function's inverse,
// P(|T| > t) = I_x(degrees / 2, 1 / 2), x = degrees / (degrees + t^2).
double student_quantile(double p, double degrees);

struct MeanEstimate {
  double mean = 0;
  std::optional<double> standard_error, low, high;  // none with one value
  std::int64_t n = 0;
};

// values: at least one. confidence in (0, 1).
MeanEstimate estimate_mean(std::span<const double> values, double confidence = 0.95);

struct PairedDifference {
  MeanEstimate difference;  // mean of a_i - b_i
  bool resolved = false;    // false where the difference cannot be told from nothing
};

// a and b of equal length, by seed. Resolved when the interval of the difference does not hold zero and the difference
// is larger than the half width of the floors' interval (floors: the metric between two fresh data draws, by seed; may
// be empty): what two draws of the data themselves differ by is no difference between samplers.
PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   std::span<const double> floors = {}, double confidence = 0.95);

// Percentile bootstrap of the mean: resample r takes value random_below(n) at each place, by counters
// (seed, Stream::metric, sample r), so it is the same everywhere. values: at least one; resamples at least 20.
struct Interval {
  double low = 0, high = 0;
};
Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, int resamples = 1000,
                        double confidence = 0.95);

}  // namespace ito::experiments
