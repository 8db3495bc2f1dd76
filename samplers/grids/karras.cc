// Karras et al. 2022, eq. 5: uniform in (sigma/alpha)^(1/rho), on any path through its ratio sigma/alpha = e^(-lambda).
#include "samplers/grids/ends.h"

namespace ito {
namespace {

const Register<Grid> karras{
    {.name = "karras",
     .paper = "Karras et al. 2022 (EDM), eq. 5",
     .summary = "Equal steps in (sigma/alpha)^(1/rho): short steps where noise is low; then one step to the clean end.",
     .formula = "(smax^(1/rho) + i/(n-1) (smin^(1/rho) - smax^(1/rho)))^rho,  i = 0 .. n-1,  then 0  (n = 1: smax, 0)\n"
                "(final = \"end\": i/n, i = 0 .. n, and no clean end)",
     .parameters = {{.name = "rho",
                     .default_value = 7.0,
                     .meaning = "exponent; 1 is uniform in sigma/alpha",
                     .min = 0.1,
                     .max = 100},
                    {.name = "sigma_min",
                     .default_value = 0.0,
                     .meaning = "least sigma/alpha; 0: that of the path's t_min, or of t = 0.001 where t_min is clean",
                     .min = 0,
                     .max = 1e9},
                    {.name = "sigma_max",
                     .default_value = 0.0,
                     .meaning =
                         "largest sigma/alpha; 0: that of the path's t_max, or of t = 0.999 where alpha(t_max) = 0",
                     .min = 0,
                     .max = 1e9},
                    final_parameter()}},
    [](const Path& path, int steps, const Parameters& parameters) {
      const double rho = parameters.number("rho");
      const auto ratio = [&](const char* name, double t) {
        const double given = parameters.number(name);
        return given > 0.0 ? given : math::exp(-path.lambda(Time(t)).value);
      };
      const double sigma_max = ratio("sigma_max", finite_start(path)), sigma_min = ratio("sigma_min", finite_end(path));
      const std::vector<double> times =
          times_evenly(path, math::pow(sigma_max, 1.0 / rho), math::pow(sigma_min, 1.0 / rho), steps, parameters,
                       [&](double root) { return path.time(Lambda(-rho * math::log(root))).value; });
      return Grid(path, times, "grid 'karras'");
    }};

}  // namespace
}  // namespace ito
