// Optimal transport between point sets of equal size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/core/context.h"

namespace ito::experiments {

// Squared distances [n, m] between rows of x [n, d] and y [m, d] (samplers/exact/distances.h).
std::vector<double> squared_distances(Context& context, std::span<const double> x, std::span<const double> y,
                                      std::int64_t d);

// The permutation p of 0 .. n - 1 with the least sum of cost[i, p_i] (cost [n, n], not negative, finite), by LEMON's
// network simplex. Costs are rounded to whole numbers of largest * 2^-44 for it, so the sum is least to within
// n largest 2^-44; equal costs are broken the same way on every machine.
std::vector<std::int64_t> assignment(std::span<const double> cost, std::int64_t n);

// W2 = sqrt(1/n min_p sum_i |x_i - y_p(i)|^2), exact. Rows x, y [n, d], n from 1 to 20,000 (of one label).
double w2(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d);

// The same when point i may only be matched to points of its own label: sqrt(sum over labels of n_c W2_c^2 / n). Every
// label occurs equally often in both.
double w2_by_label(Context& context, std::span<const double> x, std::span<const std::int32_t> x_labels,
                   std::span<const double> y, std::span<const std::int32_t> y_labels, std::int64_t d);

// Sliced W2 (Rabin et al. 2012): sqrt of the mean over `projections` directions u, uniform on the sphere, of the
// squared W2 of the projected sets, which sorting solves. Direction r is drawn by counters (seed, Stream::metric,
// sample r).
double sliced_w2(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d,
                 std::int64_t projections, std::uint64_t seed);

}  // namespace ito::experiments
