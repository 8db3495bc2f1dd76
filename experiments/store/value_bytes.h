// Values and tensors as bytes: one exact, little-endian form for the store's columns and for hashes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/registry.h"

namespace ito::experiments {

// The alternative's index, then its bytes (doubles as bit patterns; lists and text with their length first).
std::vector<std::byte> value_bytes(const Value& value);
// nullopt for anything value_bytes does not write.
std::optional<Value> value_from_bytes(std::span<const std::byte> bytes);

// Type, rank, extents, elements. Contiguous tensors.
std::vector<std::byte> tensor_bytes(const Tensor& tensor);
std::optional<Tensor> tensor_from_bytes(std::span<const std::byte> bytes);

}  // namespace ito::experiments
