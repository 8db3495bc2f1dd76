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

std::vector<Parameter> time_law_parameters() {
  const TimeLawOptions d;
  const auto number = [](const char* name, double value, const char* meaning, double min) {
    return Parameter{.name = name, .default_value = value, .meaning = meaning, .min = min, .max = 1e3};
  };
  return {{.name = "stratified",
           .default_value = d.stratified,
           .meaning = "the examples of a batch share out the law of times instead of drawing each for itself"},
          {.name = "timesteps",
           .default_value = d.timesteps,
           .meaning = "how many times the law discrete has",
           .min = 1,
           .max = 1 << 24},
          number("log_normal_mean", d.log_normal_mean, "mean of log(sigma / alpha) in the law log_normal", -1e3),
          number("log_normal_std", d.log_normal_std, "its standard deviation", 1e-9),
          number("logit_normal_mean", d.logit_normal_mean, "mean of log(t / (1 - t)) in the law logit_normal", -1e3),
          number("logit_normal_std", d.logit_normal_std, "its standard deviation", 1e-9)};
}

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

namespace {

// Those of the parameters above that a law reads; `stratified` is every law's.
std::vector<Parameter> named(const std::vector<std::string>& names) {
  std::vector<Parameter> parameters = time_law_parameters();
  std::erase_if(parameters, [&](const Parameter& parameter) {
    return parameter.name != "stratified" && std::find(names.begin(), names.end(), parameter.name) == names.end();
  });
  return parameters;
}

const Register<TimeLaw> uniform{{.name = "uniform",
                                 .paper = "Song et al. 2021 (Score SDE), eq. 7; Lipman et al. 2023, eq. 5",
                                 .summary = "Training times uniform in the network's clock.",
                                 .formula = "t ~ U[t_min, 1]",
                                 .parameters = named({})},
                                TimeLaw::uniform};
const Register<TimeLaw> discrete{{.name = "discrete",
                                  .paper = "Ho, Jain, Abbeel 2020 (DDPM), algorithm 1",
                                  .summary = "Training times uniform over T of them, as DDPM's.",
                                  .formula = "t = (i + 1)/T,  i ~ U{0, .., T - 1},  T = timesteps",
                                  .parameters = named({"timesteps"})},
                                 TimeLaw::discrete};
const Register<TimeLaw> lambda_law{
    {.name = "lambda",
     .paper = "Kingma, Salimans, Poole, Ho 2021 (Variational diffusion models), section 5.1: the invariant measure",
     .summary = "Training times uniform in lambda, so that no choice of path changes what is trained.",
     .formula = "lambda(t) = log(alpha/sigma) ~ U[max(lambda(1), -6), lambda(t_min)]",
     .parameters = named({})},
    TimeLaw::lambda};
const Register<TimeLaw> log_normal{{.name = "log_normal",
                                    .paper = "Karras et al. 2022 (EDM), table 1: P_mean -1.2, P_std 1.2",
                                    .summary = "Training noise log-normal in sigma/alpha: most where shape is decided.",
                                    .formula = "log(sigma/alpha) ~ N(log_normal_mean, log_normal_std^2), held inside "
                                               "[t_min, 1]",
                                    .parameters = named({"log_normal_mean", "log_normal_std"})},
                                   TimeLaw::log_normal};
const Register<TimeLaw> logit_normal{{.name = "logit_normal",
                                      .paper = "Esser et al. 2024 (Stable Diffusion 3), section 3.1, eq. 19: 0, 1",
                                      .summary = "Training times logit-normal: most in the middle of the clock.",
                                      .formula = "log(t/(1 - t)) ~ N(logit_normal_mean, logit_normal_std^2), held "
                                                 "inside [t_min, 1]",
                                      .parameters = named({"logit_normal_mean", "logit_normal_std"})},
                                     TimeLaw::logit_normal};
const Register<TimeLaw> stratified{
    {.name = "stratified",
     .paper = "Kingma, Salimans, Poole, Ho 2021 (Variational diffusion models), appendix I.1",
     .summary = "Any law, shared out: each of a batch's examples draws from its own slice of the law.",
     .formula = "example i of B takes its uniform number from [i/B, (i + 1)/B), a normal one by its quantile"},
    std::nullopt};

}  // namespace
}  // namespace ito::experiments
