#include "experiments/training/time_law.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/training/batch.h"
#include "kernels/core/error.h"
#include "kernels/core/math.h"
#include "kernels/random/random.h"
#include "samplers/registry.h"

namespace ito::experiments {
namespace {

constexpr double kLeastLambda = -6;  // where alpha(1) = 0 lambda has no least value; alpha is 0.0025 here
constexpr double kSqrt2 = 1.4142135623730951;

double normal_quantile(double u) { return kSqrt2 * math::erfinv(2 * u - 1); }

// The law's standard number of each example: normal where it is a normal law's, else uniform.
std::vector<double> standard_numbers(const TimeLawOptions& options, const RandomKey& key, std::int64_t first,
                                     std::int64_t count, std::int64_t batch) {
  const bool normal = options.law == TimeLaw::log_normal || options.law == TimeLaw::logit_normal;
  std::vector<double> numbers(static_cast<std::size_t>(count));
  if (normal && !options.stratified) {
    kernels::normal(default_context(), key, first, count, 1, numbers.data());
    return numbers;
  }
  kernels::uniform(default_context(), key, first, count, 1, numbers.data());
  if (options.stratified)
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = (static_cast<double>(first) + static_cast<double>(i) + numbers[i]) / static_cast<double>(batch);
  if (normal)
    for (double& u : numbers) u = normal_quantile(u);
  return numbers;
}

}  // namespace

const std::vector<std::string>& time_law_names() {
  static const std::vector<std::string> names = {"uniform", "discrete", "lambda", "log_normal", "logit_normal"};
  return names;
}

TimeLaw time_law_from_name(std::string_view name) {
  const auto& names = time_law_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    throw InputError(fmt::format("no law of training times \"{}\"; nearest: {}", name, nearest_name(name, names)));
  return static_cast<TimeLaw>(it - names.begin());
}

std::vector<double> training_times(const TimeLawOptions& options, const Path& path, double lowest, double highest,
                                   std::uint64_t seed, std::int64_t step, std::int64_t first, std::int64_t count,
                                   std::int64_t batch) {
  const RandomKey key(seed, static_cast<std::uint32_t>(step), Stream::training_time);
  std::vector<double> clocks = standard_numbers(options, key, first, count, batch);
  const double most = path.lambda(time_of_network(path, lowest)).value;
  const double least = std::max(path.lambda(time_of_network(path, highest)).value, kLeastLambda);
  const auto at_lambda = [&](double lambda) {
    return lambda >= most ? lowest : lambda <= least ? highest : network_time(path, path.time(Lambda(lambda)));
  };
  const auto timesteps = static_cast<double>(options.timesteps);
  for (double& c : clocks) {
    switch (options.law) {
      case TimeLaw::uniform:
        c = lowest + (highest - lowest) * c;
        continue;
      case TimeLaw::discrete:
        c = (std::min(std::floor(c * timesteps), timesteps - 1) + 1) / timesteps;
        break;
      case TimeLaw::lambda:
        c = at_lambda(least + (most - least) * c);
        break;
      case TimeLaw::log_normal:
        c = at_lambda(-(options.log_normal_mean + options.log_normal_std * c));
        break;
      case TimeLaw::logit_normal:
        c = math::sigmoid(options.logit_normal_mean + options.logit_normal_std * c);
        break;
    }
    c = std::clamp(c, lowest, highest);
  }
  return clocks;
}

}  // namespace ito::experiments
