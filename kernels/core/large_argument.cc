#include "kernels/core/large_argument.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/core/math_scalar.h"

namespace ito::math {
namespace {

__extension__ using uint128 = unsigned __int128;
using Angle = scalar::Angle<scalar::Operations<double>>;

// 2 / pi, binary digits after the point, 64 a word.
constexpr std::array<std::uint64_t, 19> kTwoOverPi = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
    0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

// 64 digits from digit `first` on (0 is the first after the point; those before it are 0).
std::uint64_t digits(int first) {
  if (first < 0) return first <= -64 ? 0 : kTwoOverPi[0] >> -first;
  const std::size_t word = static_cast<std::size_t>(first / 64);
  const int shift = first % 64;
  return shift == 0 ? kTwoOverPi[word] : (kTwoOverPi[word] << shift) | (kTwoOverPi[word + 1] >> (64 - shift));
}

// |x| = m 2^e, m whole, and |x| 2/pi mod 4 as a fixed-point number: 2 bits quadrant, 190 bits of fraction.
Angle reduce_large(double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  const int e = static_cast<int>(bits >> 52 & 0x7ff) - 1075;
  // Digit number e - 2 has weight 2^(e - (e - 2) - 1) m = 2 m: digits left of it are multiples of 4.
  const std::uint64_t w0 = digits(e - 2), w1 = digits(e + 62), w2 = digits(e + 126);
  const uint128 p2 = static_cast<uint128>(m) * w2;
  const uint128 p1 = static_cast<uint128>(m) * w1 + static_cast<std::uint64_t>(p2 >> 64);
  const std::uint64_t high = m * w0 + static_cast<std::uint64_t>(p1 >> 64);
  uint128 fraction = (static_cast<uint128>(high) << 66) | (static_cast<uint128>(static_cast<std::uint64_t>(p1)) << 2) |
                     (static_cast<std::uint64_t>(p2) >> 62);
  std::uint64_t quadrant = high >> 62;
  const bool up = (fraction >> 127) != 0;  // to the nearest multiple: fraction in [-1/2, 1/2)
  if (up) {
    ++quadrant;
    fraction = -fraction;
  }
  // The leading 53 bits and the next 53 of the fraction as two doubles.
  int shift = 0;
  while (shift < 127 && (fraction >> (127 - shift)) == 0) ++shift;
  const uint128 aligned = fraction << shift;
  const double high_part = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(aligned >> 75)), -53 - shift);
  const double low_part =
      std::ldexp(static_cast<double>(static_cast<std::uint64_t>(aligned >> 22) & 0x001fffffffffffff), -106 - shift);
  const double sign = up ? -1.0 : 1.0;
  constexpr double kHigh = scalar::coefficients::kHalfPi[0], kLow = scalar::coefficients::kHalfPi[1];
  const double r = sign * (high_part * kHigh);
  const double r_low =
      sign * (std::fma(high_part, kHigh, -(high_part * kHigh)) + std::fma(high_part, kLow, low_part * kHigh));
  return {static_cast<double>(quadrant & 3), r, r_low};
}

constexpr scalar::Operations<double> kOperations{};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double sin_large(double x) {
  if (!std::isfinite(x)) return kNaN;
  const double y = scalar::sin_angle(kOperations, reduce_large(x));
  return std::signbit(x) ? -y : y;
}

double cos_large(double x) { return std::isfinite(x) ? scalar::cos_angle(kOperations, reduce_large(x)) : kNaN; }

double tan_large(double x) {
  if (!std::isfinite(x)) return kNaN;
  const double y = scalar::tan_angle(kOperations, reduce_large(x));
  return std::signbit(x) ? -y : y;
}

}  // namespace ito::math
