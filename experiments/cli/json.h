// What --json prints: the schemas that `ito explain json` documents.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/laws/cell_law.h"
#include "experiments/orders/order.h"
#include "experiments/run/estimate.h"
#include "experiments/run/findings.h"
#include "experiments/store/cell.h"
#include "samplers/registry.h"

namespace ito::experiments {

std::string run_json(const std::string& recipe, const std::string& hash, const std::vector<CellResult>& cells,
                     const std::vector<FindingResult>& findings);
std::string list_json(const std::vector<const Entry*>& entries);
std::string exact_json(const std::string& recipe, const std::vector<CellLaw>& laws);
std::string check_json(const WorkEstimate& work);

struct Doctor {
  std::string cpu;
  std::string simd;
  int threads = 1;
  std::optional<std::string> gpu;
  std::vector<std::pair<std::string, std::string>> libraries;
};
std::string doctor_json(const Doctor& doctor);

std::string score_json(const std::string& file, const std::string& data, const std::vector<MetricValue>& metrics);

std::string orders_json(const std::vector<MeasuredOrder>& measured);

std::string explain_json();

}  // namespace ito::experiments
