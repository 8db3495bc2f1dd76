#include "kernels/convolution/convolution.h"

#include <string>

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

void require_shape(const char* kernel, const ConvolutionShape& s) {
  const auto expect = [kernel](bool condition, const char* what) {
    if (!condition) throw InputError(std::string(kernel) + ": " + what);
  };
  expect(s.images >= 0 && s.height >= 0 && s.width >= 0 && s.c_in >= 0 && s.c_out >= 0, "a size is negative");
  expect(s.kernel_h >= 1 && s.kernel_w >= 1, "a kernel's extent is below 1");
  expect(s.stride_h >= 1 && s.stride_w >= 1, "a stride is below 1");
  expect(s.dilation_h >= 1 && s.dilation_w >= 1, "a dilation is below 1");
  expect(s.padding_h >= 0 && s.padding_w >= 0, "a padding is negative");
  expect(s.out_height() >= 1 && s.out_width() >= 1, "the kernel is larger than the padded image");
}

// A pixel stride as given, or that of contiguous pixels.
std::int64_t pixel_stride(const char* kernel, std::int64_t given, std::int64_t channels) {
  if (given == 0) return channels;
  if (given < channels) throw InputError(std::string(kernel) + ": a pixel's channels are longer than its stride");
  return given;
}

// What a 1x1 kernel without stride and padding is: the product of [pixels, C_in] and [C_in, C_out].
bool pointwise(const ConvolutionShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.padding_h == 0 &&
         s.padding_w == 0;
}

}  // namespace

template <class T>
void convolution(Context& context, const ConvolutionArguments<T>& arguments) {
  require_backend(context, "convolution");
  ConvolutionArguments<T> g = arguments;
  const ConvolutionShape& s = g.shape;
  require_shape("convolution", s);
  g.x_pixel_stride = pixel_stride("convolution", g.x_pixel_stride, s.c_in);
  if (s.images == 0 || s.c_out == 0) return;
  if (!pointwise(s)) return simd::convolution(context, g);
  gemm<T>(context, {.m = s.images * s.height * s.width,
                    .n = s.c_out,
                    .k = s.c_in,
                    .a = {g.x, g.x_pixel_stride},
                    .b = {g.w, s.c_out},
                    .c = g.y,
                    .c_row_stride = s.c_out,
                    .accumulate = g.accumulate,
                    .bias = g.bias,
                    .activation = g.activation,
                    .pre_activation = g.pre_activation});
}

template <class T>
void convolution_data_gradient(Context& context, const ConvolutionDataGradientArguments<T>& arguments) {
  require_backend(context, "convolution_data_gradient");
  ConvolutionDataGradientArguments<T> g = arguments;
  const ConvolutionShape& s = g.shape;
  require_shape("convolution_data_gradient", s);
  g.dy_pixel_stride = pixel_stride("convolution_data_gradient", g.dy_pixel_stride, s.c_out);
  if (s.images == 0 || s.height == 0 || s.width == 0 || s.c_in == 0) return;
  if (!pointwise(s)) return simd::convolution_data_gradient(context, g);
  gemm<T>(context, {.m = s.images * s.height * s.width,
                    .n = s.c_in,
                    .k = s.c_out,
                    .a = {g.dy, g.dy_pixel_stride},
                    .b = {g.w, s.c_out, true},
                    .c = g.dx,
                    .c_row_stride = s.c_in,
                    .accumulate = g.accumulate,
                    .bias = g.bias,
                    .activation = g.activation,
                    .pre_activation = g.pre_activation});
}

template <class T>
void convolution_weight_gradient(Context& context, const ConvolutionWeightGradientArguments<T>& arguments) {
  require_backend(context, "convolution_weight_gradient");
  ConvolutionWeightGradientArguments<T> g = arguments;
  const ConvolutionShape& s = g.shape;
  require_shape("convolution_weight_gradient", s);
  g.x_pixel_stride = pixel_stride("convolution_weight_gradient", g.x_pixel_stride, s.c_in);
  g.dy_pixel_stride = pixel_stride("convolution_weight_gradient", g.dy_pixel_stride, s.c_out);
  if (s.c_in == 0 || s.c_out == 0) return;
  if (!pointwise(s)) return simd::convolution_weight_gradient(context, g);
  gemm<T>(context, {.m = s.c_in,
                    .n = s.c_out,
                    .k = s.images * s.height * s.width,
                    .a = {g.x, g.x_pixel_stride, true},
                    .b = {g.dy, g.dy_pixel_stride},
                    .c = g.dw,
                    .c_row_stride = s.c_out,
                    .accumulate = g.accumulate});
}

template void convolution<float>(Context&, const ConvolutionArguments<float>&);
template void convolution<double>(Context&, const ConvolutionArguments<double>&);
template void convolution_data_gradient<float>(Context&, const ConvolutionDataGradientArguments<float>&);
template void convolution_data_gradient<double>(Context&, const ConvolutionDataGradientArguments<double>&);
template void convolution_weight_gradient<float>(Context&, const ConvolutionWeightGradientArguments<float>&);
template void convolution_weight_gradient<double>(Context&, const ConvolutionWeightGradientArguments<double>&);

}  // namespace ito::kernels
