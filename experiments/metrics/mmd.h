// Maximum mean discrepancy with a Gaussian kernel (Gretton et al. 2012), the biased estimate, which is never negative:
//
//   MMD^2 = mean_ij k(x_i, x_j) + mean_ij k(y_i, y_j) - 2 mean_ij k(x_i, y_j),   k(a, b) = exp(-|a - b|^2 / (2 h^2))
#pragma once

#include <cstdint>
#include <span>

#include "kernels/core/context.h"

namespace ito::experiments {

// MMD (the root) of x [n, d] and y [m, d]; bandwidth > 0.
double mmd(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d, double bandwidth);

// The median distance between two different ones of the first 500 points of y (the lower one of two middle ones);
// 1 where it is 0 or there is but one point.
double median_distance(Context& context, std::span<const double> y, std::int64_t d);

}  // namespace ito::experiments
