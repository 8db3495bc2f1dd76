// What convolution and its gradients refuse, and what they must not take long over.
#include "kernels/convolution/convolution.h"
#include "kernels/core/error.h"

namespace {

using namespace ito;
using kernels::ConvolutionShape;

// Arguments that do not fit are refused, by all three alike, in one line that names the kernel.
TEST(ConvolutionErrors, ShapesAndStrides) {
  const std::vector<float> numbers(1000);
  std::vector<float> result(1000);
  Context context;
  const ConvolutionShape good{.images = 1,
                              .height = 4,
                              .width = 4,
                              .c_in = 2,
                              .c_out = 3,
                              .kernel_h = 3,
                              .kernel_w = 3,
                              .padding_h = 1,
                              .padding_w = 1};
  const auto message = [&](const ConvolutionShape& s, std::int64_t stride) -> std::string {
    std::vector<std::string> said;
    const auto run = [&](const std::string& kernel, const auto& compute) {
      said.emplace_back();
      try {
        compute();
      } catch (const InputError& error) {
        const std::string text = error.what();
        EXPECT_EQ(text.substr(0, kernel.size() + 2), kernel + ": ");
        said.back() = text.substr(kernel.size() + 2);
      }
    };
    run("convolution", [&] {
      kernels::convolution<float>(
          context,
          {.shape = s, .x = numbers.data(), .x_pixel_stride = stride, .w = numbers.data(), .y = result.data()});
    });
    run("convolution_data_gradient", [&] {
      kernels::convolution_data_gradient<float>(
          context,
          {.shape = s, .dy = numbers.data(), .dy_pixel_stride = stride, .w = numbers.data(), .dx = result.data()});
    });
    run("convolution_weight_gradient", [&] {
      kernels::convolution_weight_gradient<float>(
          context,
          {.shape = s, .x = numbers.data(), .x_pixel_stride = stride, .dy = numbers.data(), .dw = result.data()});
    });
    run("convolution_weight_gradient", [&] {
      kernels::convolution_weight_gradient<float>(
          context,
          {.shape = s, .x = numbers.data(), .dy = numbers.data(), .dy_pixel_stride = stride, .dw = result.data()});
    });
    for (const std::string& one : said) EXPECT_EQ(one, said.front());
    return said.front();
  };
  EXPECT_EQ(message(good, 0), "");
  EXPECT_EQ(message(good, 1), "a pixel's channels are longer than its stride");
  const auto with = [&](std::int64_t ConvolutionShape::*field, std::int64_t value) {
    ConvolutionShape s = good;
    s.*field = value;
    return message(s, 0);
  };
  EXPECT_EQ(with(&ConvolutionShape::images, -1), "a size is negative");
  EXPECT_EQ(with(&ConvolutionShape::c_out, -1), "a size is negative");
  EXPECT_EQ(with(&ConvolutionShape::kernel_w, 0), "a kernel's extent is below 1");
  EXPECT_EQ(with(&ConvolutionShape::stride_h, 0), "a stride is below 1");
  EXPECT_EQ(with(&ConvolutionShape::dilation_w, 0), "a dilation is below 1");
  EXPECT_EQ(with(&ConvolutionShape::padding_h, -1), "a padding is negative");
  EXPECT_EQ(with(&ConvolutionShape::kernel_h, 7), "the kernel is larger than the padded image");
}

// A stride far beyond the image costs no more than the image.
TEST(ConvolutionErrors, AStrideBeyondTheImage) {
  const std::vector<float> dy = {2}, w = {1, 2, 3, 4};
  std::vector<float> dx(4 * 4, 7);
  const ConvolutionShape s{.images = 1,
                           .height = 4,
                           .width = 4,
                           .c_in = 1,
                           .c_out = 1,
                           .kernel_h = 2,
                           .kernel_w = 2,
                           .stride_h = 1'000'000'000,
                           .stride_w = 1'000'000'000};
  Context context;
  kernels::convolution_data_gradient<float>(context, {.shape = s, .dy = dy.data(), .w = w.data(), .dx = dx.data()});
  EXPECT_EQ(dx, (std::vector<float>{2, 4, 0, 0, 6, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

}  // namespace
