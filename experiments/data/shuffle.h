// Which example stands at which place: a Fisher-Yates shuffle whose numbers are counters.
#pragma once

#include <cstdint>
#include <vector>

namespace ito::experiments {

// A permutation of 0 .. n - 1 for this seed and epoch (Stream::shuffle). n < 2^32.
//   for i = n - 1 .. 1: swap places i and j, j uniform in 0 .. i from word i
std::vector<std::int32_t> shuffled(std::int64_t n, std::uint64_t seed, std::int64_t epoch);

}  // namespace ito::experiments
