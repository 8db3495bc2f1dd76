// Average and maximum over windows of an image, channels last: x [samples, height, width, channels], y [samples,
// out_height, out_width, channels], out = floor((extent + 2 padding - size) / stride) + 1, contiguous, float or double.
//
//   average_pool   y = (sum over the window) / count; count is size_h size_w with count_include_pad (padding counts as
//                  zeros, PyTorch's default), else the elements of the window inside the image
//     gradient     dx = sum over the outputs whose window holds the element of dy / count
//   max_pool       y = the window's largest element inside the image; NaN if one is
//     gradient     dx = sum of dy over the outputs of which this is the largest element; of equal ones the first, rows
//                  before columns, as PyTorch's; of NaNs the first
// Sums run from +0 over the window's rows, then columns, ascending; gradients from +0 over outputs, rows then columns,
// ascending. Division is one rounding. Every sample by itself. Lanes run over channels. dx must not be dy.
//
// InputError unless sizes and strides are positive, 0 <= padding <= size / 2, the image has pixels (samples and
// channels may be none), and a window fits in it with its padding: so every window holds a pixel.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

struct Pooling {
  std::int64_t samples = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::int64_t size_h = 2;
  std::int64_t size_w = 2;
  std::int64_t stride_h = 2;
  std::int64_t stride_w = 2;
  std::int64_t padding_h = 0;
  std::int64_t padding_w = 0;
  bool count_include_pad = true;  // read by average_pool alone

  std::int64_t out_height() const { return (height + 2 * padding_h - size_h) / stride_h + 1; }
  std::int64_t out_width() const { return (width + 2 * padding_w - size_w) / stride_w + 1; }
};

// Throws what is said above.
void check_pooling(const Pooling& p);

template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y);
template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx);
template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y);
template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx);

namespace reference {  // plain loops in double
template <class T>
void average_pool(const Pooling& p, const T* x, T* y);
template <class T>
void average_pool_gradient(const Pooling& p, const T* dy, T* dx);
template <class T>
void max_pool(const Pooling& p, const T* x, T* y);
template <class T>
void max_pool_gradient(const Pooling& p, const T* x, const T* dy, T* dx);
}  // namespace reference

namespace simd {
template <class T>
void average_pool(Context& context, const Pooling& p, const T* x, T* y);
template <class T>
void average_pool_gradient(Context& context, const Pooling& p, const T* dy, T* dx);
template <class T>
void max_pool(Context& context, const Pooling& p, const T* x, T* y);
template <class T>
void max_pool_gradient(Context& context, const Pooling& p, const T* x, const T* y, const T* dy, T* dx);
}  // namespace simd

}  // namespace ito::kernels
