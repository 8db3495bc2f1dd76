// The part of an output's window that lies inside the image.
#pragma once

#include <algorithm>

#include "kernels/pooling/pooling.h"

namespace ito::kernels {

struct PoolWindow {
  std::int64_t h_begin, h_end, w_begin, w_end;

  PoolWindow(const Pooling& p, std::int64_t i, std::int64_t j)
      : h_begin(std::max<std::int64_t>(0, i * p.stride_h - p.padding_h)),
        h_end(std::min(p.height, i * p.stride_h - p.padding_h + p.size_h)),
        w_begin(std::max<std::int64_t>(0, j * p.stride_w - p.padding_w)),
        w_end(std::min(p.width, j * p.stride_w - p.padding_w + p.size_w)) {}

  // What an average divides by.
  std::int64_t count(const Pooling& p) const {
    return p.count_include_pad ? p.size_h * p.size_w : (h_end - h_begin) * (w_end - w_begin);
  }
  // f(element of a sample's first channel), rows before columns.
  template <class F>
  void each(const Pooling& p, const F& f) const {
    for (std::int64_t h = h_begin; h < h_end; ++h)
      for (std::int64_t w = w_begin; w < w_end; ++w) f((h * p.width + w) * p.channels);
  }
};

}  // namespace ito::kernels
