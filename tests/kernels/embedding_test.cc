#include "kernels/embedding/embedding.h"

#include <random>

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class EmbeddingTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(EmbeddingTest, Floats);

struct Size {
  std::int64_t n, vocabulary, columns;
};
const Size kSizes[] = {{0, 3, 4},     {5, 3, 0},       {1, 1, 1},    {7, 2, 3},
                       {100, 11, 17}, {1000, 10, 128}, {3, 500, 33}, {0, 0, 4}};

std::vector<std::int32_t> random_indices(std::int64_t n, std::int64_t vocabulary) {
  std::mt19937_64 random(1);
  std::vector<std::int32_t> indices(static_cast<std::size_t>(n));
  for (auto& index : indices) index = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(vocabulary));
  return indices;
}

TYPED_TEST(EmbeddingTest, LooksUpAndAddsInAscendingOrder) {
  using T = TypeParam;
  for (const Size& size : kSizes) {
    const std::vector<std::int32_t> indices = random_indices(size.n, size.vocabulary);
    const std::vector<T> table = test::wide_values<T>(2, size.vocabulary * size.columns, 20, true);
    const std::vector<T> d_out = test::wide_values<T>(3, size.n * size.columns, 20, true);
    std::vector<T> out(d_out.size()), total(table.size(), T(0)), accumulated(table), close(table);
    for (std::int64_t i = 0; i < size.n; ++i)
      for (std::int64_t c = 0; c < size.columns; ++c) {
        const auto row = static_cast<std::size_t>(indices[static_cast<std::size_t>(i)] * size.columns + c);
        out[static_cast<std::size_t>(i * size.columns + c)] = table[row];
        total[row] += d_out[static_cast<std::size_t>(i * size.columns + c)];
      }
    for (std::size_t i = 0; i < table.size(); ++i) accumulated[i] = table[i] + total[i];
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> got(out.size());
      embedding(context, size.n, size.vocabulary, size.columns, indices.data(), table.data(), got.data());
      ASSERT_EQ(test::first_difference(got, out), -1) << where;
      got.assign(table.size(), T(5));
      embedding_gradient(context, size.n, size.vocabulary, size.columns, indices.data(), d_out.data(), got.data());
      ASSERT_EQ(test::first_difference(got, total), -1) << where;
      got = table;
      embedding_gradient(context, size.n, size.vocabulary, size.columns, indices.data(), d_out.data(), got.data(),
                         true);
      ASSERT_EQ(test::first_difference(got, accumulated), -1) << where;
    });
    std::vector<T> looked_up(out.size());
    reference::embedding(size.n, size.columns, indices.data(), table.data(), looked_up.data());
    EXPECT_EQ(test::first_difference(looked_up, out), -1);
    reference::embedding_gradient(size.n, size.vocabulary, size.columns, indices.data(), d_out.data(), close.data(),
                                  true);
    // at most n additions of numbers below 2^21
    for (std::size_t i = 0; i < close.size(); ++i)
      ASSERT_NEAR(accumulated[i], close[i],
                  std::numeric_limits<T>::epsilon() * 0x1p21 * static_cast<double>((size.n + 1) * (size.n + 1)));
  }
}

TYPED_TEST(EmbeddingTest, NamesTheIndexOutOfRange) {
  Context context;
  const std::int32_t indices[] = {0, 2, 3, -1};
  TypeParam table[3] = {}, out[4] = {1, 1, 1, 1};
  try {
    embedding(context, 4, 3, 1, indices, table, out);
    FAIL() << "index 3 of a table of 3 was accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "embedding: index 3 (place 2) is outside the table: expected 0 to 2");
  }
  EXPECT_EQ(out[0], 1);
  EXPECT_THROW(embedding_gradient(context, 1, 3, 1, indices + 3, out, table), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(embedding(context, 2, 3, 1, indices, table, out), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
