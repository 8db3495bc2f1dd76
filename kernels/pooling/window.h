// The part of an output's window that lies inside the image, of one axis.
#pragma once

#include <algorithm>

#include "kernels/pooling/pooling.h"

namespace ito::kernels {

struct PoolRange {
  std::int64_t begin;
  std::int64_t end;
};

inline PoolRange pool_rows(const Pooling& p, std::int64_t i) {
  const std::int64_t begin = i * p.stride_h - p.padding_h;
  return {std::max<std::int64_t>(0, begin), std::min(p.height, begin + p.size_h)};
}
inline PoolRange pool_columns(const Pooling& p, std::int64_t j) {
  const std::int64_t begin = j * p.stride_w - p.padding_w;
  return {std::max<std::int64_t>(0, begin), std::min(p.width, begin + p.size_w)};
}

// What an average divides by.
inline std::int64_t pool_count(const Pooling& p, const PoolRange& rows, const PoolRange& columns) {
  return p.count_include_pad ? p.size_h * p.size_w : (rows.end - rows.begin) * (columns.end - columns.begin);
}

}  // namespace ito::kernels
