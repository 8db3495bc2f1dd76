// Uniform in lambda = log(alpha/sigma), the variable that exponential integrators step in. Also called exponential
// (uniform in log sigma) and, in diffusers, lu.
#include "samplers/grids/ends.h"

namespace ito {
namespace {

const Register<Grid> lambda_grid{
    {.name = "lambda",
     .paper = "Lu et al. 2022 (DPM-Solver), section 3.3 and appendix D.4",
     .summary = "Equal steps in lambda, half the log signal-to-noise ratio, then one step to the clean end.",
     .formula = "lambda_i = lambda(t_start) + i/(n-1) (lambda(t_end) - lambda(t_start)),  i = 0 .. n-1,  then t = 0\n"
                "(final = \"end\": i/n, i = 0 .. n, and no clean end)",
     .parameters = {{.name = "t_start",
                     .default_value = kPathsOwn,
                     .meaning = "first time; -1: the path's t_max, or 0.999 where alpha(t_max) = 0",
                     .min = -1,
                     .max = 1e6},
                    {.name = "t_end",
                     .default_value = kPathsOwn,
                     .meaning = "where the spacing ends; -1: the path's t_min, or 0.001 where that is clean",
                     .min = -1,
                     .max = 1e6},
                    final_parameter()}},
    [](const Path& path, int steps, const Parameters& parameters) {
      const double given_start = parameters.number("t_start"), given_end = parameters.number("t_end");
      const double t_start = given_start == kPathsOwn ? finite_start(path) : given_start;
      const double t_end = given_end == kPathsOwn ? finite_end(path) : given_end;
      const double from = path.lambda(Time(t_start)).value, to = path.lambda(Time(t_end)).value;
      if (!std::isfinite(from) || !std::isfinite(to))
        throw InputError("grid 'lambda' on path '" + path.name() + "': lambda is " + value_text(from) + " at t_start " +
                         value_text(t_start) + " and " + value_text(to) + " at t_end " + value_text(t_end) +
                         "; expected finite ends");
      const std::vector<double> times = times_evenly(from, to, steps, parameters, [&](double lambda) {
        // The ends are those given, not what rounding makes of their lambda and its inverse.
        if (lambda == from) return t_start;
        return lambda == to ? t_end : path.time(Lambda(lambda)).value;
      });
      return Grid(path, times, "grid 'lambda'");
    }};

}  // namespace
}  // namespace ito
