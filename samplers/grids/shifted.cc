// Uniform in t, then shifted towards noise (samplers/paths/shift.h): what SD3, FLUX and Wan walk on `flow`. On the path
// `shifted` the grid `uniform` visits the same noise.
//
//   t_i = s u_i/(1 + (s - 1) u_i),  u_i = t_start + i/n (t_end - t_start),  i = 0 .. n
//
// Wan 2.1 takes u = linspace(0.999, 0, n + 1) and s = 5: t_start = 0.999, shift = 5. FLUX.1 takes u = linspace(1, 1/n,
// n), then 0: the defaults, with tokens. diffusers' FlowMatchEuler with a fixed shift goes from 1 to a least sigma that
// it has shifted once already: t_end = s/(1000 + s - 1), then 0.
#include "samplers/grids/ends.h"
#include "samplers/paths/shift.h"

namespace ito {
namespace {

std::vector<Parameter> parameters_of_shifted() {
  std::vector<Parameter> parameters = shift_parameters();
  for (Parameter& parameter : clock_end_parameters()) parameters.push_back(std::move(parameter));
  parameters.push_back(final_parameter());
  return parameters;
}

const Register<Grid> shifted{
    {.name = "shifted",
     .paper = "Esser et al. 2024 (Stable Diffusion 3), eq. 23; Wan Team 2025 (Wan 2.1), its sampler's sigmas",
     .summary = "Equal steps in t, then t -> s t/(1 + (s - 1) t): more of them where noise is high.",
     .formula = "s u_i/(1 + (s - 1) u_i),  u_i = t_start + i/n (t_end - t_start),  i = 0 .. n\n"
                "(t_end > 0 and final = \"zero\": i/(n-1), i = 0 .. n-1, then the clean end)",
     .parameters = parameters_of_shifted()},
    [](const Path& path, int steps, const Parameters& parameters) {
      if (path.t_min().value != 0.0 || path.t_max().value != 1.0)
        throw InputError("grid 'shifted': it shifts the clock [0, 1]; that of path '" + path.name() + "' runs from " +
                         value_text(path.t_min().value) + " to " + value_text(path.t_max().value));
      const double s = shift_of(parameters, "grid 'shifted'");
      const std::vector<double> times = times_between_ends(
          path, steps, parameters, [](double u) { return u; }, [&](double u) { return shifted_time(u, s); });
      return Grid(path, times, "grid 'shifted'");
    }};

}  // namespace
}  // namespace ito
