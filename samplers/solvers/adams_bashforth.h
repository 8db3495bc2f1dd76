// Adams-Bashforth weights for equal steps, newest output first (Adams 1883): what PNDM and its kin combine outputs
// with, whatever the steps are.
#pragma once

#include <span>
#include <vector>

#include "autograd/arithmetic.h"
#include "samplers/solvers/history.h"

namespace ito {

inline std::span<const double> adams_bashforth(std::size_t outputs) {
  static constexpr double k1[] = {1.0};
  static constexpr double k2[] = {3.0 / 2, -1.0 / 2};
  static constexpr double k3[] = {23.0 / 12, -16.0 / 12, 5.0 / 12};
  static constexpr double k4[] = {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24};
  constexpr std::span<const double> kWeights[] = {k1, k2, k3, k4};
  return kWeights[outputs - 1];
}

// of_x x + of_eps eps', where eps' weighs this step's output and those before it.
inline Tensor adams_bashforth_step(double of_x, const Tensor& x, double of_eps, const Tensor& eps_t,
                                   const History& history) {
  const std::span<const double> weights = adams_bashforth(history.size() + 1);
  std::vector<Term> terms{{of_x, x}, {of_eps * weights[0], eps_t}};
  for (std::size_t k = 0; k < history.size(); ++k) terms.push_back({of_eps * weights[k + 1], history[k].value});
  return combine(terms);
}

}  // namespace ito
