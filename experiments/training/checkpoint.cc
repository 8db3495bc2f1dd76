#include "experiments/training/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/io/safetensors.h"
#include "autograd/io/sha256.h"

namespace ito::experiments {
namespace {

constexpr const char* kHash = "tensors_sha256";

std::string hash_of(const std::map<std::string, Tensor>& tensors) {
  Sha256 hash;
  for (const auto& [name, x] : tensors) hash.text(name).tensor(x);
  return hash.hex();
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw InputError(fmt::format("{}: {}", path.string(), why));
}

// The file and its losses, when it is a checkpoint of the training `key`.
struct Stored {
  Verified file;
  Tensor losses;
};
Stored load_stored(const std::filesystem::path& path, const std::string& key) {
  Verified file = load_verified(path);
  if (!file.metadata.contains(kHash) || !file.metadata.contains("training"))
    refuse(path, "not a training's checkpoint");
  if (file.metadata.at("training") != key)
    refuse(path,
           "the checkpoint of another training (data, model or training options differ); remove it to begin anew");
  const auto losses = file.tensors.find("losses");
  if (losses == file.tensors.end() || losses->second.dtype() != DType::f64 || losses->second.rank() != 1)
    refuse(path, "the losses are missing");
  Tensor found = losses->second;
  return {std::move(file), std::move(found)};
}

}  // namespace

void save_verified(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                   std::map<std::string, std::string> metadata) {
  metadata[kHash] = hash_of(tensors);
  save_safetensors(path, {tensors, std::move(metadata)});
}

Verified load_verified(const std::filesystem::path& path) {
  TensorFile file = load_safetensors(path);
  const auto hash = file.metadata.find(kHash);
  if (hash != file.metadata.end() && hash->second != hash_of(file.tensors))
    throw InputError(fmt::format("{}: damaged: its tensors are not those it was written with", path.string()));
  return {std::move(file.tensors), std::move(file.metadata)};
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, x] : checkpoint.tensors) tensors[name] = x;
  const auto steps = static_cast<std::int64_t>(checkpoint.losses.size());
  tensors["losses"] = Tensor::from(checkpoint.losses, {steps});
  save_verified(path, tensors, {{"training", checkpoint.key}, {"step", fmt::format("{}", steps)}});
}

std::int64_t checkpoint_steps(const std::filesystem::path& path, const std::string& key) {
  return load_stored(path, key).losses.dim(0);
}

void load_checkpoint(const std::filesystem::path& path, Checkpoint& checkpoint) {
  const auto [file, losses] = load_stored(path, checkpoint.key);
  for (const auto& [name, x] : checkpoint.tensors) {
    const auto it = file.tensors.find(name);
    if (it == file.tensors.end()) refuse(path, fmt::format("{} is missing", name));
    if (it->second.shape() != x.shape() || it->second.dtype() != x.dtype())
      refuse(path, fmt::format("{} has shape {}; {} was expected", name, it->second.shape().text(), x.shape().text()));
  }
  for (auto& [name, x] : checkpoint.tensors) copy_values(file.tensors.at(name), x);
  const std::span<const double> values = losses.span<double>();
  checkpoint.losses.assign(values.begin(), values.end());
}

void copy_values(const Tensor& from, Tensor& to) {
  const std::span<const float> values = from.span<float>();
  std::copy(values.begin(), values.end(), to.mutable_span<float>().begin());
}

}  // namespace ito::experiments
