#include "experiments/training/loss_weight.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"
#include "kernels/core/math.h"
#include "samplers/registry.h"

namespace ito::experiments {
namespace {

// What an error of x_0 is multiplied by to be one of the prediction, squared; `snr` is finite.
double squared_error_ratio(Prediction prediction, const Path& path, Time t, double snr) {
  const double alpha = path.alpha(t), sigma = path.sigma(t), power = alpha * alpha + sigma * sigma;
  switch (prediction) {
    case Prediction::sample:
      return 1;
    case Prediction::eps:
      return snr;
    case Prediction::v:
      return std::abs(power - 1) < 1e-12 ? snr + 1 : (snr + 1) * power;
    case Prediction::velocity: {
      // Where a clipped path stands still (c = 0) there is no velocity, so no error of it, and no weight; it falls to 0
      // on the way there, as c grows.
      const double c = (alpha * path.d_sigma(t) - path.d_alpha(t) * sigma) / sigma;
      return c == 0 ? std::numeric_limits<double>::infinity() : c * c;
    }
    case Prediction::score:
      return snr / (sigma * sigma);
  }
  return 1;
}

// The rule's weight on x_0.
double weight_on_sample(const LossWeightOptions& o, double snr) {
  switch (o.rule) {
    case LossWeight::uniform:
    case LossWeight::snr:
      return snr;
    case LossWeight::min_snr:
      return std::min(snr, o.min_snr_gamma);
    case LossWeight::p2:
      return snr * math::pow(o.p2_k + snr, -o.p2_gamma);
    case LossWeight::edm:  // (s^2 + sd^2) / (s sd)^2 = SNR + 1/sd^2
      return snr + 1 / (o.sigma_data * o.sigma_data);
    case LossWeight::sigmoid:
      return snr * math::sigmoid(o.sigmoid_bias - math::log(snr));
  }
  return 1;
}

// What is left of the weight as SNR goes to 0.
double weight_at_pure_noise(const LossWeightOptions& o, Prediction prediction, const Path& path, Time t) {
  const bool on_noise = prediction == Prediction::eps || prediction == Prediction::score;
  if (!on_noise)
    return o.rule == LossWeight::edm ? 1 / (o.sigma_data * o.sigma_data) / squared_error_ratio(prediction, path, t, 0)
                                     : 0;
  if (o.rule == LossWeight::edm)
    throw InputError(
        fmt::format("training.loss_weight = \"edm\" is infinite on {} at t = {}, where the path {} is pure noise",
                    prediction_name(prediction), t.value, path.name()));
  const double on_eps = o.rule == LossWeight::p2 ? math::pow(o.p2_k, -o.p2_gamma) : 1;
  return prediction == Prediction::eps ? on_eps : on_eps * path.sigma(t) * path.sigma(t);
}

}  // namespace

const std::vector<std::string>& loss_weight_names() {
  static const std::vector<std::string> names = {"uniform", "snr", "min_snr", "p2", "edm", "sigmoid"};
  return names;
}

LossWeight loss_weight_from_name(std::string_view name) {
  const auto& names = loss_weight_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    throw InputError(fmt::format("no loss weight \"{}\"; nearest: {}", name, nearest_name(name, names)));
  return static_cast<LossWeight>(it - names.begin());
}

double loss_weight(const LossWeightOptions& options, Prediction prediction, const Path& path, Time t) {
  if (options.rule == LossWeight::uniform) return 1;
  const double alpha = path.alpha(t), sigma = path.sigma(t);
  if (sigma == 0)
    throw InputError(
        fmt::format("training.loss_weight = \"{}\": at t = {} the path {} is clean and the weight infinite",
                    loss_weight_names()[static_cast<std::size_t>(options.rule)], t.value, path.name()));
  const double snr = alpha * alpha / (sigma * sigma);
  if (snr == 0) return weight_at_pure_noise(options, prediction, path, t);
  return weight_on_sample(options, snr) / squared_error_ratio(prediction, path, t, snr);
}

}  // namespace ito::experiments
