// A grid that is written out: its times, or its sigma/alpha, noisy end first.
#include "samplers/grids/ends.h"

namespace ito {
namespace {

const Register<Grid> given{
    {.name = "given",
     .paper = "none: a list in the recipe",
     .summary = "Every time written out, as times or as sigma/alpha; one more than there are steps.",
     .formula = "times = [t_0, .., t_n], falling,  or  sigmas = [sigma_0/alpha_0, .., sigma_n/alpha_n];\n"
                "a last sigma/alpha of 0 is the clean end, and so is a last time of 0 where the clock has none",
     .parameters = {{.name = "times",
                     .default_value = std::vector<double>{},
                     .meaning = "times on the path's clock, falling; empty: sigmas are given",
                     .min = 0,
                     .max = 1e6},
                    {.name = "sigmas",
                     .default_value = std::vector<double>{},
                     .meaning = "sigma/alpha, falling; empty: times are given",
                     .min = 0,
                     .max = 1e9}}},
    [](const Path& path, int steps, const Parameters& parameters) {
      std::vector<double> times = parameters.numbers("times");
      const std::vector<double>& sigmas = parameters.numbers("sigmas");
      if (times.empty() == sigmas.empty())
        throw InputError(std::string("grid 'given': ") + (times.empty() ? "neither" : "both") +
                         " of times and sigmas are given; expected one list");
      const std::size_t count = times.size() + sigmas.size();
      if (count != static_cast<std::size_t>(steps) + 1)
        throw InputError("grid 'given': " + std::string(sigmas.empty() ? "times" : "sigmas") + " has " +
                         std::to_string(count) + " numbers, steps is " + std::to_string(steps) + "; expected " +
                         std::to_string(steps + 1) + ", one more than there are steps");
      for (const double ratio : sigmas)
        times.push_back(ratio == 0.0 ? path.clean_end().value : path.time(Lambda(-math::log(ratio))).value);
      // Where noise is left at time 0 (ve, laplace) a clean end beyond the clock cannot be written as a time.
      if (times.back() == 0.0 && times[times.size() - 2] > 0.0 && sigmas.empty() && !path.clean_at_min())
        times.back() = path.clean_end().value;
      return Grid(path, times, "grid 'given'");
    }};

}  // namespace
}  // namespace ito
