#include "experiments/models/image_network.h"

#include <fmt/format.h>

#include "experiments/models/preconditioning.h"

namespace ito::experiments {

std::vector<Parameter> image_network_parameters(std::int64_t default_patch) {
  const ImageNetworkOptions d;
  return {{.name = "prediction",
           .default_value = std::string("sample"),
           .meaning = "what the network predicts",
           .choices = {"eps", "sample", "v", "velocity"}},
          {.name = "preconditioning",
           .default_value = std::string("edm"),
           .meaning = "edm: D = c_skip x + c_out F(c_in x), which predicts the sample; none: F itself",
           .choices = {"none", "edm"}},
          {.name = "sigma_data",
           .default_value = d.sigma_data,
           .meaning = "edm: root mean square of the data",
           .min = 1e-9,
           .max = 1e9},
          {.name = "patch",
           .default_value = default_patch,
           .meaning = "pixels on a side that the network sees as one position",
           .min = 1,
           .max = 64},
          {.name = "embedding",
           .default_value = d.embedding,
           .meaning = "channels of the embedding of time and class",
           .min = 1,
           .max = 65536},
          {.name = "time_features",
           .default_value = d.time_features,
           .meaning = "sines and cosines of the time, an even number",
           .min = 2,
           .max = 4096},
          {.name = "dropout",
           .default_value = d.dropout,
           .meaning = "share of features dropped in training",
           .min = 0,
           .max = 0.99}};
}

ImageNetworkOptions image_network_options(const Dataset& data, const Parameters& p, const char* kind) {
  if (!data.images())
    throw InputError(fmt::format("model.kind = \"{}\" takes images [H, W, C]; an example of '{}' is {}", kind,
                                 data.name, data.sample_shape.text()));
  ImageNetworkOptions o;
  o.prediction = *prediction_from_name(p.text("prediction"));
  o.edm = p.text("preconditioning") == "edm";
  o.sigma_data = p.number("sigma_data");
  o.dropout = p.number("dropout");
  o.patch = p.integer("patch");
  o.embedding = p.integer("embedding");
  o.time_features = p.integer("time_features");
  if (o.edm && o.prediction != Prediction::sample)
    throw InputError(
        fmt::format("model.preconditioning = \"edm\" predicts the sample; model.prediction = \"{}\" needs "
                    "model.preconditioning = \"none\"",
                    p.text("prediction")));
  if (o.time_features % 2 != 0)
    throw InputError(fmt::format("model.time_features = {}: an even number was expected", o.time_features));
  const std::int64_t h = data.sample_shape[0], w = data.sample_shape[1];
  if (h % o.patch != 0 || w % o.patch != 0)
    throw InputError(
        fmt::format("model.patch = {}: patches do not cover the images of '{}', {} x {}", o.patch, data.name, h, w));
  return o;
}

std::vector<std::int64_t> whole_numbers(const Parameters& p, const char* name, const char* kind) {
  std::vector<std::int64_t> values;
  for (const double value : p.numbers(name)) {
    values.push_back(static_cast<std::int64_t>(value));
    if (static_cast<double>(values.back()) != value)
      throw InputError(fmt::format("model.{} of a {}: {} is not a whole number", name, kind, value));
  }
  return values;
}

Denoiser ImageNetwork::denoiser(PathPtr path) const {
  return network_denoiser(std::shared_ptr<const Model>(share()), kind_, std::move(path), classes_);
}

Tensor ImageNetwork::forward(const NetworkInput& input) const {
  const Tensor& x = input.x;
  if (x.rank() != 4 || x.dim(1) != image_[0] || x.dim(2) != image_[1] || x.dim(3) != image_[2])
    throw InputError(fmt::format("{}: images of shape {}; {} was expected", kind_, x.shape().text(), image_.text()));
  if (!options_.edm) return network(x, input);
  return preconditioned(x, input.lambda, options_.sigma_data, [&](const Tensor& in) { return network(in, input); });
}

std::string ImageNetwork::options_text() const {
  return fmt::format("prediction={} edm={} sigma_data={} dropout={} patch={} embedding={} features={} classes={}",
                     prediction_name(options_.prediction), options_.edm ? 1 : 0, options_.sigma_data, options_.dropout,
                     options_.patch, options_.embedding, options_.time_features, classes_);
}

}  // namespace ito::experiments
