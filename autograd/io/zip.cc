#include "autograd/io/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "autograd/io/inflate.h"
#include "kernels/core/error.h"

namespace ito {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
constexpr std::uint64_t kMostPerByte = 1032;  // DEFLATE makes at most 258 bytes from 2 bits

std::uint32_t u16(Bytes bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]) | std::to_integer<std::uint32_t>(bytes[at + 1]) << 8;
}
std::uint32_t u32(Bytes bytes, std::size_t at) { return u16(bytes, at) | u16(bytes, at + 2) << 16; }

std::uint32_t crc_of(Bytes bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

struct Central {
  std::string name;
  std::uint32_t method, crc;
  std::uint64_t packed, unpacked, local;
};

// The archive's last record; a comment of up to 65,535 bytes may follow it.
std::size_t find_end(Bytes bytes, const std::string& origin) {
  if (bytes.size() >= kEndSize)
    for (std::size_t at = bytes.size() - kEndSize;; --at) {
      if (u32(bytes, at) == kEnd && at + kEndSize + u16(bytes, at + 20) == bytes.size()) return at;
      if (at == 0 || bytes.size() - at > kEndSize + 65535) break;
    }
  throw InputError(fmt::format("{}: not a zip archive, or a truncated one (no end record)", origin));
}

std::vector<Central> read_directory(Bytes bytes, std::size_t end, const std::string& origin) {
  const auto refuse = [&](const char* why) { throw InputError(fmt::format("{}: {}", origin, why)); };
  const std::size_t count = u16(bytes, end + 10), size = u32(bytes, end + 12), start = u32(bytes, end + 16);
  if (u16(bytes, end + 4) != 0 || u16(bytes, end + 6) != 0 || u16(bytes, end + 8) != count)
    refuse("a zip archive in several parts is not read");
  if (count == 0xFFFF || size == 0xFFFFFFFF || start == 0xFFFFFFFF) refuse("ZIP64 archives are not read");
  if (start > end || size != end - start) refuse("the zip directory lies outside the file");

  std::vector<Central> entries;
  std::set<std::string> names;
  std::size_t at = start;
  for (std::size_t i = 0; i < count; ++i) {
    if (end - at < kCentralSize || u32(bytes, at) != kCentral) refuse("damaged zip directory");
    const std::size_t name_length = u16(bytes, at + 28), rest = u16(bytes, at + 30) + u16(bytes, at + 32);
    if (end - at - kCentralSize < name_length + rest) refuse("damaged zip directory");
    Central entry{std::string(reinterpret_cast<const char*>(bytes.data()) + at + kCentralSize, name_length),
                  u16(bytes, at + 10),
                  u32(bytes, at + 16),
                  u32(bytes, at + 20),
                  u32(bytes, at + 24),
                  u32(bytes, at + 42)};
    if (u16(bytes, at + 8) & 1) refuse("encrypted zip entries are not read");
    if (entry.packed == 0xFFFFFFFF || entry.unpacked == 0xFFFFFFFF || entry.local == 0xFFFFFFFF)
      refuse("ZIP64 archives are not read");
    if (!names.insert(entry.name).second) refuse("two zip entries have one name");
    entries.push_back(std::move(entry));
    at += kCentralSize + name_length + rest;
  }
  if (at != end) refuse("damaged zip directory");
  return entries;
}

// Where an entry's data lie: [local header, data) to [data, data + packed).
struct Place {
  std::uint64_t begin, data, end;
};

Place locate(Bytes bytes, const Central& entry, std::uint64_t directory, const std::string& where) {
  const auto refuse = [&](const char* why) { throw InputError(fmt::format("{}: {}", where, why)); };
  if (entry.local + kLocalSize > directory || u32(bytes, entry.local) != kLocal) refuse("no local zip header");
  const std::size_t name_length = u16(bytes, entry.local + 26), extra = u16(bytes, entry.local + 28);
  const std::uint64_t data = entry.local + kLocalSize + name_length + extra;
  if (data > directory || directory - data < entry.packed) refuse("its data lie outside the file");
  if (name_length != entry.name.size() ||
      std::memcmp(bytes.data() + entry.local + kLocalSize, entry.name.data(), name_length) != 0 ||
      u16(bytes, entry.local + 8) != entry.method)
    refuse("its local zip header disagrees with the directory");
  return {entry.local, data, data + entry.packed};
}

void put16(std::vector<std::byte>& out, std::uint32_t value) {
  out.push_back(static_cast<std::byte>(value));
  out.push_back(static_cast<std::byte>(value >> 8));
}
void put32(std::vector<std::byte>& out, std::uint64_t value) {
  put16(out, static_cast<std::uint32_t>(value & 0xFFFF));
  put16(out, static_cast<std::uint32_t>(value >> 16));
}
void put(std::vector<std::byte>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace

std::vector<ZipEntry> read_zip(Bytes bytes, const std::string& origin, std::uint64_t limit) {
  const std::size_t end = find_end(bytes, origin);
  const std::vector<Central> directory = read_directory(bytes, end, origin);
  const std::uint64_t start = u32(bytes, end + 16);

  std::vector<Place> places;
  std::uint64_t total = 0;
  for (const Central& entry : directory) {
    const std::string where = fmt::format("{}: {}", origin, entry.name);
    places.push_back(locate(bytes, entry, start, where));
    if (entry.method != 0 && entry.method != 8)
      throw InputError(fmt::format("{}: zip method {}; stored and deflated entries are read", where, entry.method));
    const std::uint64_t most = entry.method == 0 ? entry.packed : entry.packed * kMostPerByte;
    if (entry.unpacked > most || (entry.method == 0 && entry.unpacked != entry.packed))
      throw InputError(
          fmt::format("{}: {} bytes cannot unpack to the {} claimed", where, entry.packed, entry.unpacked));
    total += entry.unpacked;
    if (total > limit) throw InputError(fmt::format("{}: unpacks to more than {} bytes", origin, limit));
  }
  std::vector<Place> sorted = places;
  std::sort(sorted.begin(), sorted.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].begin < sorted[i - 1].end) throw InputError(fmt::format("{}: two zip entries overlap", origin));

  std::vector<ZipEntry> entries;
  for (std::size_t i = 0; i < directory.size(); ++i) {
    const Central& entry = directory[i];
    const std::string where = fmt::format("{}: {}", origin, entry.name);
    const Bytes packed = bytes.subspan(places[i].data, entry.packed);
    std::vector<std::byte> data = entry.method == 0 ? std::vector<std::byte>(packed.begin(), packed.end())
                                                    : inflate_bytes(packed, Wrapping::raw, entry.unpacked, where);
    if (data.size() != entry.unpacked || crc_of(data) != entry.crc)
      throw InputError(fmt::format("{}: damaged (its CRC-32 or length is not the directory's)", where));
    entries.push_back({entry.name, std::move(data)});
  }
  return entries;
}

std::vector<std::byte> zip_bytes(std::span<const ZipEntry> entries, ZipMethod method) {
  if (entries.size() >= 0xFFFF) throw InputError("a zip archive holds at most 65,534 entries");
  constexpr std::uint32_t kVersion = 20, kMidnight = 0, kFirstDay = 0x21;  // 1980-01-01 00:00
  std::vector<std::byte> out, directory;
  for (const ZipEntry& entry : entries) {
    const std::vector<std::byte> deflated =
        method == ZipMethod::deflated ? deflate_bytes(entry.bytes, Wrapping::raw) : std::vector<std::byte>{};
    const Bytes data = method == ZipMethod::deflated ? Bytes(deflated) : Bytes(entry.bytes);
    if (entry.name.size() > 0xFFFF || entry.bytes.size() >= 0xFFFFFFFF || data.size() >= 0xFFFFFFFF - out.size())
      throw InputError(fmt::format("'{}' does not fit a zip archive of 4 GiB", entry.name));
    const std::size_t local = out.size();
    // What local header and directory share: version needed .. length of the extra field.
    std::vector<std::byte> shared;
    put16(shared, kVersion);
    put16(shared, 0x800);  // names are UTF-8
    put16(shared, static_cast<std::uint32_t>(method));
    put16(shared, kMidnight);
    put16(shared, kFirstDay);
    put32(shared, crc_of(entry.bytes));
    put32(shared, data.size());
    put32(shared, entry.bytes.size());
    put16(shared, static_cast<std::uint32_t>(entry.name.size()));
    put16(shared, 0);
    const Bytes name = std::as_bytes(std::span(entry.name));

    put32(out, kLocal);
    put(out, shared);
    put(out, name);
    put(out, data);

    put32(directory, kCentral);
    put16(directory, kVersion);
    put(directory, shared);
    put16(directory, 0);  // comment
    put16(directory, 0);  // disk
    put16(directory, 0);  // internal and
    put32(directory, 0);  // external attributes
    put32(directory, local);
    put(directory, name);
  }
  const std::size_t start = out.size();
  if (start + directory.size() >= 0xFFFFFFFF) throw InputError("a zip archive holds at most 4 GiB");
  put(out, directory);
  put32(out, kEnd);
  put32(out, 0);  // disks
  put16(out, static_cast<std::uint32_t>(entries.size()));
  put16(out, static_cast<std::uint32_t>(entries.size()));
  put32(out, directory.size());
  put32(out, start);
  put16(out, 0);
  return out;
}

}  // namespace ito
