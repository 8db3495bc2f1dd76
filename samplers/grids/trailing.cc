// diffusers' timestep_spacing = "trailing": counted down from the last training time, which it always visits.
#include "samplers/grids/training_times.h"

namespace ito {
namespace {

const Register<Grid> trailing{
    {.name = "trailing",
     .paper = "Lin et al. 2024 (Common diffusion noise schedules), table 2",
     .summary = "Evenly spaced training times counted down from T-1: starts from pure noise as training did.",
     .formula = "round(T - i T/n) - 1,  i = 0 .. n-1  (ties to even)",
     .parameters = training_time_parameters()},
    [](const Path& path, int steps, const Parameters& parameters) {
      const std::int64_t T = parameters.integer("T");
      check_training_steps("trailing", steps, T);
      std::vector<std::int64_t> indices;
      for (std::int64_t i = 0; i < steps; ++i) {
        const double place = static_cast<double>(T) - static_cast<double>(i * T) / steps;
        indices.push_back(static_cast<std::int64_t>(std::nearbyint(place)) - 1);
      }
      return training_time_grid("trailing", path, indices, parameters);
    }};

}  // namespace
}  // namespace ito
