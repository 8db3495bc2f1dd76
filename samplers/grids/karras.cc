// Karras et al. 2022, eq. 5: uniform in (sigma/alpha)^(1/rho), on any path through its ratio sigma/alpha = e^(-lambda).
#include "samplers/grids/ends.h"

namespace ito {
namespace {

std::vector<Parameter> parameters_of_karras() {
  std::vector<Parameter> parameters = {{.name = "rho",
                                        .default_value = 7.0,
                                        .meaning = "exponent; 1 is uniform in sigma/alpha",
                                        .min = 0.1,
                                        .max = 100}};
  for (Parameter& parameter : ratio_end_parameters()) parameters.push_back(std::move(parameter));
  parameters.push_back(final_parameter());
  return parameters;
}

const Register<Grid> karras{
    {.name = "karras",
     .paper = "Karras et al. 2022 (EDM), eq. 5",
     .summary = "Equal steps in (sigma/alpha)^(1/rho): short steps where noise is low; then one step to the clean end.",
     .formula = "(smax^(1/rho) + i/(n-1) (smin^(1/rho) - smax^(1/rho)))^rho,  i = 0 .. n-1,  then 0  (n = 1: smax, 0)\n"
                "(final = \"end\": i/n, i = 0 .. n, and no clean end)",
     .parameters = parameters_of_karras()},
    [](const Path& path, int steps, const Parameters& parameters) {
      const double rho = parameters.number("rho");
      const auto [sigma_max, sigma_min] = ratio_ends(path, parameters);
      const std::vector<double> times =
          times_evenly(path, math::pow(sigma_max, 1.0 / rho), math::pow(sigma_min, 1.0 / rho), steps, parameters,
                       [&](double root) { return path.time(Lambda(-rho * math::log(root))).value; });
      return Grid(path, times, "grid 'karras'");
    }};

}  // namespace
}  // namespace ito
