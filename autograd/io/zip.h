// ZIP archives (PKWARE APPNOTE 6.3), as far as .npz needs them: stored and deflated entries below 4 GiB.
//
// The central directory decides; each local header must agree with it in name and method, no two entries may share
// bytes, sizes are checked before anything is allocated, and every entry's CRC-32 is verified. Encrypted entries,
// several disks, ZIP64 and repeated names are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ito {

struct ZipEntry {
  std::string name;
  std::vector<std::byte> bytes;
};

enum class ZipMethod : unsigned char { stored = 0, deflated = 8 };

// Entries in the directory's order. `limit` bounds what all of them unpack to together.
std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& origin,
                               std::uint64_t limit = std::uint64_t{16} << 30);

// The same bytes for the same entries: time stamps are 1980-01-01. InputError above 4 GiB or 65,535 entries.
std::vector<std::byte> zip_bytes(std::span<const ZipEntry> entries, ZipMethod method);

}  // namespace ito
