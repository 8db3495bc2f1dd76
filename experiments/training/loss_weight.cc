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

std::vector<Parameter> loss_weight_parameters() {
  const LossWeightOptions d;
  const auto number = [](const char* name, double value, const char* meaning, double min) {
    return Parameter{.name = name, .default_value = value, .meaning = meaning, .min = min, .max = 1e3};
  };
  return {number("min_snr_gamma", d.min_snr_gamma, "gamma of min(SNR, gamma)", 0),
          number("p2_k", d.p2_k, "k of (k + SNR)^-gamma", 1e-9),
          number("p2_gamma", d.p2_gamma, "gamma of (k + SNR)^-gamma", 0),
          number("sigma_data", d.sigma_data, "standard deviation of the data in the edm weight", 1e-9),
          number("sigmoid_bias", d.sigmoid_bias, "b of sigmoid(b - log SNR)", -1e3)};
}

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

namespace {

// Those of the parameters above that a rule reads.
std::vector<Parameter> named(const std::vector<std::string>& names) {
  std::vector<Parameter> parameters = loss_weight_parameters();
  std::erase_if(parameters, [&](const Parameter& parameter) {
    return std::find(names.begin(), names.end(), parameter.name) == names.end();
  });
  return parameters;
}

const Register<LossWeight> uniform{{.name = "uniform",
                                    .paper = "Lipman et al. 2023 (Flow matching), eq. 5, on u; Ho 2020, eq. 14, on eps",
                                    .summary = "Every time weighs the same, on whatever the network predicts.",
                                    .formula = "w = 1 on the network's own prediction"},
                                   LossWeight::uniform};
const Register<LossWeight> snr{{.name = "snr",
                                .paper = "Ho, Jain, Abbeel 2020 (DDPM), eq. 14; Salimans, Ho 2022, section 4",
                                .summary = "DDPM's simple loss, whatever the network predicts.",
                                .formula = "w = SNR on x_0 (1 on eps, SNR/(SNR + 1) on v),  SNR = (alpha/sigma)^2"},
                               LossWeight::snr};
const Register<LossWeight> min_snr{
    {.name = "min_snr",
     .paper = "Hang et al. 2023 (Efficient diffusion training via min-SNR weighting), section 3.4: gamma 5",
     .summary = "The simple loss with the weight of nearly clean examples capped.",
     .formula = "w = min(SNR, gamma) on x_0;  min(SNR, gamma)/SNR on eps;  min(SNR, gamma)/(SNR + 1) on v",
     .parameters = named({"min_snr_gamma"})},
    LossWeight::min_snr};
const Register<LossWeight> p2{{.name = "p2",
                               .paper = "Choi et al. 2022 (Perception prioritized training), eq. 8: k 1, gamma 1",
                               .summary = "The simple loss with less weight where only imperceptible detail is left.",
                               .formula = "w = (k + SNR)^-gamma on eps;  SNR (k + SNR)^-gamma on x_0",
                               .parameters = named({"p2_k", "p2_gamma"})},
                              LossWeight::p2};
const Register<LossWeight> edm{
    {.name = "edm",
     .paper = "Karras et al. 2022 (EDM), table 1 and eq. 8",
     .summary = "Weights under which EDM's preconditioned network has unit loss at all times.",
     .formula = "w = (s^2 + sd^2)/(s sd)^2 on x_0,  s = sigma/alpha,  sd = sigma_data",
     .parameters = named({"sigma_data"})},
    LossWeight::edm};
const Register<LossWeight> sigmoid{
    {.name = "sigmoid",
     .paper = "Kingma, Gao 2023 (Understanding diffusion objectives as the ELBO), section 4.1: b 2",
     .summary = "A monotonic weight: the simple loss with nearly clean examples faded out.",
     .formula = "w = 1/(1 + e^(log SNR - b)) on eps;  SNR/(1 + e^(log SNR - b)) on x_0",
     .parameters = named({"sigmoid_bias"})},
    LossWeight::sigmoid};

}  // namespace
}  // namespace ito::experiments
