// Enlarging and shrinking images, channels last: x [samples, height, width, channels], contiguous, float or double.
//
//   upsample_nearest  y[i, j] = x[i / factor_h, j / factor_w],  y [samples, factor_h height, factor_w width, channels]
//     gradient        dx = sum of dy over the element's copies, from +0, rows then columns ascending
//   resize_bilinear   y [samples, out_height, out_width, channels] at the source coordinate
//                       s = max(0, (i + 1/2) (height / out_height) - 1/2)   (PyTorch's align_corners = false; in
//                       double, the quotient first)
//                     i0 = floor(s), i1 = min(i0 + 1, height - 1), h1 = s - i0, h0 = 1 - h1, rounded to T; likewise in
//                     width. upper = fma(w1, x[i0, j1], w0 x[i0, j0]), lower the same of row i1,
//                     y = fma(h1, lower, h0 upper)
//     gradient        for each row i of dy, t from +0: for columns j ascending, t[j0] = fma(w0, dy[i, j], t[j0]), then
//                     t[j1] = fma(w1, dy[i, j], t[j1]); dx from +0: for rows i ascending, dx[i0] = fma(h0, t, dx[i0]),
//                     then dx[i1] = fma(h1, t, dx[i1])
// Every sample by itself. Lanes run over channels. Arrays must not overlap.
//
// InputError when a size is negative, a factor is not positive, or nothing is to be made something.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

struct ImageShape {
  std::int64_t samples;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
};

template <class T>
void upsample_nearest(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                      const T* x, T* y);
template <class T>
void upsample_nearest_gradient(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                               const T* dy, T* dx);

template <class T>
void resize_bilinear(Context& context, const ImageShape& shape, std::int64_t out_height, std::int64_t out_width,
                     const T* x, T* y);
template <class T>
void resize_bilinear_gradient(Context& context, const ImageShape& shape, std::int64_t out_height,
                              std::int64_t out_width, const T* dy, T* dx);

namespace reference {  // plain loops in double
template <class T>
void upsample_nearest(const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w, const T* x, T* y);
template <class T>
void upsample_nearest_gradient(const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w, const T* dy,
                               T* dx);
template <class T>
void resize_bilinear(const ImageShape& shape, std::int64_t out_height, std::int64_t out_width, const T* x, T* y);
template <class T>
void resize_bilinear_gradient(const ImageShape& shape, std::int64_t out_height, std::int64_t out_width, const T* dy,
                              T* dx);
}  // namespace reference

namespace simd {
template <class T>
void upsample_nearest(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                      const T* x, T* y);
template <class T>
void upsample_nearest_gradient(Context& context, const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w,
                               const T* dy, T* dx);
template <class T>
void resize_bilinear(Context& context, const ImageShape& shape, std::int64_t out_height, std::int64_t out_width,
                     const T* x, T* y);
template <class T>
void resize_bilinear_gradient(Context& context, const ImageShape& shape, std::int64_t out_height,
                              std::int64_t out_width, const T* dy, T* dx);
}  // namespace simd

}  // namespace ito::kernels
