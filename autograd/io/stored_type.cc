#include "autograd/io/stored_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace ito {

static_assert(std::endian::native == std::endian::little, "files are little-endian and are copied as they are");

namespace {

template <class T>
T element(std::span<const std::byte> bytes, std::size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
Tensor copy(const Shape& shape, std::span<const std::byte> bytes) {
  Tensor x = Tensor::empty(shape, dtype_of<T>);
  if (!bytes.empty()) std::memcpy(x.mutable_span<T>().data(), bytes.data(), bytes.size());
  return x;
}

template <class Stored, class T, class Convert>
Tensor convert_each(const Shape& shape, std::span<const std::byte> bytes, Convert convert) {
  Tensor x = Tensor::empty(shape, dtype_of<T>);
  const std::span<T> out = x.mutable_span<T>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = convert(element<Stored>(bytes, i));
  return x;
}

template <class Stored>
Tensor integers(const Shape& shape, std::span<const std::byte> bytes, const std::string& origin) {
  return convert_each<Stored, std::int32_t>(shape, bytes, [&](Stored value) {
    if constexpr (sizeof(Stored) > 4)
      if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
        throw InputError(fmt::format("{}: the integer {} does not fit 32 bits", origin, value));
    return static_cast<std::int32_t>(value);
  });
}

}  // namespace

std::int64_t stored_size(StoredType type) {
  switch (type) {
    case StoredType::f64:
    case StoredType::i64:
      return 8;
    case StoredType::f32:
    case StoredType::i32:
      return 4;
    case StoredType::f16:
    case StoredType::bf16:
    case StoredType::i16:
    case StoredType::u16:
      return 2;
    case StoredType::i8:
    case StoredType::u8:
    case StoredType::boolean:
      return 1;
  }
  return 1;
}

StoredType stored_type(DType dtype) {
  return dtype == DType::f64 ? StoredType::f64 : dtype == DType::f32 ? StoredType::f32 : StoredType::i32;
}

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x8000u} << 16;
  const std::uint32_t exponent = (bits >> 10) & 31u, fraction = bits & 1023u;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // subnormal: exact in float
  return sign ? -magnitude : magnitude;
}

float bfloat16_to_float(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

std::optional<std::int64_t> stored_bytes(std::span<const std::int64_t> extents, StoredType type) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  if (extents.size() > Shape::kMaxRank) return std::nullopt;
  std::int64_t claimed = stored_size(type);
  bool empty = false;
  for (const std::int64_t extent : extents) {
    if (extent < 0 || extent > kMost / claimed) return std::nullopt;
    empty = empty || extent == 0;
    claimed *= std::max<std::int64_t>(extent, 1);
  }
  return empty ? 0 : claimed;
}

Tensor widen(StoredType type, const Shape& shape, std::span<const std::byte> bytes, const std::string& origin) {
  if (stored_bytes(shape.extents(), type) != static_cast<std::int64_t>(bytes.size()))
    throw InputError(fmt::format("{}: {} bytes do not fill the shape {}", origin, bytes.size(), shape.text()));
  switch (type) {
    case StoredType::f64:
      return copy<double>(shape, bytes);
    case StoredType::f32:
      return copy<float>(shape, bytes);
    case StoredType::i32:
      return copy<std::int32_t>(shape, bytes);
    case StoredType::f16:
      return convert_each<std::uint16_t, float>(shape, bytes, half_to_float);
    case StoredType::bf16:
      return convert_each<std::uint16_t, float>(shape, bytes, bfloat16_to_float);
    case StoredType::i64:
      return integers<std::int64_t>(shape, bytes, origin);
    case StoredType::i16:
      return integers<std::int16_t>(shape, bytes, origin);
    case StoredType::u16:
      return integers<std::uint16_t>(shape, bytes, origin);
    case StoredType::i8:
      return integers<std::int8_t>(shape, bytes, origin);
    case StoredType::u8:
    case StoredType::boolean:
      return integers<std::uint8_t>(shape, bytes, origin);
  }
  return {};
}

std::span<const std::byte> tensor_bytes(const Tensor& x) {
  switch (x.dtype()) {
    case DType::f64:
      return std::as_bytes(x.span<double>());
    case DType::f32:
      return std::as_bytes(x.span<float>());
    case DType::i32:
      return std::as_bytes(x.span<std::int32_t>());
  }
  return {};
}

}  // namespace ito
