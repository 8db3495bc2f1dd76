// Cell: one point of a sweep, and what came out of it. What the runner writes, the store keeps and the report reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/metrics/metric.h"
#include "samplers/registry.h"

namespace ito::experiments {

enum class CellStatus { finished, diverged };

struct CellResult {
  std::string key;                    // SHA-256 (hex) of everything that decides the bits
  int section = 0;                    // which [[sweep]] of the recipe; 0 is the first
  std::map<std::string, Value> axes;  // the swept keys and their values here: {"grid.steps": 10, "seed": 1}
  CellStatus status = CellStatus::finished;
  std::string message;  // for diverged: step and tensor
  std::int64_t nfe = 0;
  double seconds = 0;  // not covered by the contract
  std::vector<MetricValue> metrics;
  std::string samples_hash;  // SHA-256 of the samples' bytes: what `ito verify` compares
};

}  // namespace ito::experiments
