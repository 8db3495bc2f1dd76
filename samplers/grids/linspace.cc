// diffusers' timestep_spacing = "linspace": n rounded times from T-1 to 0, both included.
#include "samplers/grids/training_times.h"

namespace ito {
namespace {

const Register<Grid> linspace{{.name = "linspace",
                               .paper = "Nichol, Dhariwal 2021 (Improved DDPM), section 4; Lin et al. 2024, table 2",
                               .summary = "Training times evenly spaced from T-1 to 0, both ends included.",
                               .formula = "round(i (T-1)/(n-1)),  i = n-1 .. 0  (n = 1: T-1; ties to even)",
                               .parameters = training_time_parameters()},
                              [](const Path& path, int steps, const Parameters& parameters) {
                                const std::int64_t T = parameters.integer("T");
                                check_training_steps("linspace", steps, T);
                                std::vector<std::int64_t> indices;
                                for (std::int64_t i = steps - 1; i >= 0; --i) {
                                  const double place = steps == 1 ? static_cast<double>(T - 1)
                                                                  : static_cast<double>(i * (T - 1)) / (steps - 1);
                                  indices.push_back(static_cast<std::int64_t>(std::nearbyint(place)));
                                }
                                return training_time_grid("linspace", path, indices, parameters);
                              }};

}  // namespace
}  // namespace ito
