// What image networks are told besides the image: the noise level and the class, as one embedding.
//
//   embedding = silu(W_1 (silu(W_0 features + b_0) + class_embedding[c]) + b_1)          (Karras 2022, DDPM++)
// features: cosines and sines of the network's time. `condition` kUnconditional is the table's last row.
#pragma once

#include <string>

#include "autograd/nn/embedding.h"
#include "autograd/nn/linear.h"
#include "experiments/models/model.h"

namespace ito::experiments {

struct Conditioning {
  std::int64_t features = 0;
  int classes = 0;
  bool of_lambda = false;  // features of lambda, not of t
  Linear layer_0, layer_1;
  Embedding class_embedding;  // [classes + 1, E], where there are classes

  Conditioning() = default;
  // E channels. `of_lambda`: what EDM preconditioning has for c_noise, log(sigma)/4, up to scale.
  Conditioning(const std::string& name, std::int64_t channels, std::int64_t features, int classes, bool of_lambda,
               std::uint64_t seed);

  // [N, E]. InputError for a class that is not there.
  Tensor operator()(const NetworkInput& input) const;
  void parameters(const ParameterVisitor& visit);
  double multiply_adds() const;
};

}  // namespace ito::experiments
