// Lee, Lee, Kim, Choi 2024 (Beta sampling is all you need): places by the quantiles of a beta law, dense at both ends.
//
//   in = "time":   t = t_end + q(1 - i/n)(t_start - t_end),  i = 0 .. n
//   in = "sigma":  sigma/alpha = smin + q(1 - i/(n-1))(smax - smin),  i = 0 .. n-1, then 0   (diffusers; n = 1: smax)
//
// q = the inverse of the regularised incomplete beta function I_x(a, b), a = b = 0.6.
#include "samplers/grids/ends.h"

namespace ito {
namespace {

std::vector<Parameter> parameters_of_beta() {
  std::vector<Parameter> parameters = {
      {.name = "in",
       .default_value = std::string("time"),
       .meaning = "what the quantiles place: time; sigma (sigma/alpha, as diffusers' use_beta_sigmas)",
       .choices = {"time", "sigma"}},
      {.name = "a", .default_value = 0.6, .meaning = "below 1: dense where noise is low", .min = 0.05, .max = 100},
      {.name = "b", .default_value = 0.6, .meaning = "below 1: dense where noise is high", .min = 0.05, .max = 100}};
  for (Parameter& parameter : clock_end_parameters()) {
    parameter.meaning += " (in = time)";
    parameters.push_back(std::move(parameter));
  }
  for (Parameter& parameter : ratio_end_parameters()) {
    parameter.meaning += " (in = sigma)";
    parameters.push_back(std::move(parameter));
  }
  parameters.push_back(final_parameter());
  return parameters;
}

const Register<Grid> beta{
    {.name = "beta",
     .paper = "Lee, Lee, Kim, Choi 2024 (Beta sampling is all you need), section 4",
     .summary = "Times at the quantiles of a beta(0.6, 0.6) law: short steps at both ends, in t or in sigma/alpha.",
     .formula = "in = \"time\":   t_end + q(1 - i/n)(t_start - t_end),  i = 0 .. n\n"
                "in = \"sigma\":  smin + q(1 - i/(n-1))(smax - smin),  i = 0 .. n-1,  then 0  (n = 1: smax, 0)\n"
                "q: quantiles of beta(a, b), the inverse of I_x(a, b)",
     .parameters = parameters_of_beta()},
    [](const Path& path, int steps, const Parameters& parameters) {
      const double a = parameters.number("a"), b = parameters.number("b");
      const auto quantile = [&](double u) { return math::incomplete_beta_inverse(a, b, u); };
      if (parameters.text("in") == "time")
        return Grid(path, times_between_ends(path, steps, parameters, quantile, [](double t) { return t; }),
                    "grid 'beta'");
      const RatioEnds ends = ratio_ends(path, parameters);
      const std::vector<double> times = times_evenly(path, 1.0, 0.0, steps, parameters, [&](double u) {
        const double q = u == 1.0 || u == 0.0 ? u : quantile(u);
        return path.time(Lambda(-math::log(ends.sigma_min + q * (ends.sigma_max - ends.sigma_min)))).value;
      });
      return Grid(path, times, "grid 'beta'");
    }};

}  // namespace
}  // namespace ito
