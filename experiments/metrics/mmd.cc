#include "experiments/metrics/mmd.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "experiments/metrics/pairs.h"
#include "experiments/metrics/transport.h"
#include "kernels/core/math.h"
#include "kernels/core/parallel.h"
#include "samplers/exact/distances.h"

namespace ito::experiments {

namespace {

// mean_ij k(x_i, y_j): rows ascending. Distances are not kept, so n may be large.
double mean_kernel(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d,
                   double bandwidth) {
  const std::int64_t n = static_cast<std::int64_t>(x.size()) / d, m = static_cast<std::int64_t>(y.size()) / d;
  std::vector<double> rows(static_cast<std::size_t>(n), 0.0);
  parallel_for(context, n, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t j = 0; j < m; ++j)
        rows[static_cast<std::size_t>(i)] +=
            math::exp(squared_distance(x.data() + i * d, y.data() + j * d, d) / (-2 * bandwidth * bandwidth));
  });
  double sum = 0;
  for (const double row : rows) sum += row;
  return sum / (static_cast<double>(n) * static_cast<double>(m));
}

}  // namespace

double mmd(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d, double bandwidth) {
  require(!x.empty() && !y.empty(), "mmd: a set is empty");
  require(bandwidth > 0, "mmd: the bandwidth must be positive");
  const double squared = mean_kernel(context, x, x, d, bandwidth) + mean_kernel(context, y, y, d, bandwidth) -
                         2 * mean_kernel(context, x, y, d, bandwidth);
  return std::sqrt(std::max(squared, 0.0));
}

double median_distance(Context& context, std::span<const double> y, std::int64_t d) {
  const std::int64_t n = std::min<std::int64_t>(500, static_cast<std::int64_t>(y.size()) / d);
  const std::span<const double> first = y.first(static_cast<std::size_t>(n * d));
  const std::vector<double> distances = squared_distances(context, first, first, d);
  std::vector<double> pairs;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) pairs.push_back(distances[static_cast<std::size_t>(i * n + j)]);
  if (pairs.empty()) return 1;
  const auto middle = pairs.begin() + static_cast<std::int64_t>((pairs.size() - 1) / 2);
  std::nth_element(pairs.begin(), middle, pairs.end());
  return *middle > 0 ? std::sqrt(*middle) : 1;
}

namespace {

const Register<Metric> mmd_metric{
    {.name = "mmd",
     .paper = "Gretton et al. 2012, eq. 5",
     .summary = "Maximum mean discrepancy with a Gaussian kernel between the samples and as many fresh draws.",
     .formula = "MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y),  k(a, b) = exp(-|a - b|^2 / (2 h^2))",
     .parameters = {{"bandwidth", 0.0, "h; 0: the median distance between fresh draws", 0},
                    {"compared", std::int64_t{2000}, "samples compared, the first ones; 0: all", 0}}},
    [](const Parameters& p) {
      const double given = p.number("bandwidth");
      // y are the reference draws of the value, and of the floor the second ones: the same law either way.
      return distance_metric(
          "mmd", p.integer("compared"),
          [given](std::span<const double> x, std::span<const double> y, std::int64_t d, std::uint64_t) {
            Context& context = default_context();
            return mmd(context, x, y, d, given > 0 ? given : median_distance(context, y, d));
          });
    }};

}  // namespace
}  // namespace ito::experiments
