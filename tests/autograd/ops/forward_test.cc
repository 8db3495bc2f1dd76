// What operators compute, against plain loops over the definition (the gradients' tests would not see a consistent
// mistake).
#include <array>

#include "autograd/ops/ops.h"

namespace ito {
namespace {

// Small whole numbers: sums are exact in every order.
Tensor counted(const Shape& shape, int start) {
  Tensor x = Tensor::empty(shape, DType::f32);
  int value = start;
  for (float& element : x.mutable_span<float>()) element = static_cast<float>((value++ * 7) % 11 - 5);
  return x;
}

float at(const Tensor& x, std::initializer_list<std::int64_t> index) {
  std::int64_t flat = 0;
  int axis = 0;
  for (const std::int64_t i : index) flat = flat * x.dim(axis++) + i;
  return x.span<float>()[static_cast<std::size_t>(flat)];
}

TEST(Operators, MatmulFormsAndBatches) {
  const std::int64_t batch = 2, m = 3, n = 4, k = 5;
  const Tensor a = counted({batch, m, k}, 1), b = counted({batch, k, n}, 2);
  const Tensor at_k_m = permute(a, {0, 2, 1}), b_n_k = permute(b, {0, 2, 1});
  const Tensor nn = matmul(a, b), nt = matmul(a, b_n_k, Product::nt), tn = matmul(at_k_m, b, Product::tn);
  const Tensor shared = matmul(a, b.slice_first(1, 2).reshape({k, n}));
  for (std::int64_t s = 0; s < batch; ++s)
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        float own = 0, second = 0;
        for (std::int64_t l = 0; l < k; ++l) {
          own += at(a, {s, i, l}) * at(b, {s, l, j});
          second += at(a, {s, i, l}) * at(b, {1, l, j});
        }
        EXPECT_EQ(at(nn, {s, i, j}), own);
        EXPECT_EQ(at(nt, {s, i, j}), own);
        EXPECT_EQ(at(tn, {s, i, j}), own);
        EXPECT_EQ(at(shared, {s, i, j}), second);
      }
}

TEST(Operators, PermuteAndConcatenate) {
  const Tensor x = counted({2, 3, 4}, 0), y = counted({2, 3, 1}, 5);
  const Tensor p = permute(x, {2, 0, 1});
  const Tensor last = concatenate({y, x}, Axis::last);
  const Tensor first = concatenate({x, x.slice_first(1, 2)}, Axis::first);
  EXPECT_EQ(p.shape().text(), "[4, 2, 3]");
  EXPECT_EQ(last.shape().text(), "[2, 3, 5]");
  EXPECT_EQ(first.shape().text(), "[3, 3, 4]");
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t l = 0; l < 4; ++l) {
        EXPECT_EQ(at(p, {l, i, j}), at(x, {i, j, l}));
        EXPECT_EQ(at(last, {i, j, l + 1}), at(x, {i, j, l}));
        EXPECT_EQ(at(last, {i, j, 0}), at(y, {i, j, 0}));
        EXPECT_EQ(at(first, {2, j, l}), at(x, {1, j, l}));
      }
}

TEST(Operators, ReductionsAndErrors) {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor t = Tensor::from<double>({0, 2, 1, 4, 5, 9}, {3, 2});
  EXPECT_EQ(sum(x).item(), 21.0);
  EXPECT_EQ(mean(x).item(), 3.5);
  EXPECT_EQ(sum_of_rows(x).span<double>()[1], 12.0);
  const std::vector<double> weights = {1, 2, 10};
  EXPECT_EQ(squared_error(x, t, 0.5, weights).item(), 0.5 * (1 + 2 * 4 + 10 * 9));
  EXPECT_DOUBLE_EQ(mean_squared_error(x, t).item(), (1 + 4 + 9) / 6.0);
}

TEST(Operators, Elementwise) {
  const Tensor x = Tensor::from<double>({-2, 0.5, 3, 1}, {2, 2});
  const Tensor y = Tensor::from<double>({4, 2, -1, 0.25}, {2, 2});
  const auto expect = [](const Tensor& actual, std::array<double, 4> expected) {
    for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(actual.span<double>()[i], expected[i]) << i;
  };
  expect(add(x, y), {2, 2.5, 2, 1.25});
  expect(sub(x, y), {-6, -1.5, 4, 0.75});
  expect(mul(x, y), {-8, 1, -3, 0.25});
  expect(div(x, y), {-0.5, 0.25, -3, 4});
  expect(add_row(x, Tensor::from<double>({10, 20}, {2})), {8, 20.5, 13, 21});
  expect(affine(x, 2, 1), {-3, 2, 7, 3});
  expect(scale(x, -2), {4, -1, -6, -2});
  expect(scale_per_sample(x, std::array{2.0, -1.0}), {-4, 1, -3, -1});
  expect(clamp(x, -1, 2), {-1, 0.5, 2, 1});
  expect(silu(x), {-2 / (1 + std::exp(2)), 0.5 / (1 + std::exp(-0.5)), 3 / (1 + std::exp(-3)), 1 / (1 + std::exp(-1))});
}

TEST(Operators, SoftmaxOverTheLastAxis) {
  const Tensor x = Tensor::from<double>({-2, 0.5, 3, 1}, {2, 2});
  const Tensor y = softmax(x), log_y = log_softmax(x);
  for (std::size_t i = 0; i < 4; ++i) {
    const double other = x.span<double>()[i ^ 1];
    const double expected = 1 / (1 + std::exp(other - x.span<double>()[i]));
    EXPECT_DOUBLE_EQ(y.span<double>()[i], expected);
    EXPECT_NEAR(log_y.span<double>()[i], std::log(expected), 1e-15);
  }
}

// The fused epilogue is the plain product, bias and activation, bit for bit.
TEST(Operators, LinearIsItsParts) {
  const Tensor x = counted({5, 7}, 3), w = counted({7, 6}, 1), b = counted({6}, 4);
  const Tensor z = add_row(matmul(x, w), b);
  for (const auto& [activation, parts] :
       std::vector<std::pair<Activation, Tensor>>{{Activation::none, z},
                                                  {Activation::silu, silu(z)},
                                                  {Activation::gelu, gelu(z)},
                                                  {Activation::gelu_tanh, gelu_tanh(z)},
                                                  {Activation::tanh, tanh(z)}}) {
    const Tensor y = linear(x, w, b, activation);
    for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(y.span<float>()[i], parts.span<float>()[i]);
  }
}

TEST(Operators, RefuseShapesThatDoNotFit) {
  const Tensor x = Tensor::zeros({2, 3}, DType::f32), labels = Tensor::zeros({2, 3}, DType::i32);
  const Tensor wide = Tensor::zeros({2, 3}, DType::f64);
  EXPECT_THROW(matmul(x, x), InputError);
  EXPECT_THROW(matmul(x, wide, Product::nt), InputError);
  EXPECT_THROW(matmul(Tensor::zeros({2, 2, 3}, DType::f32), Tensor::zeros({3, 3, 2}, DType::f32)), InputError);
  EXPECT_THROW(linear(x, x, Tensor()), InputError);
  EXPECT_THROW(linear(x, Tensor::zeros({3, 2}, DType::f32), Tensor::zeros({3}, DType::f32)), InputError);
  EXPECT_THROW(add(x, Tensor::zeros({3, 2}, DType::f32)), InputError);
  EXPECT_THROW(mul(x, wide), InputError);
  EXPECT_THROW(add_row(x, Tensor::zeros({2}, DType::f32)), InputError);
  EXPECT_THROW(exp(labels), InputError);
  EXPECT_THROW(clamp(x, 1, 0), InputError);
  EXPECT_THROW(permute(x, {0, 0}), InputError);
  EXPECT_THROW(permute(x, {0}), InputError);
  EXPECT_THROW(concatenate({x, wide}, Axis::last), InputError);
  EXPECT_THROW(concatenate({x, Tensor::zeros({3, 3}, DType::f32)}, Axis::last), InputError);
  EXPECT_THROW(softmax(Tensor::scalar(1, DType::f32)), InputError);
  EXPECT_THROW(squared_error(x, x, 1, std::vector{1.0}), InputError);
  EXPECT_THROW(squared_error(x, Tensor::zeros({3, 2}, DType::f32), 1), InputError);
  EXPECT_THROW(scale_per_sample(x, std::vector{1.0}), InputError);
  EXPECT_THROW(scale(Tensor(), 2), InputError);
}

}  // namespace
}  // namespace ito
