// Test values whose exponents are spread wide, so that a wrong order of summation or a fused operation missing shows
// in the bits; and the loop over everything that must not change a bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/core/simd_target.h"

namespace ito::test {

// n values +-m 2^e with m in [1, 2) and e uniform in [-spread, spread]; about one in 32 is a zero of either sign or,
// with denormals, a denormal.
template <class T>
std::vector<T> wide_values(std::uint64_t seed, std::int64_t n, int spread, bool denormals = false) {
  std::mt19937_64 bits(seed);
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& value : values) {
    const std::uint64_t r = bits();
    const double mantissa = 1.0 + static_cast<double>(r >> 12) * 0x1p-52;
    const int exponent = static_cast<int>(bits() % static_cast<std::uint64_t>(2 * spread + 1)) - spread;
    value = static_cast<T>(std::ldexp(mantissa, exponent));
    const std::uint64_t special = (r >> 1) % 64;
    if (special == 0) value = 0;
    if (special == 1 && denormals) value = std::numeric_limits<T>::denorm_min() * static_cast<T>(1 + r % 1000);
    if ((r & 1) != 0) value = -value;
  }
  return values;
}

// Equal bits; any NaN equals any NaN.
template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (std::isnan(a) && std::isnan(b));
}

// The index of the first element that differs, or -1.
template <class T>
std::int64_t first_difference(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_bits(a[i], b[i])) return static_cast<std::int64_t>(i);
  return -1;
}

// Calls body(context, description) for each SIMD target this CPU can run, on 1, 2, 5 and 7 threads.
template <class Body>
void for_each_configuration(const Body& body) {
  const SimdTarget before = simd_target();
  for (const SimdTarget target : {SimdTarget::avx2, SimdTarget::avx512}) {
    if (!simd_target_supported(target)) continue;
    set_simd_target(target);
    for (const int threads : {1, 2, 5, 7}) {
      Context context{.device = Device::cpu, .threads = threads, .scratch = {}};
      body(context, std::string(simd_target_name(target)) + ", " + std::to_string(threads) + " threads");
    }
  }
  set_simd_target(before);
}

}  // namespace ito::test
