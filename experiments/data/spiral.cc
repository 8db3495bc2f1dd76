// The three-class spiral of Welch Labs' and 3Blue1Brown's explanation of diffusion (2025), as a labelled mixture.
//
//   arm a of A, s in [0, 1]:   r = inner + (1 - inner) s,   theta = 2 pi (a / A + turns s)
//   components at s = (k + 1/2) / K, weighted by the speed sqrt(r'^2 + (r theta')^2): even along the arm
//
// then scaled so that the mean square of a coordinate is 1.
#include <fmt/format.h>

#include <cmath>

#include "experiments/data/mixture_law.h"
#include "experiments/data/point_law.h"
#include "kernels/core/math.h"

namespace ito::experiments {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kNumerics = 1;

std::shared_ptr<const Dataset> make_spiral(const Parameters& p) {
  const std::int64_t arms = p.integer("arms"), components = p.integer("components");
  const double turns = p.number("turns"), inner = p.number("inner");
  MixtureLaw law;
  law.name = "spiral";
  law.hash = law_hash("spiral", kNumerics, p);
  law.width = p.number("noise");
  for (std::int64_t a = 0; a < arms; ++a) {
    law.class_names.push_back(fmt::format("arm {}", a));
    for (std::int64_t k = 0; k < components; ++k) {
      const double s = (static_cast<double>(k) + 0.5) / static_cast<double>(components);
      const double r = inner + (1 - inner) * s, d_r = 1 - inner, d_theta = 2 * kPi * turns;
      const double theta = 2 * kPi * (static_cast<double>(a) / static_cast<double>(arms) + turns * s);
      law.means.push_back({r * math::cos(theta), r * math::sin(theta)});
      law.weights.push_back(std::sqrt(d_r * d_r + r * d_theta * r * d_theta));
      law.labels.push_back(static_cast<std::int32_t>(a));
    }
  }
  standardise(law);
  return mixture_dataset(std::move(law));
}

const Register<Dataset> spiral{
    {.name = "spiral",
     .paper = "Welch Labs, 3Blue1Brown 2025",
     .summary =
         "points on the arms of a spiral, one class an arm: a labelled Gaussian mixture, so its denoiser is exact",
     .formula = "r = inner + (1 - inner) s,  theta = 2 pi (arm / arms + turns s),  s in [0, 1], plus noise",
     .parameters = {{"arms", std::int64_t{3}, "arms, and classes", 1, 64},
                    {"components", std::int64_t{100}, "Gaussians an arm", 1, 10000},
                    {"turns", 0.5, "turns of an arm", 0, 16},
                    {"inner", 0.1, "radius at which an arm begins; it ends at 1", 0, 1},
                    {"noise", 0.04, "standard deviation about the arm, in units of the outer radius", 1e-6, 10}},
     .numerics = kNumerics},
    make_spiral};

}  // namespace
}  // namespace ito::experiments
