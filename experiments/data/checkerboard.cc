// The dark squares of a checkerboard: a density with sharp edges, where samplers and networks blur.
//
//   squares (i, j) with i + j even of an n x n board over [-1, 1]^2, uniform; the class of a point is its row i
//
// then scaled so that the mean square of a coordinate of the whole board is 1.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/data/point_law.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;

std::shared_ptr<const Dataset> make_checkerboard(const Parameters& p) {
  const std::int64_t n = p.integer("squares");
  PointLaw law;
  law.name = "checkerboard";
  law.hash = law_hash(law.name, kNumerics, p);
  for (std::int64_t i = 0; i < n; ++i) {
    law.class_names.push_back(fmt::format("row {}", i));
    // Dark squares of row i: j = i mod 2, i mod 2 + 2, ...
    law.class_weights.push_back(static_cast<double>((n - i % 2 + 1) / 2));
  }
  const double scale = std::sqrt(3.0);  // a uniform coordinate on [-1, 1] has variance 1/3
  const double side = 2.0 / static_cast<double>(n);
  law.formula = [=](const PointNumbers& numbers, double* x) {
    const std::int64_t i = numbers.label, dark = (n - i % 2 + 1) / 2;
    const std::int64_t j =
        i % 2 + 2 * std::min(static_cast<std::int64_t>(numbers.u[2] * static_cast<double>(dark)), dark - 1);
    x[0] = scale * (-1 + side * (static_cast<double>(j) + numbers.u[0]));
    x[1] = scale * (-1 + side * (static_cast<double>(i) + numbers.u[1]));
  };
  return point_dataset(std::move(law));
}

const Register<Dataset> checkerboard{
    {.name = "checkerboard",
     .summary = "uniform on the dark squares of a board, one class a row: a density with sharp edges",
     .formula = "x = square (i, j) + uniform,  i + j even",
     .parameters = {{"squares", std::int64_t{4}, "squares a side", 2, 256}},
     .numerics = kNumerics},
    make_checkerboard};

}  // namespace
}  // namespace ito::experiments
