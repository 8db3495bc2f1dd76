// Two interleaved half circles, one class each (scikit-learn's make_moons), moved to mean 0 and scaled so that the mean
// square of a coordinate is 1.
//
//   class 0: (cos a, sin a),   class 1: (1 - cos a, 1/2 - sin a),   a uniform on [0, pi], plus noise z
#include <cmath>

#include "experiments/data/point_law.h"
#include "kernels/core/math.h"

namespace ito::experiments {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kNumerics = 1;

std::shared_ptr<const Dataset> make_moons(const Parameters& p) {
  const double noise = p.number("noise");
  PointLaw law;
  law.name = "moons";
  law.hash = law_hash(law.name, kNumerics, p);
  law.class_weights = {1, 1};
  law.class_names = {"upper moon", "lower moon"};
  // Means (1/2, 1/4). About them: var x = 1/2 + 1/4, var y = 1/2 - 4/pi^2 within a moon, plus (2/pi - 1/4)^2 between.
  const double between = 2 / kPi - 0.25;
  const double square = (0.75 + (0.5 - 4 / (kPi * kPi)) + between * between) / 2 + noise * noise;
  const double scale = 1 / std::sqrt(square);
  law.formula = [=](const PointNumbers& n, double* x) {
    const double a = kPi * n.u[0], c = math::cos(a), s = math::sin(a);
    const double px = n.label == 0 ? c : 1 - c, py = n.label == 0 ? s : 0.5 - s;
    x[0] = scale * (px - 0.5 + noise * n.z[0]);
    x[1] = scale * (py - 0.25 + noise * n.z[1]);
  };
  return point_dataset(std::move(law));
}

const Register<Dataset> moons{
    {.name = "moons",
     .paper = "scikit-learn, make_moons",
     .summary = "two interleaved half circles, one class each",
     .formula = "(cos a, sin a) or (1 - cos a, 1/2 - sin a), a uniform on [0, pi], + noise z",
     .parameters = {{"noise", 0.05, "standard deviation, in units of a moon's radius", 0, 10}},
     .numerics = kNumerics},
    make_moons};

}  // namespace
}  // namespace ito::experiments
