// The Frechet distance between the Gaussians fitted to two sets of points (Dowson, Landau 1982; Heusel 2017, eq. 6):
//
//   d^2 = |m_x - m_y|^2 + tr(S_x + S_y - 2 (S_x S_y)^(1/2)),   S with divisor n - 1
// tr (S_x S_y)^(1/2) is taken as that of (S_x^(1/2) S_y S_x^(1/2))^(1/2), which is symmetric. Printed as d^2, as the
// field does.
#pragma once

#include <cstdint>
#include <span>

namespace ito::experiments {

// x [n, d], y [m, d], n and m at least 2.
double frechet_distance(std::span<const double> x, std::span<const double> y, std::int64_t d);

}  // namespace ito::experiments
