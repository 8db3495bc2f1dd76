// 2-D convolution (cross-correlation, as the field means it), channels last, and its two gradients:
//
//   y[n, i, j, o]   = sum over (kh, kw, c)      x[n, y_k, x_k, c] w[kh, kw, c, o]          convolution
//   dx[n, y, x, c]  = sum over (kh, kw, o)      dy[n, i, j, o] w[kh, kw, c, o]             convolution_data_gradient
//   dw[kh, kw, c, o] = sum over (n, i, j)       x[n, y_k, x_k, c] dy[n, i, j, o]           convolution_weight_gradient
//   y_k = i stride_h - padding_h + kh dilation_h,   x_k = j stride_w - padding_w + kw dilation_w
//
//   x, dx [N, H, W, C_in]    w, dw [KH, KW, C_in, C_out]    y, dy [N, OH, OW, C_out]
//   OH = floor((H + 2 padding_h - dilation_h (KH - 1) - 1) / stride_h) + 1, OW likewise; outside the image x is 0.
// The data gradient is the forward pass of the transposed convolution. As GEMM's (kernels/gemm): a finished total is
// added to what stands in the result (accumulate), then bias and activation follow; pre_activation, laid out as the
// result, receives what is activated. Pixels of x and dy may be pixel_stride apart (at least their channels; 0:
// contiguous), which reads a slice of channels in place. Results are contiguous and overlap no operand.
//
// Order of summation (the contract's): k runs over (kh, kw, c_in), in the data gradient over (kh, kw, c_out). A block
// is as many whole taps (kh, kw) as fit in kGemmBlockK, at least one; a tap of more channels than kGemmBlockK is cut
// there. In a block a chain of fused multiply-adds over ascending k, from +0; total = +0, then total += each block in
// order. The weight gradient is GEMM's order over k = (n, i, j), the whole batch given. Products with the zeros outside
// the image may be skipped: for finite values that changes no bit. So a pixel's bits depend on its image, the weights
// and nothing else. Source of the scheme: implicit GEMM (Chetlur et al. 2014, cuDNN, section 3), the padded rows of a
// few images copied once and read in place by BLIS's micro-kernel.
#pragma once

#include <cstdint>

#include "kernels/gemm/gemm.h"

namespace ito::kernels {

struct ConvolutionShape {
  std::int64_t images = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t c_in = 0;
  std::int64_t c_out = 0;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t padding_h = 0;
  std::int64_t padding_w = 0;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;

  std::int64_t out_height() const { return extent(height, kernel_h, stride_h, padding_h, dilation_h); }
  std::int64_t out_width() const { return extent(width, kernel_w, stride_w, padding_w, dilation_w); }

 private:
  static constexpr std::int64_t extent(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                       std::int64_t padding, std::int64_t dilation) {
    const std::int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
  }
};

template <class T>
struct ConvolutionArguments {
  ConvolutionShape shape = {};
  const T* x = nullptr;
  std::int64_t x_pixel_stride = 0;
  const T* w = nullptr;
  T* y = nullptr;
  bool accumulate = false;
  const T* bias = nullptr;  // [C_out]
  GemmActivation activation = GemmActivation::none;
  T* pre_activation = nullptr;
};

template <class T>
struct ConvolutionDataGradientArguments {
  ConvolutionShape shape = {};
  const T* dy = nullptr;
  std::int64_t dy_pixel_stride = 0;
  const T* w = nullptr;
  T* dx = nullptr;
  bool accumulate = false;
  const T* bias = nullptr;  // [C_in]
  GemmActivation activation = GemmActivation::none;
  T* pre_activation = nullptr;
};

template <class T>
struct ConvolutionWeightGradientArguments {
  ConvolutionShape shape = {};
  const T* x = nullptr;
  std::int64_t x_pixel_stride = 0;
  const T* dy = nullptr;
  std::int64_t dy_pixel_stride = 0;
  T* dw = nullptr;
  bool accumulate = false;
};

// T is float or double. InputError for negative sizes, a kernel, stride or dilation below 1, negative padding, a kernel
// larger than the padded image, and a pixel stride shorter than the channels.
template <class T>
void convolution(Context& context, const ConvolutionArguments<T>& arguments);
template <class T>
void convolution_data_gradient(Context& context, const ConvolutionDataGradientArguments<T>& arguments);
template <class T>
void convolution_weight_gradient(Context& context, const ConvolutionWeightGradientArguments<T>& arguments);

// Plain loops, products and sums in double: to read, and to test against.
namespace reference {
template <class T>
void convolution(const ConvolutionArguments<T>& arguments);
template <class T>
void convolution_data_gradient(const ConvolutionDataGradientArguments<T>& arguments);
template <class T>
void convolution_weight_gradient(const ConvolutionWeightGradientArguments<T>& arguments);
}  // namespace reference

// Any shape but a pointwise one (1x1, stride 1, no padding), which convolution.cc hands to GEMM; pixel strides given.
namespace simd {
template <class T>
void convolution(Context& context, const ConvolutionArguments<T>& arguments);
template <class T>
void convolution_data_gradient(Context& context, const ConvolutionDataGradientArguments<T>& arguments);
template <class T>
void convolution_weight_gradient(Context& context, const ConvolutionWeightGradientArguments<T>& arguments);
}  // namespace simd

}  // namespace ito::kernels
