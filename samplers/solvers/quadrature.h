// Integrals of smooth functions in a solver's coefficients: Gauss-Legendre with 8 nodes on panels of equal length.
// Exact for polynomials of degree 15; for e^(c w) on panels shorter than 2/c the relative error is about
// (c L)^17 (8!)^4/(17 (16!)^3) = 2e-18, so that no coefficient needs a series where its closed form cancels.
#pragma once

#include <cmath>
#include <cstddef>

namespace ito {

// Abramowitz, Stegun, table 25.4: nodes +-x_i on [-1, 1] and their weights.
inline constexpr double kGaussNodes[] = {0.18343464249564980493947614236018398, 0.52553240991632898581773904918924635,
                                         0.79666647741362673959155393647583044, 0.96028985649753623168356086856947299};
inline constexpr double kGaussWeights[] = {0.36268378337836198296515044927719561, 0.31370664587788728733796220198660131,
                                           0.22238103445337447054435599442624088,
                                           0.10122853629037625915253135430996219};

// The integral of f over [a, b], on panels no longer than `panel`.
template <class F>
double integral(F f, double a, double b, double panel = 1.0) {
  const double panels = std::fmax(1.0, std::ceil((b - a) / panel)), half = 0.5 * (b - a) / panels;
  double total = 0.0;
  for (double k = 0.0; k < panels; k += 1.0) {
    const double middle = a + (2.0 * k + 1.0) * half;
    double sum = 0.0;
    for (std::size_t i = 0; i < 4; ++i)
      sum += kGaussWeights[i] * (f(middle - half * kGaussNodes[i]) + f(middle + half * kGaussNodes[i]));
    total += half * sum;
  }
  return total;
}

// The Lagrange polynomial of node j at x: 1 at nodes[j], 0 at the others.
template <class Nodes>
double lagrange(const Nodes& nodes, std::size_t j, double x) {
  double product = 1.0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (i != j) product *= (x - nodes[i]) / (nodes[j] - nodes[i]);
  return product;
}

}  // namespace ito
