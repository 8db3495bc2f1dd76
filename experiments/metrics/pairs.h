// What distances between point sets share: the first `count` samples and references as double rows, and the floor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "experiments/metrics/metric.h"

namespace ito::experiments {

struct PointSets {
  std::vector<double> samples, reference, second;  // [n, d]; second empty where there are no others
  std::int64_t n = 0, d = 0;
};

// The first `count` (0: all) of the samples, of the reference draws and of the second ones. InputError, naming the
// metric, where they are fewer or of another size.
PointSets point_sets(const MetricInput& input, std::int64_t count, const char* metric);

// The metric that is distance(samples, reference), beside its floor distance(reference, second), which is remembered by
// the draws and the seed.
using PointDistance =
    std::function<double(std::span<const double> x, std::span<const double> y, std::int64_t d, std::uint64_t seed)>;
Metric distance_metric(std::string name, std::int64_t count, PointDistance distance);

}  // namespace ito::experiments
