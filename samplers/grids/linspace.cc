// diffusers' timestep_spacing = "linspace": n rounded times from T-1 to 0, both included.
//
// compat = "multistep": diffusers' multistep and singlestep DPM-Solver, UniPC and DEIS take n + 1 such times and leave
// the lowest out. compat = "euler": its Euler, Heun, KDPM2 and LMS do not round, and interpolate sigma/alpha linearly
// between training times; with n = 1 they start from index 0.
#include "samplers/grids/training_times.h"

#include "kernels/core/math.h"

namespace ito {
namespace {

// k (T-1)/m, the place of the k-th of m + 1 times.
double place(std::int64_t k, std::int64_t T, std::int64_t m) {
  return static_cast<double>(k * (T - 1)) / static_cast<double>(m);
}

Grid rounded(const Path& path, std::int64_t steps, bool all, const Parameters& parameters) {
  const std::int64_t T = parameters.integer("T");
  std::vector<std::int64_t> indices;
  for (std::int64_t k = all ? steps - 1 : steps; k >= (all ? 0 : 1); --k)
    indices.push_back(
        all && steps == 1 ? T - 1 : static_cast<std::int64_t>(std::nearbyint(place(k, T, all ? steps - 1 : steps))));
  return training_time_grid("linspace", path, indices, parameters);
}

// Where sigma/alpha is between that of the two training times around.
Grid interpolated(const Path& path, std::int64_t steps, const Parameters& parameters) {
  check_training_clock("grid 'linspace': ", path);
  const std::int64_t T = parameters.integer("T");
  const auto time_at = [&](double index) { return Time((index + 1.0) / static_cast<double>(T)); };
  const auto ratio_at = [&](double index) { return math::exp(-path.lambda(time_at(index)).value); };
  std::vector<double> times;
  for (std::int64_t k = steps - 1; k >= 0; --k) {
    const double index = steps == 1 ? 0.0 : place(k, T, steps - 1), low = std::floor(index);
    if (index == low) {
      times.push_back(time_at(index).value);
      continue;
    }
    const double below = ratio_at(low), above = ratio_at(low + 1.0);
    times.push_back(path.time(Lambda(-math::log(below + (index - low) * (above - below)))).value);
  }
  return closed_training_grid("linspace", path, std::move(times), parameters);
}

std::vector<Parameter> parameters_of_linspace() {
  std::vector<Parameter> parameters = training_time_parameters();
  parameters.push_back(
      compat_parameter("multistep: round(i (T-1)/n), i = n .. 1, as diffusers' multistep DPM-Solver; euler: not "
                       "rounded, sigma/alpha linear between training times, as its Euler, Heun and LMS",
                       {"none", "multistep", "euler"}));
  return parameters;
}

const Register<Grid> linspace{{.name = "linspace",
                               .paper = "Nichol, Dhariwal 2021 (Improved DDPM), section 4; Lin et al. 2024, table 2",
                               .summary = "Training times evenly spaced from T-1 to 0, both ends included.",
                               .formula = "round(i (T-1)/(n-1)),  i = n-1 .. 0  (n = 1: T-1; ties to even)",
                               .parameters = parameters_of_linspace()},
                              [](const Path& path, int steps, const Parameters& parameters) {
                                check_training_steps("linspace", steps, parameters.integer("T"));
                                const std::string& compat = parameters.text("compat");
                                return compat == "euler" ? interpolated(path, steps, parameters)
                                                         : rounded(path, steps, compat == "none", parameters);
                              }};

}  // namespace
}  // namespace ito
