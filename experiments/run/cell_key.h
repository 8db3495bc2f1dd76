// A cell's key: SHA-256 of everything that decides its bits (CONTRACT.md).
#pragma once

#include <string>
#include <string_view>

#include "experiments/models/core_numerics.h"
#include "experiments/run/plan.h"

namespace ito::experiments {

// SHA-256 of one entry of a table: its name, numerics and parameters.
std::string entry_hash(const CellSettings& settings, std::string_view kind, const std::string& name);

// data_hash: Dataset::hash. weights: weights_hash of a trained network; empty for an exact model. metrics_hash: what
// the metrics depend on beside the samples; empty where nothing.
std::string cell_key(const CellSettings& settings, const std::string& data_hash, const std::string& weights,
                     const std::string& metrics_hash = "");

}  // namespace ito::experiments
