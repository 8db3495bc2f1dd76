// A network's parameters in and out of safetensors files, in PyTorch's shapes.
#include <fmt/format.h>

#include "autograd/arithmetic.h"
#include "autograd/io/safetensors.h"
#include "autograd/io/sha256.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/train.h"

namespace ito::experiments {
namespace {

// Weights of linear and convolution layers turn their axes; tables of embeddings, and vectors, do not.
bool turns(const std::string& name, const Tensor& x) {
  return x.rank() >= 2 && name.ends_with("weight") && name.find("embedding") == std::string::npos;
}

}  // namespace

void save_weights(const std::filesystem::path& path, Model& model, const std::map<std::string, std::string>& metadata) {
  std::map<std::string, Tensor> tensors;
  model.parameters(
      [&](const std::string& name, Tensor& x) { tensors[name] = turns(name, x) ? weight_to_pytorch(x) : x; });
  save_verified(path, tensors, metadata);
}

std::map<std::string, std::string> load_weights(const std::filesystem::path& path, Model& model) {
  Verified file = load_verified(path);
  const auto refuse = [&](const std::string& why) { throw InputError(fmt::format("{}: {}", path.string(), why)); };
  std::vector<std::pair<Tensor, Tensor>> copies;
  model.parameters([&](const std::string& name, Tensor& x) {
    const auto it = file.tensors.find(name);
    if (it == file.tensors.end()) refuse(fmt::format("{} is missing: the weights of another model", name));
    const Tensor stored = turns(name, it->second) ? weight_from_pytorch(it->second) : it->second;
    if (stored.shape() != x.shape() || stored.dtype() != x.dtype())
      refuse(fmt::format("{} has shape {}; {} was expected", name, stored.shape().text(), x.shape().text()));
    if (!all_finite(stored)) refuse(fmt::format("{} has an element that is not finite", name));
    copies.emplace_back(x, stored);
    file.tensors.erase(it);
  });
  if (!file.tensors.empty())
    refuse(fmt::format("{} belongs to no layer: the weights of another model", file.tensors.begin()->first));
  for (auto& [x, stored] : copies) copy_values(stored, x);
  return file.metadata;
}

std::string weights_hash(Model& model) {
  Sha256 hash;
  model.parameters([&](const std::string& name, Tensor& x) { hash.text(name).tensor(x); });
  return hash.hex();
}

}  // namespace ito::experiments
