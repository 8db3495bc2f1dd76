// Two runs side by side: which cells are the same bits, and by how much the others differ.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/metrics/statistics.h"
#include "experiments/run/stored_run.h"

namespace ito::experiments {

// A metric of the cells that differ in seed only, in both runs. The difference b - a is paired by seed.
struct MetricComparison {
  std::string axes;  // without the seed
  std::string metric;
  double a = 0, b = 0;  // means over the common seeds
  MeanEstimate difference;
  int seeds = 0;
};

struct Comparison {
  std::int64_t equal = 0;                   // cells with one key and one hash of samples
  std::vector<std::string> only_a, only_b;  // axes of cells that the other run has no partner for
  std::int64_t other_key = 0;               // partners (same axes) with another key
  std::int64_t other_bits = 0;              // partners with one key and other samples: the contract is broken
  std::vector<MetricComparison> differing;
};
Comparison compare(const StoredRun& a, const StoredRun& b);

}  // namespace ito::experiments
