// diffusers' timestep_spacing = "leading": indices i (T // n) + offset, i = n-1 .. 0. DDIM's and PNDM's default there;
// it never visits the last training time, and Stable Diffusion shifts it by offset = 1 (Lin et al. 2024, table 2).
//
// compat = "multistep": diffusers' multistep and singlestep DPM-Solver, UniPC and DEIS divide by n + 1 and leave the
// lowest of n + 1 indices out.
#include "samplers/grids/training_times.h"

namespace ito {
namespace {

std::vector<Parameter> parameters_of_leading() {
  std::vector<Parameter> parameters = training_time_parameters();
  parameters.push_back({.name = "offset",
                        .default_value = std::int64_t{0},
                        .meaning = "added to every index (diffusers' steps_offset)",
                        .min = 0,
                        .max = 1e6});
  parameters.push_back(compat_parameter(
      "multistep: i (T // (n+1)) + offset, i = n .. 1, as diffusers' multistep DPM-Solver", {"none", "multistep"}));
  return parameters;
}

const Register<Grid> leading{
    {.name = "leading",
     .paper = "Song, Meng, Ermon 2021 (DDIM), appendix D.2, linear; Lin et al. 2024, table 2",
     .summary = "Every (T // n)-th training time from index offset upwards: misses the noisiest times.",
     .formula = "i (T // n) + offset,  i = n-1 .. 0",
     .parameters = parameters_of_leading()},
    [](const Path& path, int steps, const Parameters& parameters) {
      const std::int64_t T = parameters.integer("T");
      const int left_out = parameters.text("compat") == "multistep" ? 1 : 0;
      check_training_steps("leading", steps, T, left_out);
      std::vector<std::int64_t> indices;
      for (std::int64_t i = steps - 1 + left_out; i >= left_out; --i)
        indices.push_back(i * (T / (steps + left_out)) + parameters.integer("offset"));
      return training_time_grid("leading", path, indices, parameters);
    }};

}  // namespace
}  // namespace ito
