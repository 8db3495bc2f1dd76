// The extents of a tensor: up to six, row-major, channels last.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "kernels/core/error.h"

namespace ito {

class Shape {
 public:
  static constexpr int kMaxRank = 6;

  Shape() = default;  // rank 0: one element
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::int64_t> extents) {
    require(extents.size() <= kMaxRank, "a tensor has at most 6 axes");
    for (const std::int64_t extent : extents) {
      require(extent >= 0, "an extent is negative");
      extents_[static_cast<std::size_t>(rank_++)] = extent;
    }
  }

  int rank() const { return rank_; }
  // Negative axes count from the end.
  std::int64_t operator[](int axis) const {
    const int a = axis < 0 ? axis + rank_ : axis;
    require(a >= 0 && a < rank_, "no such axis");
    return extents_[static_cast<std::size_t>(a)];
  }
  void set(int axis, std::int64_t extent) {
    extents_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)] = extent;
  }
  std::int64_t size() const {
    std::int64_t n = 1;
    for (int a = 0; a < rank_; ++a) n *= extents_[static_cast<std::size_t>(a)];
    return n;
  }
  std::span<const std::int64_t> extents() const { return {extents_.data(), static_cast<std::size_t>(rank_)}; }
  bool operator==(const Shape& other) const { return rank_ == other.rank_ && extents_ == other.extents_; }
  std::string text() const;  // "[2, 3]"

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

}  // namespace ito
