#include "autograd/nn/embedding.h"

namespace ito {
namespace {

TEST(Embedding, LooksUpItsRowsByName) {
  Embedding layer("label", 4, 3, 1);
  const std::vector<NamedTensor> parameters = parameters_of(layer);
  ASSERT_EQ(parameters.size(), 1u);
  EXPECT_EQ(parameters[0].name, "label.weight");
  const Tensor y = layer(Tensor::from<std::int32_t>({3, 1, 3, 0}, {2, 2}));
  EXPECT_EQ(y.shape().text(), "[2, 2, 3]");
  const auto rows = layer.weight.span<float>();
  const std::vector<std::size_t> chosen = {3, 1, 3, 0};
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(y.span<float>()[i], rows[chosen[i / 3] * 3 + i % 3]);
  EXPECT_THROW(layer(Tensor::from<std::int32_t>({4}, {1})), InputError);
  EXPECT_THROW(layer(Tensor::from<std::int32_t>({-1}, {1})), InputError);
  EXPECT_THROW(layer(Tensor::zeros({2}, DType::f32)), InputError);
}

// The kernel's formula in plain doubles.
TEST(TimestepFeatures, AreCosinesThenSines) {
  const std::vector<double> times = {0, 0.25, 999};
  const Tensor y = timestep_features(times, 8, 1000, DType::f64);
  EXPECT_EQ(y.shape().text(), "[3, 16]");
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t i = 0; i < 8; ++i) {
      const double angle = times[n] * std::exp(-std::log(1000.0) * static_cast<double>(i) / 8);
      // The angle's own rounding, times a slope of at most 1.
      EXPECT_NEAR(y.span<double>()[n * 16 + i], std::cos(angle), 8e-16 * (1 + angle));
      EXPECT_NEAR(y.span<double>()[n * 16 + 8 + i], std::sin(angle), 8e-16 * (1 + angle));
    }
}

}  // namespace
}  // namespace ito
