#include "kernels/convolution/convolution.h"

#include <vector>

#include "kernels/gemm/activation_scalar.h"

namespace ito::kernels::reference {
namespace {

// f(tap, output pixel, image pixel) for every tap of every output pixel that hits the image.
template <class F>
void for_each_hit(const ConvolutionShape& s, const F& f) {
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t i = 0; i < s.out_height(); ++i)
      for (std::int64_t j = 0; j < s.out_width(); ++j)
        for (std::int64_t kh = 0; kh < s.kernel_h; ++kh)
          for (std::int64_t kw = 0; kw < s.kernel_w; ++kw) {
            const std::int64_t y = i * s.stride_h - s.padding_h + kh * s.dilation_h;
            const std::int64_t x = j * s.stride_w - s.padding_w + kw * s.dilation_w;
            if (y >= 0 && y < s.height && x >= 0 && x < s.width)
              f(kh * s.kernel_w + kw, (n * s.out_height() + i) * s.out_width() + j, (n * s.height + y) * s.width + x);
          }
}

// result = activation((result +) total + bias), for pixels of `channels`.
template <class T, class Arguments>
void finish(const Arguments& g, const std::vector<double>& total, std::int64_t channels, T* result) {
  for (std::size_t i = 0; i < total.size(); ++i) {
    double value = total[i] + (g.accumulate ? static_cast<double>(result[i]) : 0.0);
    if (g.bias != nullptr) value += static_cast<double>(g.bias[static_cast<std::int64_t>(i) % channels]);
    if (g.pre_activation != nullptr) g.pre_activation[i] = static_cast<T>(value);
    result[i] = static_cast<T>(activate(g.activation, value));
  }
}

std::int64_t stride_or(std::int64_t stride, std::int64_t channels) { return stride == 0 ? channels : stride; }

}  // namespace

template <class T>
void convolution(const ConvolutionArguments<T>& g) {
  const ConvolutionShape& s = g.shape;
  const std::int64_t x_stride = stride_or(g.x_pixel_stride, s.c_in);
  std::vector<double> total(static_cast<std::size_t>(s.images * s.out_height() * s.out_width() * s.c_out));
  for_each_hit(s, [&](std::int64_t tap, std::int64_t out, std::int64_t in) {
    for (std::int64_t c = 0; c < s.c_in; ++c)
      for (std::int64_t o = 0; o < s.c_out; ++o)
        total[out * s.c_out + o] +=
            static_cast<double>(g.x[in * x_stride + c]) * static_cast<double>(g.w[(tap * s.c_in + c) * s.c_out + o]);
  });
  finish(g, total, s.c_out, g.y);
}

template <class T>
void convolution_data_gradient(const ConvolutionDataGradientArguments<T>& g) {
  const ConvolutionShape& s = g.shape;
  const std::int64_t dy_stride = stride_or(g.dy_pixel_stride, s.c_out);
  std::vector<double> total(static_cast<std::size_t>(s.images * s.height * s.width * s.c_in));
  for_each_hit(s, [&](std::int64_t tap, std::int64_t out, std::int64_t in) {
    for (std::int64_t c = 0; c < s.c_in; ++c)
      for (std::int64_t o = 0; o < s.c_out; ++o)
        total[in * s.c_in + c] +=
            static_cast<double>(g.dy[out * dy_stride + o]) * static_cast<double>(g.w[(tap * s.c_in + c) * s.c_out + o]);
  });
  finish(g, total, s.c_in, g.dx);
}

template <class T>
void convolution_weight_gradient(const ConvolutionWeightGradientArguments<T>& g) {
  const ConvolutionShape& s = g.shape;
  const std::int64_t x_stride = stride_or(g.x_pixel_stride, s.c_in);
  const std::int64_t dy_stride = stride_or(g.dy_pixel_stride, s.c_out);
  std::vector<double> total(static_cast<std::size_t>(s.kernel_h * s.kernel_w * s.c_in * s.c_out));
  for_each_hit(s, [&](std::int64_t tap, std::int64_t out, std::int64_t in) {
    for (std::int64_t c = 0; c < s.c_in; ++c)
      for (std::int64_t o = 0; o < s.c_out; ++o)
        total[(tap * s.c_in + c) * s.c_out + o] +=
            static_cast<double>(g.x[in * x_stride + c]) * static_cast<double>(g.dy[out * dy_stride + o]);
  });
  for (std::size_t i = 0; i < total.size(); ++i)
    g.dw[i] = static_cast<T>(total[i] + (g.accumulate ? static_cast<double>(g.dw[i]) : 0.0));
}

template void convolution<float>(const ConvolutionArguments<float>&);
template void convolution<double>(const ConvolutionArguments<double>&);
template void convolution_data_gradient<float>(const ConvolutionDataGradientArguments<float>&);
template void convolution_data_gradient<double>(const ConvolutionDataGradientArguments<double>&);
template void convolution_weight_gradient<float>(const ConvolutionWeightGradientArguments<float>&);
template void convolution_weight_gradient<double>(const ConvolutionWeightGradientArguments<double>&);

}  // namespace ito::kernels::reference
