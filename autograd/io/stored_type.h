// Elements as files store them, and the types they widen to in memory:
//   f64 -> double;  f32, f16, bf16 -> float;  integers and booleans -> int32 (InputError when one does not fit).
// All little-endian. Sizes that a file claims are checked here before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "autograd/tensor.h"

namespace ito {

enum class StoredType : unsigned char { f64, f32, f16, bf16, i64, i32, i16, i8, u16, u8, boolean };

std::int64_t stored_size(StoredType type);  // bytes of one element
StoredType stored_type(DType dtype);

float half_to_float(std::uint16_t bits);  // IEEE 754 binary16, exactly
float bfloat16_to_float(std::uint16_t bits);

// Bytes of an array with these extents; nothing when there are more than 6 axes, one is negative, or the product (with
// empty axes counted as 1) does not fit 62 bits.
std::optional<std::int64_t> stored_bytes(std::span<const std::int64_t> extents, StoredType type);

// `bytes` must be exactly what shape and type need. `origin` ("x.npy", "w.safetensors: layers.0.weight") opens
// messages.
Tensor widen(StoredType type, const Shape& shape, std::span<const std::byte> bytes, const std::string& origin);

// The elements of a tensor, row-major, as bytes.
std::span<const std::byte> tensor_bytes(const Tensor& contiguous);

}  // namespace ito
