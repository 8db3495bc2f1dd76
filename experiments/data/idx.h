// IDX, the format of MNIST and its kin: 0, 0, type (8: unsigned byte), rank, then one big-endian 32-bit extent an axis,
// then the elements. Packed by gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ito::experiments {

struct Idx {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> elements;
};

// Of unsigned bytes and `rank` axes. InputError, naming `origin`, for another magic, type or rank, for data shorter or
// longer than the extents say, and for damaged or truncated gzip.
Idx parse_idx_gz(std::span<const std::byte> bytes, int rank, const std::string& origin);
Idx load_idx_gz(const std::filesystem::path& path, int rank);

}  // namespace ito::experiments
