// Model: what a recipe's `model` table makes. An exact formula of the data, or a network with parameters to train.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "autograd/tensor.h"
#include "experiments/data/dataset.h"
#include "samplers/denoiser.h"
#include "samplers/factories.h"

namespace ito::experiments {

// Visits parameters under the dotted names that safetensors files use ("layers.0.weight").
using ParameterVisitor = std::function<void(const std::string& name, Tensor& parameter)>;

class Model {
 public:
  virtual ~Model() = default;

  // A denoiser on `path`. For a network: on the path it was trained on; the caller adapts it to others.
  virtual Denoiser denoiser(PathPtr path) const = 0;

  // What it predicts.
  virtual Prediction prediction() const { return Prediction::sample; }

  // Networks only; an exact model visits nothing and cannot be trained.
  virtual bool trainable() const { return false; }
  virtual void parameters(const ParameterVisitor& /*visit*/) {}
  // The network's output (its prediction) for a shard; recorded on the tape when its parameters are watched.
  virtual Tensor forward(const Tensor& /*x*/, std::span<const double> /*times in [0, 1]*/,
                         const Tensor& /*condition*/) const;
  // A copy whose tensors share storage with this one's, for a thread to watch.
  virtual std::unique_ptr<Model> share() const;
  // Multiply-adds of one forward pass of one sample, for estimates of time.
  virtual double multiply_adds() const { return 0; }
};

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Model> {
  static constexpr const char* name = "model";
  using Make = std::function<std::unique_ptr<experiments::Model>(const experiments::Dataset& data, std::uint64_t seed,
                                                                 const Parameters&)>;
};
}  // namespace ito
