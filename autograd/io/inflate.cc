#include "autograd/io/inflate.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "kernels/core/error.h"

namespace ito {
namespace {

int window_bits(Wrapping wrapping) {
  return wrapping == Wrapping::raw ? -MAX_WBITS : wrapping == Wrapping::zlib ? MAX_WBITS : MAX_WBITS + 16;
}

constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits

struct Inflater {
  z_stream stream{};
  explicit Inflater(Wrapping wrapping) {
    if (inflateInit2(&stream, window_bits(wrapping)) != Z_OK) throw EnvironmentError("zlib cannot start");
  }
  ~Inflater() { inflateEnd(&stream); }
};

struct Deflater {
  z_stream stream{};
  explicit Deflater(Wrapping wrapping) {
    if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits(wrapping), 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw EnvironmentError("zlib cannot start");
  }
  ~Deflater() { deflateEnd(&stream); }
};

// Offers the rest of `bytes` from `taken` on; returns how much was offered.
std::size_t offer(z_stream& stream, std::span<const std::byte> bytes, std::size_t taken) {
  const std::size_t n = std::min(bytes.size() - taken, kMostAtOnce);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + taken));
  stream.avail_in = static_cast<uInt>(n);
  return n;
}

}  // namespace

std::vector<std::byte> inflate_bytes(std::span<const std::byte> bytes, Wrapping wrapping, std::uint64_t limit,
                                     const std::string& origin) {
  Inflater inflater(wrapping);
  z_stream& stream = inflater.stream;
  std::vector<std::byte> out;
  std::size_t taken = 0, made = 0;
  for (;;) {
    if (made == out.size()) {
      // One byte more than the limit may be offered: to tell a stream that ends there from one that does not.
      const std::uint64_t most = limit == ~std::uint64_t{0} ? limit : limit + 1;
      if (made >= most) throw InputError(fmt::format("{}: unpacks to more than {} bytes", origin, limit));
      out.resize(static_cast<std::size_t>(std::min<std::uint64_t>(
          most, std::max<std::uint64_t>(made * 2, std::max<std::size_t>(4096, bytes.size() * 2)))));
    }
    const std::size_t offered = offer(stream, bytes, taken);
    const std::size_t room = std::min(out.size() - made, kMostAtOnce);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t used = offered - stream.avail_in, written = room - stream.avail_out;
    taken += used;
    made += written;
    if (status == Z_STREAM_END) break;
    if (status != Z_OK && status != Z_BUF_ERROR)
      throw InputError(fmt::format("{}: damaged compressed data ({})", origin, stream.msg ? stream.msg : "zlib error"));
    if (taken == bytes.size() && written == 0) throw InputError(fmt::format("{}: truncated compressed data", origin));
  }
  if (made > limit) throw InputError(fmt::format("{}: unpacks to more than {} bytes", origin, limit));
  if (taken != bytes.size())
    throw InputError(fmt::format("{}: {} bytes follow the end of the compressed data", origin, bytes.size() - taken));
  out.resize(made);
  return out;
}

std::vector<std::byte> deflate_bytes(std::span<const std::byte> bytes, Wrapping wrapping) {
  Deflater deflater(wrapping);
  z_stream& stream = deflater.stream;
  std::vector<std::byte> out(256 + bytes.size() / 2);
  std::size_t taken = 0, made = 0;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (made == out.size()) out.resize(out.size() * 2);
    const std::size_t offered = offer(stream, bytes, taken);
    const std::size_t room = std::min(out.size() - made, kMostAtOnce);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream.avail_out = static_cast<uInt>(room);
    status = deflate(&stream, taken + offered == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    if (status == Z_STREAM_ERROR) throw EnvironmentError("zlib cannot compress");
    taken += offered - stream.avail_in;
    made += room - stream.avail_out;
  }
  out.resize(made);
  return out;
}

}  // namespace ito
