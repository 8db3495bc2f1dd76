#include "autograd/arithmetic.h"

#include <array>

namespace ito {
namespace {

TEST(Combine, AddsInTheStatedOrder) {
  const Tensor x = Tensor::from<float>({1, 2, 3}, {3});
  const Tensor y = Tensor::from<float>({0.1f, 1e8f, -1e-8f}, {3});
  const Tensor z = Tensor::from<float>({7, -5, 1}, {3});
  const Tensor sum = combine({{0.3, x}, {-1.7, y}, {2, z}});
  for (std::size_t i = 0; i < 3; ++i) {
    float expected = 0.3f * x.span<float>()[i];
    expected = std::fma(-1.7f, y.span<float>()[i], expected);
    expected = std::fma(2.0f, z.span<float>()[i], expected);
    EXPECT_EQ(sum.span<float>()[i], expected);
  }
  EXPECT_TRUE(std::isnan(combine({{1, x}, {0, Tensor::full({3}, INFINITY, DType::f32)}}).span<float>()[0]));
}

TEST(Combine, ReadsRowStridedViews) {
  Tensor x = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor y = combine({{2, x.slice_last(1, 3)}, {1, x.slice_last(0, 2)}});
  EXPECT_EQ(y.shape().text(), "[2, 2]");
  const std::array expected = {5.0, 8.0, 14.0, 17.0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y.span<double>()[i], expected[i]);
}

TEST(Combine, TakesACoefficientForEachSample) {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4}, {2, 1, 2});
  const std::vector<SampleTerm> terms = {{{1, 10}, x}, {{-1, 2}, x}};
  const Tensor y = combine_per_sample(terms);
  const std::array expected = {0.0, 0.0, 36.0, 48.0};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y.span<double>()[i], expected[i]);
  const std::vector<SampleTerm> empty = {{{}, Tensor::zeros({0, 3}, DType::f32)}};
  EXPECT_EQ(combine_per_sample(empty).size(), 0);
}

TEST(Combine, RefusesTermsThatDoNotFit) {
  const Tensor x = Tensor::zeros({2, 3}, DType::f32);
  EXPECT_THROW(combine({}), InputError);
  EXPECT_THROW(combine({{1, x}, {1, Tensor::zeros({3, 2}, DType::f32)}}), InputError);
  EXPECT_THROW(combine({{1, x}, {1, Tensor::zeros({2, 3}, DType::f64)}}), InputError);
  EXPECT_THROW(combine({{1, x}, {1, Tensor()}}), InputError);
  EXPECT_THROW(combine({{1, Tensor::zeros({2}, DType::i32)}}), InputError);
  EXPECT_THROW(combine(std::vector<Term>(9, Term{1, x})), InputError);
  EXPECT_THROW(combine_per_sample(std::vector<SampleTerm>{{{1, 2, 3}, x}}), InputError);
}

TEST(FirstAxis, GathersAndConcatenates) {
  const Tensor x = Tensor::from<std::int32_t>({0, 1, 10, 11, 20, 21}, {3, 2});
  const std::vector<std::int64_t> indices = {2, 0, 2};
  const Tensor y = gather_first(x, indices);
  const std::array expected = {20, 21, 0, 1, 20, 21};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(y.span<std::int32_t>()[i], expected[i]);
  EXPECT_EQ(gather_first(x.slice_last(1, 2), indices).span<std::int32_t>()[1], 1);
  EXPECT_THROW(gather_first(x, std::vector<std::int64_t>{3}), InputError);

  const Tensor whole = concatenate_first(std::vector{x.slice_first(2, 3), x.slice_first(0, 0), x.slice_first(0, 2)});
  const std::array rows = {20, 21, 0, 1, 10, 11};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(whole.span<std::int32_t>()[i], rows[i]);
  EXPECT_THROW(concatenate_first(std::vector{x, Tensor::zeros({3, 3}, DType::i32)}), InputError);
  EXPECT_THROW(concatenate_first(std::vector<Tensor>{}), InputError);
}

TEST(Norms, SumOverEverythingAndPerSample) {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor y = Tensor::from<float>({-1, 1, 2, 0, 0.5f, 1}, {3, 2});
  EXPECT_EQ(squared_norm(x), 91.0);
  EXPECT_EQ(squared_norm(x.slice_last(1, 2)), 56.0);
  EXPECT_EQ(squared_norm_per_sample(x), (std::vector{5.0, 25.0, 61.0}));
  EXPECT_EQ(dot_per_sample(x, y), (std::vector{1.0, 6.0, 8.5}));
  EXPECT_TRUE(dot_per_sample(Tensor::zeros({0, 2}, DType::f64), Tensor::zeros({0, 2}, DType::f64)).empty());
  EXPECT_THROW(dot_per_sample(x, x.slice_last(0, 1)), InputError);
  EXPECT_TRUE(all_finite(x));
  for (const float bad : {INFINITY, -INFINITY, NAN}) {
    Tensor z = x.clone();
    z.mutable_span<float>()[5] = bad;
    EXPECT_FALSE(all_finite(z));
    EXPECT_TRUE(all_finite(z.slice_last(0, 1)));
  }
}

// A sample's norm does not depend on its neighbours.
TEST(Norms, OfASampleDoNotDependOnTheBatch) {
  const std::int64_t width = 5000;
  Tensor x = Tensor::empty({7, width}, DType::f32);
  for (std::int64_t i = 0; i < x.size(); ++i)
    x.mutable_span<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i % 977) * 0.01f - 3;
  const std::vector<double> whole = squared_norm_per_sample(x);
  for (std::int64_t n = 0; n < 7; ++n)
    EXPECT_EQ(squared_norm_per_sample(x.slice_first(n, n + 1))[0], whole[static_cast<std::size_t>(n)]);
}

}  // namespace
}  // namespace ito
