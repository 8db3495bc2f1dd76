#include "kernels/sum/sum.h"

#include <random>

#include "kernels/core/error.h"
#include "tests/kernels/contract_oracle.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class SumTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(SumTest, Floats);

// Both sides of every edge: a lane, a vector, sixteen, a chunk, the chunks a thread takes.
const std::int64_t kSizes[] = {0,  1,  2,   3,    7,    8,    9,    15,   16,   17,    31,    33,    63,
                               65, 95, 127, 1000, 4095, 4096, 4097, 8191, 8192, 12289, 32769, 40000, 131111};

template <class T>
int spread() {
  return sizeof(T) == 4 ? 30 : 200;
}

TYPED_TEST(SumTest, EqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const std::int64_t n : kSizes) {
    // One element in front: no kernel may rely on alignment.
    const std::vector<T> x = test::wide_values<T>(1, n + 1, spread<T>(), true);
    const std::vector<T> y = test::wide_values<T>(2, n + 1, spread<T>(), true);
    const double sum_wanted = oracle::sum(n, x.data() + 1), dot_wanted = oracle::dot(n, x.data() + 1, y.data() + 1);
    const double squares_wanted = oracle::dot(n, x.data() + 1, x.data() + 1);
    test::for_each_configuration([&](Context& context, const std::string& where) {
      ASSERT_TRUE(test::same_bits(sum(context, n, x.data() + 1), sum_wanted)) << where << ", n = " << n;
      ASSERT_TRUE(test::same_bits(dot(context, n, x.data() + 1, y.data() + 1), dot_wanted)) << where << ", n = " << n;
      ASSERT_TRUE(test::same_bits(sum_of_squares(context, n, x.data() + 1), squares_wanted)) << where << ", n = " << n;
    });
  }
}

TYPED_TEST(SumTest, ColumnsAndRowsEqualTheContractToTheBit) {
  using T = TypeParam;
  struct Size {
    std::int64_t rows, columns, padding;
  };
  for (const Size s : {Size{0, 5, 0}, Size{3, 0, 0}, Size{1, 1, 0}, Size{255, 3, 2}, Size{256, 17, 0}, Size{257, 64, 1},
                       Size{1000, 65, 0}, Size{2048, 128, 0}, Size{5, 4097, 3}, Size{513, 1030, 0}, Size{2, 9001, 0}}) {
    const std::int64_t stride = s.columns + s.padding;
    const std::vector<T> x = test::wide_values<T>(3, s.rows * stride + 1, spread<T>(), true);
    std::vector<T> row_sums(static_cast<std::size_t>(s.rows));
    for (std::int64_t r = 0; r < s.rows; ++r)
      row_sums[static_cast<std::size_t>(r)] = static_cast<T>(oracle::sum(s.columns, x.data() + 1 + r * stride));
    const std::vector<T> column_sums = oracle::sum_rows(s.rows, s.columns, stride, x.data() + 1);
    const std::vector<T> before = test::wide_values<T>(4, s.columns, spread<T>());
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> got(row_sums.size());
      sum_columns(context, s.rows, s.columns, stride, x.data() + 1, got.data());
      ASSERT_EQ(test::first_difference(got, row_sums), -1) << where << ", " << s.rows << " x " << s.columns;
      got.assign(column_sums.size(), T(7));
      sum_rows(context, s.rows, s.columns, stride, x.data() + 1, got.data());
      ASSERT_EQ(test::first_difference(got, column_sums), -1) << where << ", " << s.rows << " x " << s.columns;
      got = before;
      sum_rows(context, s.rows, s.columns, stride, x.data() + 1, got.data(), true);
      for (std::size_t c = 0; c < got.size(); ++c)
        ASSERT_TRUE(test::same_bits(got[c], static_cast<T>(before[c] + column_sums[c]))) << where << ", column " << c;
    });
  }
}

// A chain of at most 4096/16 + 4 + chunks additions: |error| <= that many eps times the sum of |x|.
TYPED_TEST(SumTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (const std::int64_t n : kSizes) {
    std::vector<T> x(static_cast<std::size_t>(n)), y(x);
    for (T& v : x) v = static_cast<T>(unit(random));
    for (T& v : y) v = static_cast<T>(unit(random));
    const double bound = 262 * std::numeric_limits<T>::epsilon() * static_cast<double>(n);
    EXPECT_NEAR(sum(context, n, x.data()), reference::sum(n, x.data()), bound);
    EXPECT_NEAR(dot(context, n, x.data(), y.data()), reference::dot(n, x.data(), y.data()), bound);
    std::vector<T> got(1), want(1);
    sum_columns(context, 1, n, n, x.data(), got.data());
    reference::sum_columns(1, n, n, x.data(), want.data());
    EXPECT_NEAR(got[0], want[0], bound);
    sum_rows(context, n, 1, 1, x.data(), got.data());
    reference::sum_rows(n, 1, 1, x.data(), want.data(), false);
    EXPECT_NEAR(got[0], want[0], bound);
  }
}

TYPED_TEST(SumTest, MaximumAndFiniteness) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const std::int64_t n : {1, 2, 15, 16, 17, 33, 1000, 70001, 200003}) {
    std::vector<T> x = test::wide_values<T>(6, n, spread<T>(), true);
    test::for_each_configuration([&](Context& context, const std::string& where) {
      EXPECT_TRUE(test::same_bits(maximum(context, n, x.data()), reference::maximum(n, x.data()))) << where;
      EXPECT_TRUE(all_finite(context, n, x.data())) << where;
      for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1})
        for (const T bad : {nan, infinity, -infinity}) {
          T& place = x[static_cast<std::size_t>(at)];
          const T kept = place;
          place = bad;
          EXPECT_TRUE(test::same_bits(maximum(context, n, x.data()), reference::maximum(n, x.data()))) << where << at;
          EXPECT_FALSE(all_finite(context, n, x.data())) << where << ", at " << at;
          place = kept;
        }
    });
  }
  Context context;
  EXPECT_EQ(maximum<T>(context, 0, nullptr), -infinity);
  EXPECT_TRUE(all_finite<T>(context, 0, nullptr));
  const T zeros[] = {-T(0), -T(0)};
  EXPECT_FALSE(std::signbit(maximum(context, 2, zeros)));
}

TYPED_TEST(SumTest, RefusesWhatItCannotDo) {
  Context context;
  EXPECT_THROW(sum<TypeParam>(context, -1, nullptr), InputError);
  EXPECT_THROW(sum_rows<TypeParam>(context, 2, 3, 2, nullptr, nullptr), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(sum<TypeParam>(context, 0, nullptr), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
