#include "samplers/solvers/exponential_weights.h"

namespace ito {
namespace {

// phi_k by its series in long double where that does not cancel, else by the recurrence.
long double exact_phi(int k, long double z) {
  if (std::abs(z) > 8) {
    long double value = expl(z), of_last = 1;
    for (int i = 0; i < k; ++i) {
      value = (value - of_last) / z;
      of_last /= i + 1;
    }
    return value;
  }
  long double term = 1, sum = 0;
  for (int i = 2; i <= k; ++i) term /= i;
  for (int j = 1; j < 200; ++j) {
    sum += term;
    term *= z / (k + j);
  }
  return sum;
}

TEST(ExponentialWeights, PhiIsItsSeriesEverywhere) {
  for (int k = 1; k <= 5; ++k) {
    for (double z = 1e-12; z < 60; z *= 1.37)
      for (const double signed_z : {z, -z})
        EXPECT_NEAR(phi(k, signed_z) / static_cast<double>(exact_phi(k, signed_z)), 1.0, 1e-14) << k << " " << signed_z;
    double factorial = 1;
    for (int i = 2; i <= k; ++i) factorial *= i;
    EXPECT_EQ(phi(k, 0.0), 1 / factorial) << k;
  }
}

// int_0^1 e^{z (1 - v)} p(v) dv for p of the degree that so many places determine, by Simpson's rule in long double.
TEST(ExponentialWeights, IntegratePolynomialsExactly) {
  const std::vector<double> places = {0.0, -0.7, -1.9, 1.0};
  for (const double z : {-3.0, -0.4, 0.0, 0.01, 2.5})
    for (std::size_t n = 1; n <= places.size(); ++n) {
      const std::vector<double> w = exponential_weights(z, std::span(places).first(n));
      const auto p = [n](long double v) {
        return n == 1 ? 0.8L : n == 2 ? 0.8L - v : n == 3 ? 0.8L - v + v * v : 0.8L - v + v * v - 0.3L * v * v * v;
      };
      double got = 0;
      for (std::size_t j = 0; j < n; ++j) got += w[j] * static_cast<double>(p(places[j]));
      long double integral = 0;
      constexpr int kCells = 2000;
      for (int i = 0; i < kCells; ++i) {
        const long double a = i / 2000.0L, half = 0.5L / kCells;
        const auto f = [&](long double v) { return expl(z * (1 - v)) * p(v); };
        integral += (f(a) + 4 * f(a + half) + f(a + 2 * half)) * half / 3;
      }
      EXPECT_NEAR(got, static_cast<double>(integral), 1e-13) << z << " " << n;
    }
}

// z = 0 on equal places: Adams and Bashforth's.
TEST(ExponentialWeights, AreAdamsBashforthWithoutAnExponent) {
  const std::vector<double> w = exponential_weights(0.0, std::vector<double>{0, -1, -2, -3});
  const double expected[] = {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24};
  for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(w[j], expected[j], 1e-14);
}

}  // namespace
}  // namespace ito
