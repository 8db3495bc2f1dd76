// Convolution's blocks of k in plain scalar lines, which know nothing of the kernel.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ito::test {

// k over (tap, channel): a block is as many whole taps as fit in 256, at least one; a tap of more channels is cut at
// 256. term(tap, channel) gives the two factors.
template <class T, class Term>
T tap_blocks(std::int64_t taps, std::int64_t channels, const Term& term) {
  const std::int64_t taps_in_block = std::max<std::int64_t>(1, 256 / std::max<std::int64_t>(channels, 1));
  T total = 0, block = 0;
  for (std::int64_t tap = 0; tap < taps; ++tap)
    for (std::int64_t c = 0; c < channels; ++c) {
      if ((c == 0 && tap % taps_in_block == 0) || (c > 0 && c % 256 == 0)) {
        total += block;
        block = 0;
      }
      const auto [a, b] = term(tap, c);
      block = std::fma(a, b, block);
    }
  return total + block;
}

}  // namespace ito::test
