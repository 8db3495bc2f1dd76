#pragma once

#include "tests/samplers/analytic.h"

namespace ito::testing_support {

using Indices = std::vector<int>;

// The training indices that a grid over training times visits before its end.
inline Indices training_indices(const char* name, int n, const GivenParameters& given = {}, int T = 1000) {
  const Grid grid = make_grid(name, *make_path("ddpm_linear"), n, given);
  Indices list;
  for (int i = 0; i < grid.steps(); ++i) {
    const double place = grid[i].value * T - 1;
    list.push_back(static_cast<int>(std::lround(place)));
    EXPECT_NEAR(place, list.back(), 1e-9);
  }
  return list;
}

}  // namespace ito::testing_support
