// The order of summation that every backend of convolution keeps, in plain scalar lines (CONTRACT.md). Pixels outside
// the image are multiplied as the zeros they are.
#pragma once

#include <cmath>
#include <utility>

#include "kernels/convolution/convolution.h"
#include "tests/kernels/gemm_oracle.h"
#include "tests/kernels/tap_blocks.h"

namespace ito::test {

template <class T, class Arguments>
void finish(const Arguments& g, T total, const T* bias, T* result, std::int64_t at) {
  T value = g.accumulate ? result[at] + total : total;
  if (bias != nullptr) value += *bias;
  if (g.pre_activation != nullptr) g.pre_activation[at] = value;
  result[at] = activate(g.activation, value);
}

template <class T>
T pixel_or_zero(const T* x, std::int64_t image, std::int64_t height, std::int64_t width, std::int64_t row,
                std::int64_t column, std::int64_t stride, std::int64_t channel) {
  if (row < 0 || row >= height || column < 0 || column >= width) return 0;
  return x[((image * height + row) * width + column) * stride + channel];
}

template <class T>
void convolution_oracle(const kernels::ConvolutionArguments<T>& g) {
  const kernels::ConvolutionShape& s = g.shape;
  const std::int64_t stride = g.x_pixel_stride == 0 ? s.c_in : g.x_pixel_stride;
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t i = 0; i < s.out_height(); ++i)
      for (std::int64_t j = 0; j < s.out_width(); ++j)
        for (std::int64_t o = 0; o < s.c_out; ++o, ++at) {
          const T total = tap_blocks<T>(s.kernel_h * s.kernel_w, s.c_in, [&](std::int64_t tap, std::int64_t c) {
            const std::int64_t y = i * s.stride_h - s.padding_h + tap / s.kernel_w * s.dilation_h;
            const std::int64_t x = j * s.stride_w - s.padding_w + tap % s.kernel_w * s.dilation_w;
            return std::pair(pixel_or_zero(g.x, n, s.height, s.width, y, x, stride, c),
                             g.w[(tap * s.c_in + c) * s.c_out + o]);
          });
          finish(g, total, g.bias == nullptr ? nullptr : g.bias + o, g.y, at);
        }
}

template <class T>
void convolution_data_gradient_oracle(const kernels::ConvolutionDataGradientArguments<T>& g) {
  const kernels::ConvolutionShape& s = g.shape;
  const std::int64_t stride = g.dy_pixel_stride == 0 ? s.c_out : g.dy_pixel_stride;
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t y = 0; y < s.height; ++y)
      for (std::int64_t x = 0; x < s.width; ++x)
        for (std::int64_t c = 0; c < s.c_in; ++c, ++at) {
          const T total = tap_blocks<T>(s.kernel_h * s.kernel_w, s.c_out, [&](std::int64_t tap, std::int64_t o) {
            const std::int64_t i = y + s.padding_h - tap / s.kernel_w * s.dilation_h;
            const std::int64_t j = x + s.padding_w - tap % s.kernel_w * s.dilation_w;
            const bool hit = i % s.stride_h == 0 && j % s.stride_w == 0;
            return std::pair(
                hit ? pixel_or_zero(g.dy, n, s.out_height(), s.out_width(), i / s.stride_h, j / s.stride_w, stride, o)
                    : T(0),
                g.w[(tap * s.c_in + c) * s.c_out + o]);
          });
          finish(g, total, g.bias == nullptr ? nullptr : g.bias + c, g.dx, at);
        }
}

// GEMM's order: blocks of 256 over k = (n, i, j).
template <class T>
void convolution_weight_gradient_oracle(const kernels::ConvolutionWeightGradientArguments<T>& g) {
  const kernels::ConvolutionShape& s = g.shape;
  const std::int64_t x_stride = g.x_pixel_stride == 0 ? s.c_in : g.x_pixel_stride;
  const std::int64_t dy_stride = g.dy_pixel_stride == 0 ? s.c_out : g.dy_pixel_stride;
  const std::int64_t out_h = s.out_height(), out_w = s.out_width();
  std::int64_t at = 0;
  for (std::int64_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap)
    for (std::int64_t c = 0; c < s.c_in; ++c)
      for (std::int64_t o = 0; o < s.c_out; ++o, ++at) {
        T total = 0, block = 0;
        for (std::int64_t k = 0; k < s.images * out_h * out_w; ++k) {
          if (k % 256 == 0) {
            total += block;
            block = 0;
          }
          const std::int64_t y = k / out_w % out_h * s.stride_h - s.padding_h + tap / s.kernel_w * s.dilation_h;
          const std::int64_t x = k % out_w * s.stride_w - s.padding_w + tap % s.kernel_w * s.dilation_w;
          block = std::fma(pixel_or_zero(g.x, k / out_w / out_h, s.height, s.width, y, x, x_stride, c),
                           g.dy[k * dy_stride + o], block);
        }
        total += block;
        g.dw[at] = g.accumulate ? g.dw[at] + total : total;
      }
}

}  // namespace ito::test
