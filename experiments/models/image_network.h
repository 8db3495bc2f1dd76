// What the image networks (UNet, DiT) have in common: parameters that a recipe may set, the denoiser, the refusals.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/models/model.h"
#include "samplers/registry.h"

namespace ito::experiments {

struct ImageNetworkOptions {
  Prediction prediction = Prediction::sample;
  bool edm = false;  // preconditioned (Karras 2022); then it predicts x_0
  double sigma_data = 0.5;
  double dropout = 0;
  std::int64_t patch = 1;
  std::int64_t embedding = 128;  // channels of the conditioning
  std::int64_t time_features = 64;
};

// The registry's parameters of these options, and the options from their values. InputError where they contradict each
// other or the data (which must be images, [H, W, C]).
std::vector<Parameter> image_network_parameters(std::int64_t default_patch);
ImageNetworkOptions image_network_options(const Dataset& data, const Parameters& p, const char* kind);

// A list of whole numbers. InputError for another number, naming the key.
std::vector<std::int64_t> whole_numbers(const Parameters& p, const char* name, const char* kind);

class ImageNetwork : public Model {
 public:
  ImageNetwork(std::string kind, const Dataset& data, const ImageNetworkOptions& options)
      : options_(options), kind_(std::move(kind)), image_(data.sample_shape), classes_(data.classes) {}

  Denoiser denoiser(PathPtr path) const override;
  Prediction prediction() const override { return options_.prediction; }
  bool trainable() const override { return true; }
  std::int64_t samples_at_a_time() const override { return 8; }

  Tensor forward(const NetworkInput& input) const override;

 protected:
  // The network itself, F: x [N, H, W, C] to the same shape.
  virtual Tensor network(const Tensor& x, const NetworkInput& input) const = 0;
  std::string options_text() const;

  ImageNetworkOptions options_;
  std::string kind_;
  Shape image_;
  int classes_;
};

}  // namespace ito::experiments
