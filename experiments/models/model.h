// Model: what a recipe's `model` table makes. An exact formula of the data, or a network with parameters to train.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "autograd/nn/parameters.h"
#include "autograd/tensor.h"
#include "experiments/data/dataset.h"
#include "samplers/denoiser.h"
#include "samplers/factories.h"

namespace ito::experiments {

class Model {
 public:
  virtual ~Model() = default;

  // A denoiser on `path`. For a network: on the path it was trained on; the caller adapts it to others. It keeps
  // handles of the parameters as they are now.
  virtual Denoiser denoiser(PathPtr path) const = 0;
  // What it predicts.
  virtual Prediction prediction() const { return Prediction::sample; }
  // Everything that decides the function but the parameters' values: part of the keys of cells and checkpoints.
  virtual std::string signature() const = 0;

  // Networks only; an exact model visits nothing and cannot be trained.
  virtual bool trainable() const { return false; }
  virtual void parameters(const ParameterVisitor& /*visit*/) {}
  // The network's output (its prediction) for N samples; recorded on the tape when its parameters are watched.
  // x [N, ...] float, already scaled to unit variance (input_scale); times: N, on the network's own clock
  // (network_time); condition int32 [N] or undefined. InputError from a model that is no network.
  virtual Tensor forward(const Tensor& x, std::span<const double> times, const Tensor& condition) const;
  // A copy whose tensors share storage with this one's, for a thread to watch.
  virtual std::unique_ptr<Model> share() const;
  // Multiply-adds of one forward pass of one sample, for estimates of time.
  virtual double multiply_adds() const { return 0; }
};

// What a network's input is multiplied by, so that it has unit variance for data of unit variance:
//   1 / sqrt(alpha^2 + sigma^2)
double input_scale(const Path& path, Time t);

// The denoiser of a network on the path it was trained on: scales, evaluates without recording, and offers the
// vector-Jacobian product by the tape.
Denoiser network_denoiser(std::shared_ptr<const Model> network, std::string name, PathPtr path, int classes);

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Model> {
  static constexpr const char* name = "model";
  using Make = std::function<std::unique_ptr<experiments::Model>(const experiments::Dataset& data, std::uint64_t seed,
                                                                 const Parameters&)>;
};
}  // namespace ito
