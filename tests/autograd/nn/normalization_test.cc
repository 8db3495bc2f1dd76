#include "autograd/nn/normalization.h"

namespace ito {
namespace {

template <class Layer>
std::vector<std::string> names(Layer layer) {
  std::vector<std::string> found;
  for (const NamedTensor& parameter : parameters_of(layer)) {
    found.push_back(parameter.name + " " + parameter.value.shape().text());
    const float start = parameter.name.ends_with(".weight") ? 1.0f : 0.0f;
    for (const float value : parameter.value.template span<float>()) EXPECT_EQ(value, start) << parameter.name;
  }
  return found;
}

TEST(NormLayers, NameTheirParametersAndStartAsTheIdentity) {
  EXPECT_EQ(names(LayerNorm("a.norm", 6)), (std::vector<std::string>{"a.norm.weight [6]", "a.norm.bias [6]"}));
  EXPECT_EQ(names(RmsNorm("b", 5)), (std::vector<std::string>{"b.weight [5]"}));
  EXPECT_EQ(names(GroupNorm("c", 2, 4)), (std::vector<std::string>{"c.weight [4]", "c.bias [4]"}));
  EXPECT_TRUE(names(LayerNorm("a", 6, false)).empty());
  EXPECT_TRUE(names(RmsNorm("b", 6, false)).empty());
  EXPECT_TRUE(names(GroupNorm("c", 3, 6, false)).empty());
  EXPECT_THROW(GroupNorm("c", 4, 6), InputError);
}

// Two samples of one row 0 .. 3: mean 1.5, variance 1.25.
TEST(NormLayers, Compute) {
  const Tensor x = Tensor::from<double>({0, 1, 2, 3, 0, 2, 4, 6}, {2, 1, 4});
  const auto expect = [](const Tensor& y, std::vector<double> want) {
    ASSERT_EQ(y.size(), static_cast<std::int64_t>(want.size()));
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(y.span<double>()[i], want[i], 1e-14) << i;
  };
  const double a = 1.5 / std::sqrt(1.25 + 0.5), b = 0.5 / std::sqrt(1.25 + 0.5);
  const double c = 3 / std::sqrt(5 + 0.5), d = 1 / std::sqrt(5 + 0.5);
  const LayerNorm layer("layer", 4, true, 0.5, DType::f64);
  expect(layer(x), {-a, -b, b, a, -c, -d, d, c});
  const GroupNorm group("group", 2, 4, true, 0.75, DType::f64);  // pairs {0, 1}, {2, 3}: variance 1/4; doubled: 1
  const double g = 0.5, h = 1 / std::sqrt(1.75);
  expect(group(x), {-g, g, -g, g, -h, h, -h, h});
  const RmsNorm rms("rms", 4, true, 0.5, DType::f64);  // mean of squares 3.5 and 14
  expect(rms(x).slice_first(0, 1), {0, 0.5, 1, 1.5});

  const Tensor scale = Tensor::from<double>({1, 1, 1, 1, 0, 0, 0, 3}, {2, 4});
  const Tensor shift = Tensor::from<double>({0, 0, 0, 10, 1, 1, 1, 1}, {2, 4});
  expect(group(x, {scale, shift}), {-1, 1, -1, 11, 1 - h, 1 + h, 1 - h, 1 + 4 * h});
  const double z = 1 + 4 * h;
  EXPECT_NEAR(group(x, {scale, shift}, Activation::silu).span<double>()[7], z / (1 + std::exp(-z)), 1e-14);
}

TEST(NormLayers, RefuseWhatDoesNotFit) {
  const Tensor x = Tensor::zeros({2, 3, 4}, DType::f32);
  const Tensor w = Tensor::zeros({3}, DType::f32), row = Tensor::zeros({4}, DType::f32);
  EXPECT_THROW(layer_norm(x, w, {}), InputError);
  EXPECT_THROW(layer_norm(x, Tensor::zeros({4}, DType::f64), {}), InputError);
  EXPECT_THROW(layer_norm(x, {}, {}, 1e-5, {row, {}}), InputError);
  EXPECT_THROW(rms_norm(row, row), InputError);
  EXPECT_THROW(rms_norm(Tensor(), row), InputError);
  EXPECT_THROW(group_norm(x, 3, {}, {}), InputError);
  EXPECT_THROW(group_norm(x, 0, {}, {}), InputError);
  EXPECT_THROW(group_norm(x, 2, {}, {}, 1e-5, {}, Activation::gelu), InputError);
  EXPECT_THROW(layer_norm(x, {}, {}, 0), InputError);
}

}  // namespace
}  // namespace ito
