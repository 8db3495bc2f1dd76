// Everything a training needs to go on: weights, their average, the optimiser's moments, the step, the losses so far.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "autograd/nn/parameters.h"

namespace ito::experiments {

// Handles, under the names they have in the file; loading writes the storage that they share.
struct Checkpoint {
  std::string key;  // of the training
  std::vector<NamedTensor> tensors;
  std::vector<double> losses;  // one a finished step
};

// A safetensors file with the key and the SHA-256 of all tensors in its metadata, written atomically.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Fills `checkpoint`, whose key and tensors' shapes say what is expected. InputError, naming the file, when it is
// damaged or belongs to another training; then nothing has been written.
void load_checkpoint(const std::filesystem::path& path, Checkpoint& checkpoint);

// How many steps a checkpoint of the training `key` has behind it. InputError as above.
std::int64_t checkpoint_steps(const std::filesystem::path& path, const std::string& key);

// Tensors as a file under a hash of their own, and back: what checkpoints and weights share.
void save_verified(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                   std::map<std::string, std::string> metadata);
struct Verified {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};
Verified load_verified(const std::filesystem::path& path);

// Copies the elements of one float tensor into the storage of another of its shape.
void copy_values(const Tensor& from, Tensor& to);

}  // namespace ito::experiments
