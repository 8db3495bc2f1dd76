#include "autograd/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "autograd/io/atomic_file.h"
#include "autograd/io/permuted.h"
#include "autograd/io/stored_type.h"

namespace ito {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostHeader = 100'000'000;  // the format's own limit
constexpr const char* kMetadata = "__metadata__";

constexpr std::pair<const char*, StoredType> kTypes[] = {
    {"F64", StoredType::f64}, {"F32", StoredType::f32}, {"F16", StoredType::f16},     {"BF16", StoredType::bf16},
    {"I64", StoredType::i64}, {"I32", StoredType::i32}, {"I16", StoredType::i16},     {"I8", StoredType::i8},
    {"U16", StoredType::u16}, {"U8", StoredType::u8},   {"BOOL", StoredType::boolean}};

std::optional<StoredType> type_named(const std::string& name) {
  for (const auto& [text, type] : kTypes)
    if (name == text) return type;
  return std::nullopt;
}

const char* type_name(StoredType type) {
  for (const auto& [text, t] : kTypes)
    if (t == type) return text;
  return "";
}

// Parses the header; nothing deeper than the format allows, and no name twice.
json parse_header(std::string_view text, const std::string& origin) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > 3) throw InputError(fmt::format("{}: the safetensors header is nested too deeply", origin));
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
      throw InputError(fmt::format("{}: the safetensors header names '{}' twice", origin, value.get<std::string>()));
    return true;
  };
  json header = json::parse(text, watch, /*allow_exceptions=*/false);
  if (!header.is_object()) throw InputError(fmt::format("{}: the safetensors header is not a JSON object", origin));
  return header;
}

struct Entry {
  std::string name;
  StoredType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

// A whole number from 0 to 2^62, or nothing.
std::optional<std::int64_t> size_in(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > std::uint64_t{1} << 62) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Entry parse_entry(const std::string& name, const json& fields, std::uint64_t data_size, const std::string& origin) {
  const auto refuse = [&](const std::string& why) { throw InputError(fmt::format("{}: {}: {}", origin, name, why)); };
  if (!fields.is_object() || fields.size() != 3 || !fields.contains("dtype") || !fields.contains("shape") ||
      !fields.contains("data_offsets"))
    refuse("expected exactly dtype, shape and data_offsets");
  const json &dtype = fields["dtype"], &shape = fields["shape"], &offsets = fields["data_offsets"];
  if (!dtype.is_string()) refuse("dtype is not a text");
  const std::optional<StoredType> type = type_named(dtype.get<std::string>());
  if (!type) refuse(fmt::format("dtype {} is not read", dtype.get<std::string>()));
  if (!shape.is_array() || !offsets.is_array() || offsets.size() != 2) refuse("shape or data_offsets is not a list");

  Entry entry{name, *type, {}, 0, 0};
  for (const json& extent : shape) {
    const std::optional<std::int64_t> size = size_in(extent);
    if (!size) refuse("an extent is not a whole number");
    entry.shape.push_back(*size);
    if (entry.shape.size() > Shape::kMaxRank) refuse("more than 6 axes");
  }
  const std::optional<std::int64_t> begin = size_in(offsets[0]), end = size_in(offsets[1]);
  if (!begin || !end || *begin > *end || static_cast<std::uint64_t>(*end) > data_size)
    refuse("its data_offsets lie outside the file");
  entry.begin = static_cast<std::uint64_t>(*begin);
  entry.end = static_cast<std::uint64_t>(*end);
  if (stored_bytes(entry.shape, *type) != *end - *begin)
    refuse(fmt::format("{} bytes do not fill the shape [{}] of {}", *end - *begin, fmt::join(entry.shape, ", "),
                       dtype.get<std::string>()));
  return entry;
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& origin) {
  std::uint64_t header_size = 0;
  if (bytes.size() < 8) throw InputError(fmt::format("{}: not a safetensors file (shorter than 8 bytes)", origin));
  std::memcpy(&header_size, bytes.data(), 8);
  if (header_size > kMostHeader || header_size > bytes.size() - 8)
    throw InputError(
        fmt::format("{}: not a safetensors file, or truncated (a header of {} bytes is claimed, {} follow)", origin,
                    header_size, bytes.size() - 8));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, header_size);
  const std::span<const std::byte> data = bytes.subspan(8 + header_size);
  const json header = parse_header(text, origin);

  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [name, fields] : header.items()) {
    if (name != kMetadata) {
      entries.push_back(parse_entry(name, fields, data.size(), origin));
      continue;
    }
    if (!fields.is_object()) throw InputError(fmt::format("{}: __metadata__ is not an object", origin));
    for (const auto& [key, value] : fields.items()) {
      if (!value.is_string()) throw InputError(fmt::format("{}: __metadata__: {} is not a text", origin, key));
      file.metadata.emplace(key, value.get<std::string>());
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at)
      throw InputError(fmt::format("{}: {}: its data leave a gap or overlap another tensor's", origin, entry.name));
    at = entry.end;
  }
  if (at != data.size()) throw InputError(fmt::format("{}: {} bytes belong to no tensor", origin, data.size() - at));
  for (const Entry& entry : entries)
    file.tensors.emplace(entry.name,
                         widen(entry.type, Shape(entry.shape), data.subspan(entry.begin, entry.end - entry.begin),
                               fmt::format("{}: {}", origin, entry.name)));
  return file;
}

std::vector<std::byte> safetensors_bytes(const TensorFile& file) {
  std::vector<std::pair<std::string, Tensor>> ordered;
  for (const auto& [name, x] : file.tensors) {
    if (name == kMetadata) throw InputError("a tensor cannot be called __metadata__");
    ordered.emplace_back(name, x.contiguous() ? x : x.clone());
  }
  // Wide elements first, so that every tensor is aligned.
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return dtype_size(a.second.dtype()) > dtype_size(b.second.dtype());
  });

  json header = json::object();
  if (!file.metadata.empty()) header[kMetadata] = file.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, x] : ordered) {
    const std::uint64_t end = at + tensor_bytes(x).size();
    const std::span<const std::int64_t> extents = x.shape().extents();
    header[name] = {{"dtype", type_name(stored_type(x.dtype()))},
                    {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
                    {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception&) {
    throw InputError("safetensors: a name or metadata text is not UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');

  std::vector<std::byte> bytes(8 + text.size());
  const std::uint64_t header_size = text.size();
  std::memcpy(bytes.data(), &header_size, 8);
  std::memcpy(bytes.data() + 8, text.data(), text.size());
  bytes.reserve(bytes.size() + at);
  for (const auto& [name, x] : ordered) {
    const std::span<const std::byte> data = tensor_bytes(x);
    bytes.insert(bytes.end(), data.begin(), data.end());
  }
  return bytes;
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  write_file_atomically(path, safetensors_bytes(file));
}

Tensor weight_from_pytorch(const Tensor& w) {
  require(w.rank() >= 2 && w.rank() <= 5 && w.rank() != 3,
          "weights of linear and convolution layers have 2, 4 or 5 axes");
  std::vector<int> axes;
  for (int a = 2; a < w.rank(); ++a) axes.push_back(a);
  axes.push_back(1);
  axes.push_back(0);
  return permuted(w, axes);
}

Tensor weight_to_pytorch(const Tensor& w) {
  require(w.rank() >= 2 && w.rank() <= 5 && w.rank() != 3,
          "weights of linear and convolution layers have 2, 4 or 5 axes");
  std::vector<int> axes{w.rank() - 1, w.rank() - 2};
  for (int a = 0; a + 2 < w.rank(); ++a) axes.push_back(a);
  return permuted(w, axes);
}

}  // namespace ito
