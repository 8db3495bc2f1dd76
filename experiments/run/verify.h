// Computing stored cells again, and comparing every bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ito::experiments {

struct VerifiedCell {
  std::string key;
  std::string axes;
  bool equal = false;
  std::string difference;  // what differs first
};

struct Verification {
  std::vector<VerifiedCell> cells;
  std::int64_t missing = 0;  // cells of the plan that were not run (or have another key now)
  int signal = 0;
};

// only: as after --only. most: how many cells, spread evenly over the run; 0: all.
Verification verify(const std::filesystem::path& folder, const std::vector<std::string>& only, std::int64_t most);

}  // namespace ito::experiments
