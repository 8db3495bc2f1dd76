#include "samplers/process/langevin.h"

#include <cmath>
#include <functional>
#include <limits>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"
#include "samplers/solver.h"

namespace ito {
namespace {

using StepSizes = std::function<std::vector<double>(const Tensor& score, const Tensor& z)>;

Tensor simulate_with(const Denoiser& denoiser, const PathPtr& path, Time t, const StepSizes& step_sizes, int count,
                     Tensor x, const Noise& noise, const Tensor& condition) {
  require(path != nullptr, "Langevin: there is no path");
  require(noise != nullptr, "Langevin draws noise, and none was given");
  require(count >= 0, "Langevin: the number of steps is negative");
  if (path->sigma(t) == 0.0)
    throw InputError("Langevin: path '" + path->name() + "' has no noise at time " + value_text(t.value) +
                     ", so its marginal has no score; choose a later time");
  const Denoiser model = adapt(denoiser, path);
  if (model.reset) model.reset(x.dim(0));
  for (int i = 0; i < count; ++i) {
    const Estimate hat(*path, t, x, model.evaluate({x, {&t.value, 1}, condition, i, 0}), model.prediction);
    const Tensor score = hat.as(Prediction::score);
    const Tensor z = noise({x, i, 0, t, t});
    x = langevin_step(x, score, z, step_sizes(score, z));
    if (!all_finite(x))
      throw DivergedError("Langevin diverged: a state is not finite after step " + std::to_string(i + 1) + " of " +
                          std::to_string(count) + " at time " + value_text(t.value));
  }
  return x;
}

}  // namespace

Tensor langevin_step(const Tensor& x, const Tensor& score, const Tensor& z, const std::vector<double>& steps) {
  if (steps.size() == 1) return combine({{1.0, x}, {steps[0], score}, {std::sqrt(2.0 * steps[0]), z}});
  std::vector<double> of_z;
  for (const double step : steps) of_z.push_back(std::sqrt(2.0 * step));
  const SampleTerm terms[] = {{std::vector<double>(steps.size(), 1.0), x}, {steps, score}, {of_z, z}};
  return combine_per_sample(terms);
}

std::vector<double> langevin_steps_from_norms(const Tensor& score, const Tensor& z, double snr, double a) {
  std::vector<double> steps = squared_norm_per_sample(z);
  const std::vector<double> score_norms = squared_norm_per_sample(score);
  for (std::size_t n = 0; n < steps.size(); ++n)
    steps[n] = score_norms[n] == 0.0 ? 0.0 : 2.0 * a * snr * snr * (steps[n] / score_norms[n]);
  return steps;
}

Tensor simulate_langevin(const Denoiser& denoiser, const PathPtr& path, Time t, double step, int count, Tensor x,
                         const Noise& noise, const Tensor& condition) {
  require(step >= 0.0, "Langevin: the step is negative");
  const StepSizes constant = [step](const Tensor&, const Tensor&) { return std::vector<double>{step}; };
  return simulate_with(denoiser, path, t, constant, count, std::move(x), noise, condition);
}

Tensor simulate_langevin_from_norms(const Denoiser& denoiser, const PathPtr& path, Time t, double snr, int count,
                                    Tensor x, const Noise& noise, const Tensor& condition) {
  require(snr >= 0.0, "Langevin: snr is negative");
  const StepSizes from_norms = [snr](const Tensor& score, const Tensor& z) {
    return langevin_steps_from_norms(score, z, snr);
  };
  return simulate_with(denoiser, path, t, from_norms, count, std::move(x), noise, condition);
}

double langevin_stationary_variance(double variance, double step) {
  if (step >= 2.0 * variance) return std::numeric_limits<double>::infinity();
  return variance / (1.0 - step / (2.0 * variance));
}

}  // namespace ito
