// Convolution at the layers of a small UNet on a shard of 8 images of 28 x 28: forward, gradient of the input and of
// the weights. Operations are counted over all taps, those that meet padding included.
#include <memory>

#include "bench/case.h"
#include "kernels/convolution/convolution.h"

namespace ito::bench {
namespace {

enum class Direction : unsigned char { forward, data_gradient, weight_gradient };

template <class T>
Work make(const Shape& shape, Direction direction) {
  const std::int64_t kernel = shape[4];
  const kernels::ConvolutionShape s{.images = shape[0],
                                    .height = shape[1],
                                    .width = shape[1],
                                    .c_in = shape[2],
                                    .c_out = shape[3],
                                    .kernel_h = kernel,
                                    .kernel_w = kernel,
                                    .stride_h = shape[5],
                                    .stride_w = shape[5],
                                    .padding_h = kernel / 2,
                                    .padding_w = kernel / 2};
  const std::int64_t out = s.images * s.out_height() * s.out_width(), weights = kernel * kernel * s.c_in * s.c_out;
  const auto x = std::make_shared<std::vector<T>>(values<T>(s.images * s.height * s.width * s.c_in));
  const auto w = std::make_shared<std::vector<T>>(values<T>(weights));
  const auto y = std::make_shared<std::vector<T>>(values<T>(out * s.c_out));
  return {Bound::compute, 2.0 * static_cast<double>(out * weights), [=](Context& context) {
            switch (direction) {
              case Direction::forward:
                return kernels::convolution<T>(context, {.shape = s, .x = x->data(), .w = w->data(), .y = y->data()});
              case Direction::data_gradient:
                return kernels::convolution_data_gradient<T>(
                    context, {.shape = s, .dy = y->data(), .w = w->data(), .dx = x->data()});
              case Direction::weight_gradient:
                return kernels::convolution_weight_gradient<T>(
                    context, {.shape = s, .x = x->data(), .dy = y->data(), .dw = w->data()});
            }
          }};
}

template <Direction direction>
Work make_convolution(const Shape& shape, Dtype dtype) {
  return dtype == Dtype::float32 ? make<float>(shape, direction) : make<double>(shape, direction);
}

// The layers of the shipped UNet, then of others: single channels, full size, stride 2, pointwise.
const std::vector<Shape> kLayers = {
    {8, 14, 4, 48, 3, 1},  {8, 14, 48, 48, 3, 1}, {8, 14, 144, 48, 3, 1}, {8, 7, 48, 96, 3, 1},  {8, 7, 96, 96, 3, 1},
    {8, 7, 192, 96, 3, 1}, {8, 14, 48, 4, 3, 1},  {8, 28, 1, 32, 3, 1},   {8, 28, 32, 32, 3, 1}, {8, 28, 32, 1, 3, 1},
    {8, 28, 32, 64, 3, 2}, {8, 14, 64, 64, 3, 1}, {8, 7, 256, 128, 3, 1}, {8, 14, 128, 64, 1, 1}};
const std::string kAxes = "images x size x c_in x c_out x kernel x stride";
const bool registered =
    add_family(
        {.kernel = "convolution", .axes = kAxes, .shapes = kLayers, .make = make_convolution<Direction::forward>}) &&
    add_family({.kernel = "convolution_data_gradient",
                .axes = kAxes,
                .shapes = kLayers,
                .make = make_convolution<Direction::data_gradient>}) &&
    add_family({.kernel = "convolution_weight_gradient",
                .axes = kAxes,
                .shapes = kLayers,
                .make = make_convolution<Direction::weight_gradient>});

}  // namespace
}  // namespace ito::bench
