// Gaussians on a circle, one class each: the usual first test of whether a sampler covers all modes.
#include <fmt/format.h>

#include "experiments/data/mixture_law.h"
#include "experiments/data/point_law.h"
#include "kernels/core/math.h"

namespace ito::experiments {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kNumerics = 1;

std::shared_ptr<const Dataset> make_eight_gaussians(const Parameters& p) {
  const std::int64_t modes = p.integer("modes");
  MixtureLaw law;
  law.name = "eight_gaussians";
  law.hash = law_hash(law.name, kNumerics, p);
  law.width = p.number("noise");
  for (std::int64_t k = 0; k < modes; ++k) {
    const double theta = 2 * kPi * static_cast<double>(k) / static_cast<double>(modes);
    law.class_names.push_back(fmt::format("mode {}", k));
    law.means.push_back({math::cos(theta), math::sin(theta)});
    law.weights.push_back(1);
    law.labels.push_back(static_cast<std::int32_t>(k));
  }
  standardise(law);
  return mixture_dataset(std::move(law));
}

const Register<Dataset> eight_gaussians{
    {.name = "eight_gaussians",
     .summary = "Gaussians evenly on a circle, one class each; its denoiser is exact",
     .formula = "x = (cos theta_k, sin theta_k) + noise z,  theta_k = 2 pi k / modes",
     .parameters = {{"modes", std::int64_t{8}, "Gaussians, and classes", 1, 1024},
                    {"noise", 0.1, "standard deviation of each, in units of the circle's radius", 1e-6, 10}},
     .numerics = kNumerics},
    make_eight_gaussians};

}  // namespace
}  // namespace ito::experiments
