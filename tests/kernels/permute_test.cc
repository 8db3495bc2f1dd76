#include "kernels/permute/permute.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using test::for_each_configuration;

template <class T>
class Permute : public testing::Test {};
using Types = testing::Types<float, double, std::int32_t>;
TYPED_TEST_SUITE(Permute, Types);

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// Whole numbers below 2^24, all different: exact in every T.
template <class T>
std::vector<T> numbered(std::int64_t n) {
  std::vector<T> x(n);
  std::iota(x.begin(), x.end(), T(1));
  return x;
}

template <class T>
void expect_permuted(const std::vector<std::int64_t>& shape, const std::vector<int>& axes) {
  const std::int64_t n = count_of(shape);
  const std::vector<T> x = numbered<T>(n);
  std::vector<T> expected(n);
  kernels::reference::permute<T>(shape, axes, x.data(), expected.data());
  for_each_configuration([&](Context& context, const std::string& where) {
    std::vector<T> y(n + 1, T(-1));
    kernels::permute<T>(context, shape, axes, x.data(), y.data());
    EXPECT_EQ(y.back(), T(-1)) << "wrote past the end";
    y.pop_back();
    EXPECT_EQ(y, expected) << where << ", shape " << testing::PrintToString(shape) << ", axes "
                           << testing::PrintToString(axes);
  });
}

// The definition on one case small enough to write down, so that the reference is itself tested.
TYPED_TEST(Permute, ReferenceByHand) {
  using T = TypeParam;
  const std::vector<T> x = {0, 1, 2, 3, 4, 5};  // [1, 2, 3]
  std::vector<T> y(6);
  kernels::reference::permute<T>(std::vector<std::int64_t>{1, 2, 3}, std::vector<int>{2, 0, 1}, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<T>{0, 3, 1, 4, 2, 5}));  // [3, 1, 2]
}

TYPED_TEST(Permute, Transpose) {
  using T = TypeParam;
  for (const std::int64_t rows : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 129})
    for (const std::int64_t columns : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 257}) {
      const std::vector<T> x = numbered<T>(rows * columns);
      Context context{.device = Device::cpu, .threads = 2, .scratch = {}};
      std::vector<T> y(rows * columns);
      kernels::transpose(context, rows, columns, x.data(), y.data());
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; ++j) ASSERT_EQ(y[j * rows + i], x[i * columns + j]);
    }
}

TYPED_TEST(Permute, EveryPermutationOfFourAxes) {
  using T = TypeParam;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{2, 3, 5, 17}, {9, 1, 8, 4}, {1, 16, 1, 9}, {3, 0, 2, 2}}) {
    std::vector<int> axes = {0, 1, 2, 3};
    do expect_permuted<T>(shape, axes);
    while (std::next_permutation(axes.begin(), axes.end()));
  }
}

TYPED_TEST(Permute, OtherRanks) {
  using T = TypeParam;
  expect_permuted<T>({}, {});
  expect_permuted<T>({7}, {0});
  expect_permuted<T>({2, 3, 4, 5, 6, 7}, {5, 3, 1, 4, 2, 0});
  expect_permuted<T>({2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4});
  expect_permuted<T>({2, 3, 4, 5, 6, 7}, {4, 0, 1, 2, 3, 5});
}

TYPED_TEST(Permute, LargeEnoughForThreads) {
  using T = TypeParam;
  expect_permuted<T>({70000}, {0});
  expect_permuted<T>({511, 513}, {1, 0});
  expect_permuted<T>({8, 64, 6, 32}, {0, 2, 1, 3});
  expect_permuted<T>({4, 3, 95, 97}, {0, 2, 3, 1});
}

TEST(PermuteErrors, AxesMustBeAPermutation) {
  Context context;
  const std::vector<std::int64_t> shape = {2, 2};
  const float x[4] = {};
  float y[4];
  EXPECT_THROW(kernels::permute<float>(context, shape, std::vector<int>{0, 0}, x, y), InputError);
  EXPECT_THROW(kernels::permute<float>(context, shape, std::vector<int>{0, 2}, x, y), InputError);
  EXPECT_THROW(kernels::permute<float>(context, shape, std::vector<int>{0}, x, y), InputError);
  EXPECT_THROW(
      kernels::permute<float>(context, std::vector<std::int64_t>(7, 1), std::vector<int>{0, 1, 2, 3, 4, 5, 6}, x, y),
      InputError);
}

}  // namespace
