// Concentric rings, one class each.
//
//   ring k of K:  r = (k + 1) / K + noise z_0,  angle uniform; a ring's weight is its radius (even along all rings)
//
// then scaled so that the mean square of a coordinate is 1.
#include <fmt/format.h>

#include <cmath>

#include "experiments/data/point_law.h"
#include "kernels/core/math.h"

namespace ito::experiments {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kNumerics = 1;

std::shared_ptr<const Dataset> make_rings(const Parameters& p) {
  const auto rings = static_cast<double>(p.integer("rings"));
  const double noise = p.number("noise");
  PointLaw law;
  law.name = "rings";
  law.hash = law_hash(law.name, kNumerics, p);
  // E r^2 / 2 over the weights w_k = r_k.
  double weight = 0, square = 0;
  for (std::int64_t k = 0; k < p.integer("rings"); ++k) {
    const double r = static_cast<double>(k + 1) / rings;
    law.class_names.push_back(fmt::format("ring {}", k));
    law.class_weights.push_back(r);
    weight += r;
    square += r * (r * r + noise * noise) / 2;
  }
  const double scale = 1 / std::sqrt(square / weight);
  law.formula = [=](const PointNumbers& n, double* x) {
    const double r = static_cast<double>(n.label + 1) / rings + noise * n.z[0];
    const double theta = 2 * kPi * n.u[0];
    x[0] = scale * r * math::cos(theta);
    x[1] = scale * r * math::sin(theta);
  };
  return point_dataset(std::move(law));
}

const Register<Dataset> rings{
    {.name = "rings",
     .summary = "concentric rings, one class each",
     .formula = "r = (k + 1) / rings + noise z,  theta uniform",
     .parameters = {{"rings", std::int64_t{3}, "rings, and classes", 1, 64},
                    {"noise", 0.03, "standard deviation of the radius, in units of the outer one", 0, 10}},
     .numerics = kNumerics},
    make_rings};

}  // namespace
}  // namespace ito::experiments
