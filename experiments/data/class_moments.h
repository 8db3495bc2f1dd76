// Means and covariances of the classes of a data set, in double: what its exact Gaussians are made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

struct Moments {
  std::int64_t count = 0;
  std::vector<double> mean;        // [D]
  std::vector<double> covariance;  // [D, D], of the examples (divided by count)
};

// One for each class (examples without labels are one class). Two passes: means, then centred products in blocks of
// rows, in the contract's order; the same bits for any number of threads.
std::vector<Moments> class_moments(const Examples& examples, int classes);

// The moments of all examples together:
//   m = sum_c p_c m_c,   S = sum_c p_c (S_c + (m_c - m)(m_c - m)^T),   p_c = n_c / n
Moments pooled(std::span<const Moments> classes);

// The mean over coordinates of the variance.
double mean_variance(const Moments& moments);

}  // namespace ito::experiments
