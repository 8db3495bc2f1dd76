// zlib's three wrappings of DEFLATE (RFC 1950-1952), read as hostile input and written deterministically.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ito {

enum class Wrapping : unsigned char { raw, zlib, gzip };

// The whole stream. InputError naming `origin` when it is damaged, truncated, followed by other bytes, or longer than
// `limit`: memory grows with what was really decoded, never with what a header claims. gzip: one member, checksum and
// length verified.
std::vector<std::byte> inflate_bytes(std::span<const std::byte> bytes, Wrapping wrapping, std::uint64_t limit,
                                     const std::string& origin);

std::vector<std::byte> deflate_bytes(std::span<const std::byte> bytes, Wrapping wrapping);

}  // namespace ito
