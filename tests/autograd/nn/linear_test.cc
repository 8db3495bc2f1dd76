#include "autograd/nn/linear.h"

namespace ito {
namespace {

TEST(Linear, NamesItsParametersAndStartsWithinItsBound) {
  Linear layer("layers.3", 16, 9, 1);
  const std::vector<NamedTensor> parameters = parameters_of(layer);
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_EQ(parameters[0].name, "layers.3.weight");
  EXPECT_EQ(parameters[0].value.shape().text(), "[16, 9]");
  EXPECT_EQ(parameters[1].name, "layers.3.bias");
  for (const NamedTensor& parameter : parameters)
    for (const float value : parameter.value.span<float>()) EXPECT_LE(std::fabs(value), 0.25f);
  EXPECT_EQ(layer(Tensor::zeros({4, 16}, DType::f32)).shape().text(), "[4, 9]");

  // A visitor is given the layer's own tensors.
  layer.parameters([](const std::string&, Tensor& value) { value = Tensor::zeros_like(value); });
  EXPECT_EQ(layer.weight.span<float>()[5], 0.0f);
}

TEST(Linear, StartsFromZeroWhereAsked) {
  Linear layer("out", 4, 3, 1, {Initial::zeros, 1});
  for (const NamedTensor& parameter : parameters_of(layer))
    for (const float value : parameter.value.span<float>()) EXPECT_EQ(value, 0.0f);
  Linear bare("bare", 4, 3, 1, kLinearInitial, false, DType::f64);
  EXPECT_EQ(parameters_of(bare).size(), 1u);
  EXPECT_EQ(bare.weight.dtype(), DType::f64);
}

}  // namespace
}  // namespace ito
