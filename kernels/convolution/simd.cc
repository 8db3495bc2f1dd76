// Convolution and its data gradient are gathers; the weight gradient has loops of its own.
#include <algorithm>

#include "kernels/convolution/convolution.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convolution/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/convolution/gather-inl.h"
#include "kernels/convolution/weight_gradient-inl.h"
#include "kernels/core/highway-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class T>
void convolution(Context& context, const ConvolutionArguments<T>& g) {
  using namespace convolution_loops;
  const ConvolutionShape& s = g.shape;
  gather<T>(context, {.images = s.images,
                      .h = forward_axis(s.out_height(), s.kernel_h, s.stride_h, s.padding_h, s.dilation_h),
                      .w = forward_axis(s.out_width(), s.kernel_w, s.stride_w, s.padding_w, s.dilation_w),
                      .source = g.x,
                      .source_h = s.height,
                      .source_w = s.width,
                      .channels = s.c_in,
                      .pixel_stride = g.x_pixel_stride,
                      .weights = g.w,
                      .weights_transposed = false,
                      .kernel_w = s.kernel_w,
                      .result = g.y,
                      .result_h = s.out_height(),
                      .result_w = s.out_width(),
                      .columns = s.c_out,
                      .accumulate = g.accumulate,
                      .bias = g.bias,
                      .activation = g.activation,
                      .pre_activation = g.pre_activation});
}

template <class T>
void convolution_data_gradient(Context& context, const ConvolutionDataGradientArguments<T>& g) {
  using namespace convolution_loops;
  const ConvolutionShape& s = g.shape;
  for (std::int64_t i = 0; i < std::min(s.stride_h, s.height); ++i)
    for (std::int64_t j = 0; j < std::min(s.stride_w, s.width); ++j)
      gather<T>(context, {.images = s.images,
                          .h = phase_axis(s.height, s.kernel_h, s.stride_h, s.padding_h, s.dilation_h, i),
                          .w = phase_axis(s.width, s.kernel_w, s.stride_w, s.padding_w, s.dilation_w, j),
                          .source = g.dy,
                          .source_h = s.out_height(),
                          .source_w = s.out_width(),
                          .channels = s.c_out,
                          .pixel_stride = g.dy_pixel_stride,
                          .weights = g.w,
                          .weights_transposed = true,
                          .kernel_w = s.kernel_w,
                          .result = g.dx,
                          .result_h = s.height,
                          .result_w = s.width,
                          .columns = s.c_in,
                          .accumulate = g.accumulate,
                          .bias = g.bias,
                          .activation = g.activation,
                          .pre_activation = g.pre_activation});
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void convolution(Context& context, const ConvolutionArguments<T>& arguments) {
  ITO_DISPATCH(convolution<T>)(context, arguments);
}
template <class T>
void convolution_data_gradient(Context& context, const ConvolutionDataGradientArguments<T>& arguments) {
  ITO_DISPATCH(convolution_data_gradient<T>)(context, arguments);
}
template <class T>
void convolution_weight_gradient(Context& context, const ConvolutionWeightGradientArguments<T>& arguments) {
  ITO_DISPATCH(convolution_weight_gradient<T>)(context, arguments);
}

template void convolution<float>(Context&, const ConvolutionArguments<float>&);
template void convolution<double>(Context&, const ConvolutionArguments<double>&);
template void convolution_data_gradient<float>(Context&, const ConvolutionDataGradientArguments<float>&);
template void convolution_data_gradient<double>(Context&, const ConvolutionDataGradientArguments<double>&);
template void convolution_weight_gradient<float>(Context&, const ConvolutionWeightGradientArguments<float>&);
template void convolution_weight_gradient<double>(Context&, const ConvolutionWeightGradientArguments<double>&);

}  // namespace ito::kernels::simd
#endif
