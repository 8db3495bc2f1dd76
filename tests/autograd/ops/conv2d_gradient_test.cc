// Gradients of conv2d and conv_transpose2d: activations, strides that skip pixels, dilation, views, no images.
#include "tests/autograd/ops/gradient_cases.h"

namespace ito {
namespace {

using test::Case;
using test::Inputs;

TEST(Gradcheck, Convolution) {
  std::vector<Case> cases;
  for (const Activation activation :
       {Activation::none, Activation::silu, Activation::gelu, Activation::gelu_tanh, Activation::tanh})
    cases.push_back({"conv2d",
                     [activation](Inputs x) { return conv2d(x[0], x[1], x[2], {.padding = 1}, activation); },
                     {{2, 4, 3, 2}, {3, 3, 2, 3}, {3}}});
  for (const Conv2dOptions& o : std::vector<Conv2dOptions>{{.stride = 2, .padding = 1},
                                                           {.stride = 3, .padding = 2, .dilation = 2},
                                                           {.stride = 2, .padding = 0, .dilation = 2},
                                                           {.stride = 1, .padding = 2}}) {
    cases.push_back(
        {"conv2d", [o](Inputs x) { return conv2d(x[0], x[1], x[2], o); }, {{2, 5, 6, 2}, {3, 2, 2, 3}, {3}}});
    cases.push_back({"conv_transpose2d",
                     [o](Inputs x) { return conv_transpose2d(x[0], x[1], x[2], o, o.stride - 1); },
                     {{2, 5, 4, 2}, {3, 2, 3, 2}, {3}}});
  }
  cases.push_back({"1x1", [](Inputs x) { return conv2d(x[0], x[1], x[2]); }, {{2, 3, 3, 2}, {1, 1, 2, 3}, {3}}});
  cases.push_back({"no images", [](Inputs x) { return conv2d(x[0], x[1], x[2]); }, {{0, 3, 3, 2}, {2, 2, 2, 3}, {3}}});
  cases.push_back(
      {"conv2d of views, without bias",
       [](Inputs x) { return conv2d(x[0].slice_last(1, 3), x[1].slice_last(2, 5), Tensor(), {.padding = 1}); },
       {{2, 4, 4, 4}, {3, 3, 2, 6}}});
  cases.push_back({"conv_transpose2d of views, without bias",
                   [](Inputs x) { return conv_transpose2d(x[0].slice_last(1, 3), x[1].slice_last(2, 4), Tensor()); },
                   {{2, 3, 3, 4}, {2, 2, 3, 5}}});
  cases.push_back(
      {"shared weight",
       [](Inputs x) { return conv2d(conv2d(x[0], x[1], x[2], {.padding = 1}), x[1], x[2], {.padding = 1}); },
       {{2, 3, 3, 2}, {3, 3, 2, 2}, {2}}});
  test::check(cases);
}

}  // namespace
}  // namespace ito
