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

// Which masks of dropout a training step draws: counted by (seed, step, number of the example in the batch).
struct DropoutPlace {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::int64_t first_example = 0;
};

// What a network is asked about N samples.
struct NetworkInput {
  Tensor x = {};                          // [N, ...] float, of unit variance (input_scale)
  std::span<const double> times = {};     // N, on the network's own clock (network_time)
  std::span<const double> lambda = {};    // N, log(alpha / sigma) there: +inf for clean, -inf for pure noise
  Tensor condition = {};                  // int32 [N], kUnconditional for none; undefined: none has any
  const DropoutPlace* dropout = nullptr;  // null outside training: nothing is dropped
};

// What a network learns: to denoise, or to tell the classes of clean examples apart.
enum class Objective : unsigned char { denoise, classify };

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
  virtual Objective objective() const { return Objective::denoise; }
  // The network's output, its prediction [N, ...] (of a classifier: logits [N, classes]); recorded on the tape when its
  // parameters are watched. A sample's numbers do not depend on the others. InputError from a model that is no network.
  virtual Tensor forward(const NetworkInput& input) const;
  // A copy whose tensors share storage with this one's, for a thread to watch.
  virtual std::unique_ptr<Model> share() const;
  // Multiply-adds of one forward pass of one sample, for estimates of time.
  virtual double multiply_adds() const { return 0; }
  // Samples that one thread computes at a time, so that what it computes on stays in its cache; 0: all at once, each
  // operator on all threads. Changes no bit.
  virtual std::int64_t samples_at_a_time() const { return 0; }
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
