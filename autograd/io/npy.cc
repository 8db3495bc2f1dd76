#include "autograd/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "autograd/io/atomic_file.h"
#include "autograd/io/permuted.h"
#include "autograd/io/stored_type.h"

namespace ito {
namespace {

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// The header is a Python dict literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  Header parse() {
    Header header;
    bool seen[3] = {};
    expect('{');
    while (!accept('}')) {
      const std::string key = text();
      expect(':');
      if (key == "descr" && !seen[0]) {
        seen[0] = true;
        header.descr = text();
      } else if (key == "fortran_order" && !seen[1]) {
        seen[1] = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !seen[2]) {
        seen[2] = true;
        header.shape = tuple();
      } else {
        fail();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size() || !seen[0] || !seen[1] || !seen[2]) fail();
    return header;
  }

 private:
  [[noreturn]] void fail() const {
    throw InputError(
        fmt::format("{}: the npy header is not {{'descr': ..., 'fortran_order': ..., 'shape': ...}} of a "
                    "plain array (at character {})",
                    origin_, at_));
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  std::string text() {
    skip_spaces();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail();
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail();
    std::string result(text_.substr(at_, end - at_));
    at_ = end + 1;
    return result;
  }
  bool boolean() {
    skip_spaces();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    fail();
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      if (error != std::errc{}) fail();
      at_ = static_cast<std::size_t>(end - text_.data());
      values.push_back(value);
      if (values.size() > 64) fail();
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  std::string_view text_;
  const std::string& origin_;
  std::size_t at_ = 0;
};

std::optional<StoredType> type_of_descr(std::string_view descr) {
  static constexpr std::pair<std::string_view, StoredType> kTypes[] = {
      {"f8", StoredType::f64}, {"f4", StoredType::f32},    {"f2", StoredType::f16}, {"i8", StoredType::i64},
      {"i4", StoredType::i32}, {"i2", StoredType::i16},    {"u2", StoredType::u16}, {"i1", StoredType::i8},
      {"u1", StoredType::u8},  {"b1", StoredType::boolean}};
  if (descr.size() != 3) return std::nullopt;
  for (const auto& [name, type] : kTypes)
    if (descr.substr(1) == name && (descr[0] == '<' || (descr[0] == '|' && stored_size(type) == 1))) return type;
  return std::nullopt;
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& origin) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    throw InputError(fmt::format("{}: not an npy file (it does not begin with \\x93NUMPY)", origin));
  const std::size_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0)
    throw InputError(fmt::format("{}: npy version {}.{}; 1.0, 2.0 and 3.0 are read", origin, major, minor));
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) throw InputError(fmt::format("{}: truncated in the npy header", origin));
  std::size_t length = byte(8) | byte(9) << 8;
  if (major > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) throw InputError(fmt::format("{}: truncated in the npy header", origin));

  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, length);
  const Header header = HeaderParser(text, origin).parse();
  const std::optional<StoredType> type = type_of_descr(header.descr);
  if (!type)
    throw InputError(fmt::format("{}: elements of type '{}'; little-endian f2 f4 f8 i1 i2 i4 i8 u1 u2 b1 are read",
                                 origin, header.descr));
  const std::span<const std::byte> data = bytes.subspan(start + length);
  const std::optional<std::int64_t> needed = stored_bytes(header.shape, *type);
  if (!needed || *needed != static_cast<std::int64_t>(data.size()))
    throw InputError(fmt::format("{}: {} bytes of data do not fill the shape ({}) of type '{}' that its header claims",
                                 origin, data.size(), fmt::join(header.shape, ", "), header.descr));
  if (!header.fortran_order) return widen(*type, Shape(header.shape), data, origin);
  // First axis fastest: row-major in the reversed shape.
  std::vector<std::int64_t> shape(header.shape.rbegin(), header.shape.rend());
  std::vector<int> axes;
  for (int a = static_cast<int>(shape.size()); a-- > 0;) axes.push_back(a);
  return permuted(widen(*type, Shape(shape), data, origin), axes);
}

std::vector<std::byte> npy_bytes(const Tensor& given) {
  const Tensor x = given.contiguous() ? given : given.clone();
  const char* descr = x.dtype() == DType::f64 ? "<f8" : x.dtype() == DType::f32 ? "<f4" : "<i4";
  std::string shape;
  for (const std::int64_t extent : x.shape().extents()) shape += fmt::format("{}, ", extent);
  if (x.rank() > 1)
    shape.resize(shape.size() - 2);  // "3, 4"
  else if (x.rank() == 1)
    shape.resize(shape.size() - 1);  // "3,"
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  header.append(64 - (10 + header.size() + 1) % 64, ' ').push_back('\n');

  std::string front("\x93NUMPY\x01\x00", 8);
  front.push_back(static_cast<char>(header.size() & 255));
  front.push_back(static_cast<char>(header.size() >> 8));
  front += header;
  const std::span<const std::byte> data = tensor_bytes(x);
  std::vector<std::byte> bytes(front.size() + data.size());
  std::memcpy(bytes.data(), front.data(), front.size());
  std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(front.size()));
  return bytes;
}

Tensor load_npy(const std::filesystem::path& path) { return parse_npy(read_file(path), path.string()); }

void save_npy(const std::filesystem::path& path, const Tensor& x) { write_file_atomically(path, npy_bytes(x)); }

NamedTensors parse_npz(std::span<const std::byte> bytes, const std::string& origin) {
  NamedTensors arrays;
  for (const ZipEntry& entry : read_zip(bytes, origin)) {
    if (!entry.name.ends_with(".npy"))
      throw InputError(fmt::format("{}: holds '{}', which is not an .npy array", origin, entry.name));
    const std::string name = entry.name.substr(0, entry.name.size() - 4);
    arrays.emplace(name, parse_npy(entry.bytes, fmt::format("{}: {}", origin, entry.name)));
  }
  return arrays;
}

std::vector<std::byte> npz_bytes(const NamedTensors& arrays, ZipMethod method) {
  std::vector<ZipEntry> entries;
  for (const auto& [name, x] : arrays) entries.push_back({name + ".npy", npy_bytes(x)});
  return zip_bytes(entries, method);
}

NamedTensors load_npz(const std::filesystem::path& path) { return parse_npz(read_file(path), path.string()); }

void save_npz(const std::filesystem::path& path, const NamedTensors& arrays, ZipMethod method) {
  write_file_atomically(path, npz_bytes(arrays, method));
}

}  // namespace ito
