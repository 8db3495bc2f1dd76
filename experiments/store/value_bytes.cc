#include "experiments/store/value_bytes.h"

#include <bit>
#include <cstring>
#include <string>

namespace ito::experiments {
namespace {

static_assert(std::endian::native == std::endian::little);

class Writer {
 public:
  template <class T>
  void plain(T value) {
    raw(&value, sizeof value);
  }
  void raw(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
  }
  void text(const std::string& value) {
    plain(static_cast<std::uint64_t>(value.size()));
    raw(value.data(), value.size());
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Reads past the end fail once and for all: ok() is false and every further value is zero.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}
  template <class T>
  T plain() {
    T value{};
    raw(&value, sizeof value);
    return value;
  }
  void raw(void* data, std::size_t size) {
    if (!ok_ || size > left_.size()) {
      ok_ = false;
      return;
    }
    if (size > 0) std::memcpy(data, left_.data(), size);
    left_ = left_.subspan(size);
  }
  // A count of things that take `each` bytes at least: never more than what is left can hold.
  std::size_t count(std::size_t each) {
    const auto n = plain<std::uint64_t>();
    if (n > left_.size() / each) ok_ = false;
    return ok_ ? static_cast<std::size_t>(n) : 0;
  }
  std::string text() {
    std::string value(count(1), '\0');
    raw(value.data(), value.size());
    return value;
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool ok_ = true;
};

template <class F>
decltype(auto) with_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      return f.template operator()<float>();
    case DType::f64:
      return f.template operator()<double>();
    default:
      return f.template operator()<std::int32_t>();
  }
}

}  // namespace

std::vector<std::byte> value_bytes(const Value& value) {
  Writer writer;
  writer.plain(static_cast<std::uint8_t>(value.index()));
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          writer.plain(static_cast<std::uint8_t>(v));
        } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, double>) {
          writer.plain(v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          writer.text(v);
        } else {
          writer.plain(static_cast<std::uint64_t>(v.size()));
          for (const auto& element : v) {
            if constexpr (std::is_same_v<T, std::vector<double>>)
              writer.plain(element);
            else
              writer.text(element);
          }
        }
      },
      value);
  return writer.take();
}

std::optional<Value> value_from_bytes(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  Value value;
  switch (reader.plain<std::uint8_t>()) {
    case 0: {
      const auto flag = reader.plain<std::uint8_t>();
      if (flag > 1) return std::nullopt;
      value = flag == 1;
      break;
    }
    case 1:
      value = reader.plain<std::int64_t>();
      break;
    case 2:
      value = reader.plain<double>();
      break;
    case 3:
      value = reader.text();
      break;
    case 4: {
      std::vector<double> list(reader.count(sizeof(double)));
      for (double& element : list) element = reader.plain<double>();
      value = std::move(list);
      break;
    }
    case 5: {
      std::vector<std::string> list(reader.count(sizeof(std::uint64_t)));
      for (std::string& element : list) element = reader.text();
      value = std::move(list);
      break;
    }
    default:
      return std::nullopt;
  }
  if (!reader.done()) return std::nullopt;
  return value;
}

std::vector<std::byte> tensor_bytes(const Tensor& tensor) {
  require(tensor.contiguous(), "a tensor for the store must be contiguous");
  Writer writer;
  writer.plain(static_cast<std::uint8_t>(tensor.dtype()));
  writer.plain(static_cast<std::uint8_t>(tensor.rank()));
  for (const std::int64_t extent : tensor.shape().extents()) writer.plain(extent);
  with_dtype(tensor.dtype(), [&]<class T>() {
    const auto values = tensor.span<T>();
    writer.raw(values.data(), values.size_bytes());
  });
  return writer.take();
}

std::optional<Tensor> tensor_from_bytes(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  const auto dtype = reader.plain<std::uint8_t>();
  const auto rank = reader.plain<std::uint8_t>();
  if (!reader.ok() || dtype > 2 || rank > Shape::kMaxRank) return std::nullopt;
  std::vector<std::int64_t> extents(rank);
  std::uint64_t elements = 1;
  for (std::int64_t& extent : extents) {
    extent = reader.plain<std::int64_t>();
    if (!reader.ok() || extent < 0 || extent > (std::int64_t{1} << 31)) return std::nullopt;
    elements *= static_cast<std::uint64_t>(extent);
    if (elements > bytes.size()) return std::nullopt;
  }
  Tensor tensor = Tensor::empty(Shape(extents), static_cast<DType>(dtype));
  with_dtype(tensor.dtype(), [&]<class T>() {
    const auto values = tensor.mutable_span<T>();
    reader.raw(values.data(), values.size_bytes());
  });
  if (!reader.done()) return std::nullopt;
  return tensor;
}

}  // namespace ito::experiments
