#include "samplers/denoiser.h"

#include <cmath>
#include <vector>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"

namespace ito {
namespace {

// Where a query on path B stands on path A: x_A = scale x_B at t_A.
struct Places {
  std::vector<double> times;
  std::vector<double> scales;
};

Places places(const Path& a, const Path& b, std::span<const double> times, bool clamp, const std::string& name) {
  const double low = a.lambda(a.t_max()).value, high = a.lambda(a.t_min()).value;
  Places found;
  for (const double time_b : times) {
    const Time t(time_b);
    const double lambda = b.lambda(t).value;
    // Beyond A's noisy end (where alpha_B may be 0) it is the noise that is matched, elsewhere the data; inside A's
    // range both scales are one.
    if (clamp && lambda < low) {
      found.times.push_back(a.t_max().value);
      found.scales.push_back(a.sigma(a.t_max()) / b.sigma(t));
    } else if (clamp && lambda > high) {
      found.times.push_back(a.t_min().value);
      found.scales.push_back(a.alpha(a.t_min()) / b.alpha(t));
    } else {
      Time t_a;
      try {
        t_a = a.time(Lambda(lambda));
      } catch (const InputError&) {
        throw InputError("denoiser '" + name + "' knows path '" + a.name() + "' for lambda from " + value_text(low) +
                         " to " + value_text(high) + "; path '" + b.name() + "' at time " + value_text(time_b) +
                         " asks for lambda " + value_text(lambda));
      }
      found.times.push_back(t_a.value);
      // Where A itself has alpha = 0, both are pure noise.
      found.scales.push_back(b.alpha(t) > 0.0 ? a.alpha(t_a) / b.alpha(t) : a.sigma(t_a) / b.sigma(t));
    }
  }
  return found;
}

Tensor scaled(const Tensor& x, const std::vector<double>& scales) {
  if (scales.size() == 1) return combine({{scales[0], x}});
  const SampleTerm terms[] = {{scales, x}};
  return combine_per_sample(terms);
}

}  // namespace

void check_known(const Denoiser& denoiser, const Path& path, Time t) {
  if (path.signature() != denoiser.path->signature()) places(*denoiser.path, path, {&t.value, 1}, false, denoiser.name);
}

Denoiser make_denoiser(std::string name, Prediction prediction, PathPtr path,
                       std::function<Tensor(const Tensor&, std::span<const double>, const Tensor&)> f) {
  require(path != nullptr && f != nullptr, "a denoiser needs a path and a function");
  return {.name = std::move(name),
          .prediction = prediction,
          .path = std::move(path),
          .evaluate = [f = std::move(f)](const Query& query) {
            return Answer{.prediction = f(query.x, query.times, query.condition), .renoise = {}};
          }};
}

Denoiser adapt(const Denoiser& denoiser, PathPtr path, bool clamp) {
  require(path != nullptr && denoiser.path != nullptr, "a denoiser is adapted from one path to another");
  if (path->signature() == denoiser.path->signature()) return denoiser;

  Denoiser adapted = denoiser;
  adapted.prediction = Prediction::sample;
  adapted.path = path;
  adapted.evaluate = [denoiser, path, clamp](const Query& query) {
    const Path& a = *denoiser.path;
    const Places at = places(a, *path, query.times, clamp, denoiser.name);
    const Tensor x = scaled(query.x, at.scales);
    Answer answer = denoiser.evaluate({x, at.times, query.condition, query.step, query.evaluation, query.rows});
    answer.prediction = convert(a, at.times, x, answer.prediction, denoiser.prediction, Prediction::sample);
    if (answer.renoise.defined())
      answer.renoise = convert(a, at.times, x, answer.renoise, denoiser.prediction, Prediction::sample);
    return answer;
  };
  if (denoiser.vjp) {
    // x_0 = c_x x_A + c_p p(x_A) with x_A = scale x_B:  v^T dx_0/dx_B = scale (c_x v + c_p v^T dp/dx_A)
    adapted.vjp = [denoiser, path, clamp](const Query& query, const Tensor& v) {
      const Path& a = *denoiser.path;
      const Places at = places(a, *path, query.times, clamp, denoiser.name);
      const Tensor x = scaled(query.x, at.scales);
      const Tensor of_p = denoiser.vjp({x, at.times, query.condition, query.step, query.evaluation, query.rows}, v);
      return scaled(convert(a, at.times, v, of_p, denoiser.prediction, Prediction::sample), at.scales);
    };
  }
  if (denoiser.flow) {
    adapted.flow = [denoiser, path, clamp](const Tensor& x, Time from, Time to) {
      const double ends[] = {from.value, to.value};
      const Places at = places(*denoiser.path, *path, ends, clamp, denoiser.name);
      const Tensor moved = denoiser.flow(scaled(x, {at.scales[0]}), Time(at.times[0]), Time(at.times[1]));
      return scaled(moved, {1.0 / at.scales[1]});
    };
  }
  return adapted;
}

}  // namespace ito
