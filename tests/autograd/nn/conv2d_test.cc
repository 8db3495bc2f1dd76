#include "autograd/nn/conv2d.h"

namespace ito {
namespace {

TEST(Conv2d, NamesItsParametersAndStartsWithinItsBound) {
  Conv2d layer("stem", 4, 9, 3, {.stride = 2, .padding = 1}, 1);
  const std::vector<NamedTensor> parameters = parameters_of(layer);
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_EQ(parameters[0].name, "stem.weight");
  EXPECT_EQ(parameters[0].value.shape().text(), "[3, 3, 4, 9]");
  EXPECT_EQ(parameters[1].name, "stem.bias");
  float largest = 0;
  for (const NamedTensor& parameter : parameters)
    for (const float value : parameter.value.span<float>()) largest = std::max(largest, std::fabs(value));
  EXPECT_LE(largest, 1.0f / 6);  // 1 / sqrt(3 * 3 * 4)
  EXPECT_GT(largest, 0.9f / 6);
  EXPECT_EQ(layer(Tensor::zeros({2, 7, 8, 4}, DType::f32)).shape().text(), "[2, 4, 4, 9]");

  // A visitor is given the layer's own tensors.
  layer.parameters([](const std::string&, Tensor& value) { value = Tensor::zeros_like(value); });
  EXPECT_EQ(layer.weight.span<float>()[5], 0.0f);
}

TEST(Conv2d, StartsFromZeroWhereAsked) {
  Conv2d layer("out", 4, 3, 3, {.padding = 1}, 1, {Initial::zeros, 1});
  for (const NamedTensor& parameter : parameters_of(layer))
    for (const float value : parameter.value.span<float>()) EXPECT_EQ(value, 0.0f);
  Conv2d bare("bare", 4, 3, 1, {}, 1, kConv2dInitial, false, DType::f64);
  EXPECT_EQ(parameters_of(bare).size(), 1u);
  EXPECT_EQ(bare.weight.dtype(), DType::f64);
}

}  // namespace
}  // namespace ito
