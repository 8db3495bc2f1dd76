// Uniform in lambda = log(alpha/sigma), the variable that exponential integrators step in. Also called exponential
// (uniform in log sigma: k-diffusion's get_sigmas_exponential, diffusers' use_exponential_sigmas) and lu (diffusers'
// use_lu_lambdas): three names of one list.
#include "samplers/grids/ends.h"

namespace ito {
namespace {

struct End {
  double lambda, t;
};

// An end of the spacing: a given sigma/alpha, else a given time, else the path's own.
End end_of(const Path& path, const Parameters& parameters, const char* time, const char* ratio, double own) {
  const double given_time = parameters.number(time), given_ratio = parameters.number(ratio);
  if (given_ratio > 0.0) {
    if (given_time != kPathsOwn)
      throw InputError(std::string("grid 'lambda': ") + time + " and " + ratio +
                       " are both given; expected one of them");
    const Lambda lambda(-math::log(given_ratio));
    return {lambda.value, path.time(lambda).value};
  }
  const double t = given_time == kPathsOwn ? own : given_time;
  return {path.lambda(Time(t)).value, t};
}

const Register<Grid> lambda_grid{
    {.name = "lambda",
     .paper = "Lu et al. 2022 (DPM-Solver), section 3.3 and appendix D.4",
     .summary = "Equal steps in lambda, half the log SNR, then one to the clean end; also called exponential, and lu.",
     .formula =
         "lambda_i = lambda(t_start) + i/(n-1) (lambda(t_end) - lambda(t_start)),  i = 0 .. n-1,  then the clean end\n"
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
                    {.name = "sigma_max",
                     .default_value = 0.0,
                     .meaning = "first sigma/alpha, the same noise on every path; 0: that of t_start",
                     .min = 0,
                     .max = 1e9},
                    {.name = "sigma_min",
                     .default_value = 0.0,
                     .meaning = "sigma/alpha where the spacing ends; 0: that of t_end",
                     .min = 0,
                     .max = 1e9},
                    final_parameter()}},
    [](const Path& path, int steps, const Parameters& parameters) {
      const End start = end_of(path, parameters, "t_start", "sigma_max", finite_start(path));
      const End end = end_of(path, parameters, "t_end", "sigma_min", finite_end(path));
      if (!std::isfinite(start.lambda) || !std::isfinite(end.lambda))
        throw InputError("grid 'lambda' on path '" + path.name() + "': lambda is " + value_text(start.lambda) +
                         " at t_start " + value_text(start.t) + " and " + value_text(end.lambda) + " at t_end " +
                         value_text(end.t) + "; expected finite ends");
      const std::vector<double> times =
          times_evenly(path, start.lambda, end.lambda, steps, parameters, [&](double lambda) {
            // The ends are those given, not what rounding makes of their lambda and its inverse.
            if (lambda == start.lambda) return start.t;
            return lambda == end.lambda ? end.t : path.time(Lambda(lambda)).value;
          });
      return Grid(path, times, "grid 'lambda'");
    }};

}  // namespace
}  // namespace ito
