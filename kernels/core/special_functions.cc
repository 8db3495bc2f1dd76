// Log-gamma and the incomplete beta function: scalar code with loops, in double; float is the rounded double.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/core/math.h"
#include "kernels/core/math_scalar.h"

namespace ito::math {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr scalar::Operations<double> kOperations{};

// log Gamma(x) / ((x - 1) (x - 2)) in x - 3/2, x in [1, 2]; Chebyshev interpolation with 50 digits, error 2e-19.
constexpr double kLogGamma[] = {
    0.4831289505409809,     -0.14595989591430608,    0.06291140107456494,    -0.031308487501011,
    0.01679709863118701,    -0.009425622448469903,   0.0054464578445391956,  -0.0032120740771869587,
    0.0019229161408046633,  -0.0011644144744314428,  0.0007115222443362375,  -0.0004379951121169441,
    0.00027127733700079104, -0.00016889447805205565, 0.00010562089857971805, -6.631178183863316e-05,
    4.179852949779345e-05,  -2.6413604209173792e-05, 1.661254815549013e-05,  -1.055147171708407e-05,
    7.178688442160488e-06,  -4.582359981101768e-06,  1.826707457079586e-06,  -1.1653748625208225e-06,
    2.2803582432149965e-06, -1.467032726469385e-06};
// B_2k / (2k (2k - 1)): Stirling's series in 1 / x^2, times 1 / x; at x >= 8 the next term is below 1e-17.
constexpr double kStirling[] = {0.08333333333333333,    -0.002777777777777778, 0.0007936507936507937,
                                -0.0005952380952380953, 0.0008417508417508417, -0.0019175269175269176,
                                0.00641025641025641,    -0.029550653594771242, 0.17964437236883057};
constexpr double kHalfLogTwoPi = 0.91893853320467274178;

// The continued fraction of I_x(a, b) (Abramowitz, Stegun 26.5.8) by Lentz's rule; quick for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMostTerms = 100000;  // about sqrt(max(a, b)) are taken
  const auto away_from_zero = [](double value) { return std::fabs(value) < kTiny ? kTiny : value; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), h = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    h *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  return h;
}

}  // namespace

// Bound: 10 ULP. [1, 2] by the polynomial, to which the recurrence Gamma(x + 1) = x Gamma(x) leads from (0, 8).
double log_gamma(double x) {
  if (!(x >= 0)) return kNaN;
  if (x == 0 || x == kInfinity) return kInfinity;
  if (x >= 8) {
    const double r = 1 / x;
    return std::fma(x - 0.5, log(x) - 1, kHalfLogTwoPi - 0.5) + r * scalar::polynomial(kOperations, r * r, kStirling);
  }
  if (x < 1) return x * (x - 1) * scalar::polynomial(kOperations, x - 0.5, kLogGamma) - log(x);
  double factor = 1;
  for (; x > 2; factor *= x) x -= 1;
  const double base = (x - 1) * (x - 2) * scalar::polynomial(kOperations, x - 1.5, kLogGamma);
  return factor == 1 ? base : base + log(factor);
}

// Bound: relative 1e-14 (1 + a + b), from the logarithm of the factor x^a (1 - x)^b / B(a, b).
double incomplete_beta(double a, double b, double x) {
  if (!(a > 0 && b > 0 && a < kInfinity && b < kInfinity && x >= 0 && x <= 1)) return kNaN;
  if (x == 0 || x == 1) return x;
  const double front = exp(a * log(x) + b * log1p(-x) - (log_gamma(a) + log_gamma(b) - log_gamma(a + b)));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

// The least double x with I_x(a, b) >= p, by bisection over the bit patterns of [0, 1]: 62 steps.
double incomplete_beta_inverse(double a, double b, double p) {
  if (!(a > 0 && b > 0 && a < kInfinity && b < kInfinity && p >= 0 && p <= 1)) return kNaN;
  if (p == 0 || p == 1) return p;
  std::uint64_t low = 0, high = std::bit_cast<std::uint64_t>(1.0);  // I(low) < p <= I(high)
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (incomplete_beta(a, b, std::bit_cast<double>(middle)) < p ? low : high) = middle;
  }
  return std::bit_cast<double>(high);
}

float log_gamma(float x) { return static_cast<float>(log_gamma(static_cast<double>(x))); }
float incomplete_beta(float a, float b, float x) {
  return static_cast<float>(incomplete_beta(static_cast<double>(a), static_cast<double>(b), static_cast<double>(x)));
}
float incomplete_beta_inverse(float a, float b, float p) {
  return static_cast<float>(
      incomplete_beta_inverse(static_cast<double>(a), static_cast<double>(b), static_cast<double>(p)));
}

}  // namespace ito::math
