#include "samplers/process/process.h"

#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"
#include "samplers/solver.h"

namespace ito {
namespace {

void check_times(const Process& process, std::span<const double> times) {
  const std::string where = "process '" + process.name + "': ";
  if (times.size() < 2)
    throw InputError(where + "it has " + std::to_string(times.size()) + " times; expected at least 2");
  const bool rises = times[1] > times[0];
  if (process.direction == Direction::forward && !rises) throw InputError(where + "its times must rise");
  if (process.direction == Direction::backward && rises) throw InputError(where + "its times must fall");
  const double low = process.path->t_min().value, high = process.path->t_max().value;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!(times[i] >= low && times[i] <= high))
      throw InputError(where + "time " + value_text(times[i]) + " is outside [" + value_text(low) + ", " +
                       value_text(high) + "]");
    if (i > 0 && !(rises ? times[i] > times[i - 1] : times[i] < times[i - 1]))
      throw InputError(where + "time " + value_text(times[i]) + " after " + value_text(times[i - 1]) +
                       " turns or repeats");
  }
}

}  // namespace

Process forward_sde(PathPtr path) {
  return {.name = "forward SDE",
          .path = path,
          .direction = Direction::forward,
          .drift =
              [path](const Tensor& x, Time t) {
                return combine({{path->drift(t), x}});
              },
          .diffusion = [path](Time t) { return std::sqrt(path->diffusion_squared(t)); }};
}

Process reverse_sde(const Denoiser& denoiser, PathPtr path, Tensor condition, double nu) {
  if (nu == 0.0) return probability_flow(denoiser, path, condition);
  require(nu > 0.0, "reverse SDE: nu is negative");
  const Denoiser model = adapt(denoiser, path);
  return {.name = "reverse SDE",
          .path = path,
          .direction = Direction::backward,
          .drift =
              [model, path, condition, nu](const Tensor& x, Time t) {
                const Estimate hat(*path, t, x, model.evaluate({x, {&t.value, 1}, condition}), model.prediction);
                const double of_score = -0.5 * (1.0 + nu * nu) * path->diffusion_squared(t);
                return combine({{path->drift(t), x}, {of_score, hat.as(Prediction::score)}});
              },
          .diffusion = [path, nu](Time t) { return nu * std::sqrt(path->diffusion_squared(t)); },
          .nu = nu,
          .reset = model.reset};
}

Process probability_flow(const Denoiser& denoiser, PathPtr path, Tensor condition) {
  const Denoiser model = adapt(denoiser, path);
  return {
      .name = "probability flow",
      .path = path,
      .direction = Direction::either,
      .drift =
          [model, path, condition](const Tensor& x, Time t) {
            return Estimate(*path, t, x, model.evaluate({x, {&t.value, 1}, condition}), model.prediction).velocity();
          },
      .diffusion = [](Time) { return 0.0; },
      .nu = 0.0,
      .reset = model.reset};
}

Tensor simulate(const Process& process, std::span<const double> times, Tensor x, const Noise& noise) {
  check_times(process, times);
  if (process.reset) process.reset(x.dim(0));
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const Time t(times[i]), s(times[i + 1]);
    const double dt = s.value - t.value;
    const Tensor drift = process.drift(x, t);
    const double diffusion = process.diffusion(t);
    if (diffusion == 0.0) {
      x = combine({{1.0, x}, {dt, drift}});
    } else {
      require(noise != nullptr, "simulating this process draws noise, and none was given");
      const Tensor z = noise({x, static_cast<int>(i), 0, t, s, process.nu});
      x = combine({{1.0, x}, {dt, drift}, {diffusion * std::sqrt(std::abs(dt)), z}});
    }
    if (!all_finite(x))
      throw DivergedError("process '" + process.name + "' diverged: a state is not finite after time " +
                          value_text(s.value) + " (step " + std::to_string(i + 1) + ")");
  }
  return x;
}

}  // namespace ito
