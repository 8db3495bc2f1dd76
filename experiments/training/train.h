// Training a network on a data set: the loop, its checkpoints, and the weights that come out.
//
//   x_t = alpha(t) x_0 + sigma(t) eps,   loss = mean over the batch of  w(t) |f(x_t, t, c) - target|^2 / D
//
// Everything random is counted (seed, step, example): which example stands where, t, eps, which labels are dropped. A
// batch is summed shard by shard under CONTRACT.md, so threads and interruptions change no bit of the weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "experiments/data/dataset.h"
#include "experiments/models/model.h"
#include "experiments/training/options.h"

namespace ito::experiments {

struct TrainingProgress {
  std::int64_t step = 0;  // finished steps
  std::int64_t steps = 0;
  double loss = 0;  // of the last step
  double learning_rate = 0;
  double seconds = 0;  // since this call began
};

// How the work is watched and interrupted; nothing here decides a bit.
struct TrainingControl {
  std::filesystem::path checkpoint;  // written at intervals and on a stop; continued from where it exists. Empty: none
  std::int64_t checkpoint_every = 1000;                        // steps
  std::function<bool()> stop = {};                             // asked after each step
  std::function<void(const TrainingProgress&)> progress = {};  // called after each step
};

struct TrainingResult {
  bool finished = false;       // false: stopped on request; the checkpoint continues
  std::int64_t step = 0;       // finished steps
  std::vector<double> losses;  // one a step, of this call and of those it continued
  double seconds = 0;          // of this call; not covered by the contract
};

// Trains model's parameters and, when finished, leaves the averaged weights in it. Throws DivergedError, naming the
// step and the first tensor that is not finite, with nothing written; InputError for a checkpoint of another training.
TrainingResult train(Model& model, const Dataset& data, const TrainingOptions& options, const TrainingControl& control);

// SHA-256 of everything that decides the weights: options, data, the model's parameters' names and shapes, `numerics`.
std::string training_key(Model& model, const Dataset& data, const TrainingOptions& options);

// Weights as safetensors, in PyTorch's shapes, with what they are in the metadata. Loading wants exactly the model's
// names and shapes: InputError naming the first that is missing, superfluous or different.
void save_weights(const std::filesystem::path& path, Model& model, const std::map<std::string, std::string>& metadata);
std::map<std::string, std::string> load_weights(const std::filesystem::path& path, Model& model);

// SHA-256 of all parameters, names and numbers: the part of a cell's key that a network adds.
std::string weights_hash(Model& model);

}  // namespace ito::experiments
