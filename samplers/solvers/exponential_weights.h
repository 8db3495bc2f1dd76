// What exponential integrators in lambda multiply the model's outputs by, without cancellation for small steps.
//
//   phi_k(z) = int_0^1 e^{z (1 - v)} v^{k-1}/(k-1)! dv,   phi_1(z) = (e^z - 1)/z,   phi_{k+1}(z) = (phi_k(z) - 1/k!)/z
//
// Variation of constants, with h = lambda_s - lambda_t and v = (lambda - lambda_t)/h (DPM-Solver, eq. 3.4;
// DPM-Solver++, eq. 8):
//
//   x_s = (sigma_s/sigma_t) x_t + alpha_s h int_0^1 e^{-h (1 - v)} x_0-hat dv
//   x_s = (alpha_s/alpha_t) x_t - sigma_s h int_0^1 e^{+h (1 - v)} eps-hat dv
//
// The papers' letters in these: e^{-h} - 1 = -h phi_1(-h),  (e^{-h} - 1)/h + 1 = h phi_2(-h),
// (e^{-h} - 1 + h)/h^2 - 1/2 = -h phi_3(-h);  e^h - 1 = h phi_1(h),  (e^h - 1)/h - 1 = h phi_2(h).
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/core/math.h"

namespace ito {

// phi_k(z), k in 1 .. 5, to a relative error below 1e-14: Taylor's series for |z| < 2 (its terms fall from the second
// on), else the recurrence, which loses less than a digit there.
inline double phi(int k, double z) {
  double factorial = 1;  // k!
  for (int i = 2; i <= k; ++i) factorial *= i;
  if (k > 1 && std::abs(z) < 2.0) {
    constexpr int kTerms = 24;  // the first left out is 2^25 2!/27! = 6e-21
    double sum = 1;             // 1 + z/(k+1) (1 + z/(k+2) (1 + ...))
    for (int j = kTerms; j >= 1; --j) sum = std::fma(z / (k + j), sum, 1.0);
    return sum / factorial;
  }
  double value = z == 0.0 ? 1.0 : math::expm1(z) / z;
  double of_last = 1;  // 1/i!
  for (int i = 1; i < k; ++i) {
    of_last /= i;
    value = (value - of_last) / z;
  }
  return value;
}

// The coefficients of v^0, v^1, ... of the Lagrange polynomial that is 1 at places[j] and 0 at the others.
inline std::vector<double> lagrange_coefficients(std::span<const double> places, std::size_t j) {
  std::vector<double> c{1.0};
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i == j) continue;
    const double scale = 1.0 / (places[j] - places[i]);
    c.push_back(0.0);  // c <- c (v - places[i]) scale
    for (std::size_t k = c.size() - 1; k > 0; --k) c[k] = (c[k - 1] - places[i] * c[k]) * scale;
    c[0] *= -places[i] * scale;
  }
  return c;
}

// w_j = int_0^1 e^{z (1 - v)} l_j(v) dv: the weight of the output at places[j] when the outputs are interpolated by a
// polynomial in v. z = 0 gives Adams' weights on any places.
inline std::vector<double> exponential_weights(double z, std::span<const double> places) {
  std::vector<double> weights;
  for (std::size_t j = 0; j < places.size(); ++j) {
    const std::vector<double> c = lagrange_coefficients(places, j);
    double weight = 0, factorial = 1;  // int e^{z (1 - v)} v^k dv = k! phi_{k+1}(z)
    for (std::size_t k = 0; k < c.size(); ++k) {
      if (k > 1) factorial *= static_cast<double>(k);
      weight = std::fma(c[k] * factorial, phi(static_cast<int>(k) + 1, z), weight);
    }
    weights.push_back(weight);
  }
  return weights;
}

}  // namespace ito
