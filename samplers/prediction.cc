#include "samplers/prediction.h"

#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"

namespace ito {
namespace {

constexpr std::string_view kNames[] = {"eps", "sample", "v", "score", "velocity"};

// A linear form c_x x_t + c_p prediction, or nothing where the prediction does not determine it.
using Form = std::optional<Conversion>;

Form weighed(double a, const Form& p, double b, const Form& q) {
  // A factor of exactly zero asks nothing of its form.
  if ((a != 0.0 && !p) || (b != 0.0 && !q) || !std::isfinite(a) || !std::isfinite(b)) return std::nullopt;
  Conversion sum;
  if (a != 0.0) sum = {a * p->x, a * p->prediction};
  if (b != 0.0) sum = {sum.x + b * q->x, sum.prediction + b * q->prediction};
  return sum;
}

// What x_0 and eps are, given x_t = alpha x_0 + sigma eps and one prediction.
struct Parts {
  Form x0, eps;
};

Parts parts(const Path& path, Time t, Prediction from, double alpha, double sigma) {
  switch (from) {
    case Prediction::eps: {
      Form x0;
      if (alpha > 0.0) x0 = Conversion{1.0 / alpha, -sigma / alpha};
      return {x0, Conversion{0.0, 1.0}};
    }
    case Prediction::sample: {
      Form eps;
      if (sigma > 0.0) eps = Conversion{1.0 / sigma, -alpha / sigma};
      return {Conversion{0.0, 1.0}, eps};
    }
    case Prediction::v: {
      const double norm = alpha * alpha + sigma * sigma;
      return {Conversion{alpha / norm, -sigma / norm}, Conversion{sigma / norm, alpha / norm}};
    }
    case Prediction::score: {
      Form x0;
      if (alpha > 0.0) x0 = Conversion{1.0 / alpha, sigma * sigma / alpha};
      return {x0, Conversion{0.0, -sigma}};
    }
    case Prediction::velocity: {
      const double d_alpha = path.d_alpha(t), d_sigma = path.d_sigma(t);
      // sigma ~ sqrt(t) at t = 0: the velocity of the noise is infinite, but x_0 = x_t / alpha is known.
      if (std::isinf(d_sigma)) return {Conversion{1.0 / alpha, 0.0}, std::nullopt};
      const double w = alpha * d_sigma - d_alpha * sigma;
      if (w == 0.0) return {};
      return {Conversion{d_sigma / w, -sigma / w}, Conversion{-d_alpha / w, alpha / w}};
    }
  }
  return {};
}

Form converted(const Path& path, Time t, Prediction from, Prediction to) {
  if (from == to) return Conversion{0.0, 1.0};
  const double alpha = path.alpha(t), sigma = path.sigma(t);
  const auto [x0, eps] = parts(path, t, from, alpha, sigma);
  switch (to) {
    case Prediction::eps:
      return eps;
    case Prediction::sample:
      return x0;
    case Prediction::v:
      return weighed(alpha, eps, -sigma, x0);
    case Prediction::score:
      if (sigma == 0.0 || !eps) return std::nullopt;
      return Conversion{-eps->x / sigma, -eps->prediction / sigma};
    case Prediction::velocity:
      // u = f x - g^2/2 score stays finite where sigma' does not.
      if (from == Prediction::score && alpha > 0.0) return Conversion{path.drift(t), -0.5 * path.diffusion_squared(t)};
      return weighed(path.d_alpha(t), x0, path.d_sigma(t), eps);
  }
  return std::nullopt;
}

}  // namespace

std::string_view prediction_name(Prediction kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Prediction> prediction_from_name(std::string_view name) {
  if (name == "x0") return Prediction::sample;
  if (name == "u") return Prediction::velocity;
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (name == kNames[i]) return static_cast<Prediction>(i);
  return std::nullopt;
}

Conversion conversion(const Path& path, Time t, Prediction from, Prediction to) {
  if (const Form form = converted(path, t, from, to)) return *form;
  throw InputError("on path '" + path.name() + "' at time " + value_text(t.value) + " (alpha " +
                   value_text(path.alpha(t)) + ", sigma " + value_text(path.sigma(t)) + ") a predicted " +
                   std::string(prediction_name(from)) + " does not determine " + std::string(prediction_name(to)));
}

Tensor convert(const Path& path, std::span<const double> times, const Tensor& x, const Tensor& prediction,
               Prediction from, Prediction to) {
  if (from == to) return prediction;
  if (times.size() == 1) {
    const Conversion c = conversion(path, Time(times[0]), from, to);
    return combine({{c.x, x}, {c.prediction, prediction}});
  }
  require(x.rank() > 0 && static_cast<std::int64_t>(times.size()) == x.dim(0),
          "a conversion takes one common time or one time for each sample");
  std::vector<double> of_x, of_prediction;
  for (const double t : times) {
    const Conversion c = conversion(path, Time(t), from, to);
    of_x.push_back(c.x);
    of_prediction.push_back(c.prediction);
  }
  const SampleTerm terms[] = {{of_x, x}, {of_prediction, prediction}};
  return combine_per_sample(terms);
}

}  // namespace ito
