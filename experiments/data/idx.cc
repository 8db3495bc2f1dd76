#include "experiments/data/idx.h"

#include <fmt/format.h>

#include <cstring>

#include "autograd/io/atomic_file.h"
#include "autograd/io/inflate.h"
#include "autograd/io/stored_type.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

constexpr std::uint64_t kMostUnpacked = std::uint64_t{1} << 31;

}  // namespace

Idx parse_idx_gz(std::span<const std::byte> packed, int rank, const std::string& origin) {
  const std::vector<std::byte> bytes = inflate_bytes(packed, Wrapping::gzip, kMostUnpacked, origin);
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(rank);
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0)
    throw InputError(fmt::format("{}: not an IDX file (it does not begin with two zero bytes)", origin));
  if (byte(2) != 8)
    throw InputError(fmt::format("{}: IDX type {:#04x}; unsigned bytes (0x08) are read", origin, byte(2)));
  if (byte(3) != static_cast<std::uint32_t>(rank))
    throw InputError(fmt::format("{}: {} axes; {} were expected", origin, byte(3), rank));
  if (bytes.size() < header) throw InputError(fmt::format("{}: truncated in the IDX header", origin));

  Idx idx;
  for (std::size_t at = 4; at < header; at += 4)
    idx.extents.push_back(byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3));
  const auto size = stored_bytes(idx.extents, StoredType::u8);
  if (!size || static_cast<std::uint64_t>(*size) != bytes.size() - header)
    throw InputError(fmt::format("{}: {} bytes of data; the extents [{}] were expected", origin, bytes.size() - header,
                                 fmt::join(idx.extents, ", ")));
  idx.elements.resize(bytes.size() - header);
  if (!idx.elements.empty()) std::memcpy(idx.elements.data(), bytes.data() + header, idx.elements.size());
  return idx;
}

Idx load_idx_gz(const std::filesystem::path& path, int rank) {
  return parse_idx_gz(read_file(path, kMostUnpacked), rank, path.string());
}

}  // namespace ito::experiments
