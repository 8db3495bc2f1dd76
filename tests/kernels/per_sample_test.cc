#include "kernels/per_sample/per_sample.h"

#include "kernels/core/error.h"
#include "tests/kernels/contract_oracle.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class PerSampleTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(PerSampleTest, Floats);

const SampleShape kShapes[] = {{0, 3, 4},   {2, 0, 5},    {1, 1, 1},     {3, 255, 3}, {2, 256, 17},
                               {2, 257, 8}, {1, 513, 33}, {7, 160, 128}, {9, 2, 257}, {300, 1, 64}};

// Products of rows by fma from the rule for rows, in plain lines.
template <class T>
std::vector<T> dot_of_positions(const SampleShape& s, const T* x, const T* y) {
  std::vector<T> out;
  for (std::int64_t n = 0; n < s.samples; ++n)
    for (std::int64_t c = 0; c < s.channels; ++c) {
      T total = 0;
      for (std::int64_t begin = 0; begin < s.positions; begin += 256) {
        T block = 0;
        for (std::int64_t p = begin; p < s.positions && p < begin + 256; ++p) {
          const std::int64_t i = (n * s.positions + p) * s.channels + c;
          block = std::fma(x[i], y[i], block);
        }
        total += block;
      }
      out.push_back(total);
    }
  return out;
}

TYPED_TEST(PerSampleTest, EqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const SampleShape& s : kShapes) {
    const std::int64_t size = s.samples * s.positions * s.channels;
    const std::vector<T> x = test::wide_values<T>(1, size, 10), h = test::wide_values<T>(2, size, 10);
    const std::vector<T> row = test::wide_values<T>(3, s.samples * s.channels, 10);
    std::vector<T> sum, product, gated, repeated, total;
    for (std::int64_t i = 0; i < size; ++i) {
      const T r = row[i / (s.positions * s.channels) * s.channels + i % s.channels];
      sum.push_back(x[i] + r);
      product.push_back(x[i] * r);
      gated.push_back(std::fma(r, h[i], x[i]));
      repeated.push_back(r);
    }
    for (std::int64_t n = 0; n < s.samples; ++n) {
      const std::vector<T> one =
          oracle::sum_rows(s.positions, s.channels, s.channels, x.data() + n * s.positions * s.channels);
      total.insert(total.end(), one.begin(), one.end());
    }
    const std::vector<T> dot = dot_of_positions(s, x.data(), h.data());
    test::for_each_configuration([&](Context& context, const std::string& where) {
      const std::string what = where + ", " + std::to_string(s.samples) + " x " + std::to_string(s.positions) + " x " +
                               std::to_string(s.channels);
      const T nan = std::numeric_limits<T>::quiet_NaN();  // where nothing is written
      std::vector<T> y(x.size(), nan), out(row.size(), nan);
      add_per_sample(context, s, x.data(), row.data(), y.data());
      ASSERT_EQ(test::first_difference(y, sum), -1) << what;
      y.assign(x.size(), nan);
      multiply_per_sample(context, s, x.data(), row.data(), y.data());
      ASSERT_EQ(test::first_difference(y, product), -1) << what;
      y.assign(x.size(), nan);
      repeat_per_sample(context, s, row.data(), y.data());
      ASSERT_EQ(test::first_difference(y, repeated), -1) << what;
      y = x;  // in place
      gated_residual(context, s, y.data(), row.data(), h.data(), y.data());
      ASSERT_EQ(test::first_difference(y, gated), -1) << what;
      sum_per_sample(context, s, x.data(), out.data());
      ASSERT_EQ(test::first_difference(out, total), -1) << what;
      out.assign(row.size(), nan);
      dot_per_sample(context, s, x.data(), h.data(), out.data());
      ASSERT_EQ(test::first_difference(out, dot), -1) << what;
    });
  }
}

// A chain of at most 256 additions, then one for each block.
TYPED_TEST(PerSampleTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  const double eps = std::numeric_limits<T>::epsilon();
  for (const SampleShape& s : kShapes) {
    const std::int64_t size = s.samples * s.positions * s.channels;
    const std::vector<T> x = test::wide_values<T>(4, size, 1), h = test::wide_values<T>(5, size, 1);
    const std::vector<T> row = test::wide_values<T>(6, s.samples * s.channels, 1);
    std::vector<T> y(x.size()), y_wanted(x.size()), out(row.size()), out_wanted(row.size());
    gated_residual(context, s, x.data(), row.data(), h.data(), y.data());
    reference::gated_residual(s, x.data(), row.data(), h.data(), y_wanted.data());
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], y_wanted[i], eps * 20);  // of 4 + 4 x 4 at most
    dot_per_sample(context, s, x.data(), h.data(), out.data());
    reference::dot_per_sample(s, x.data(), h.data(), out_wanted.data());
    for (std::size_t i = 0; i < out.size(); ++i)
      ASSERT_NEAR(out[i], out_wanted[i], eps * 262 * 16 * static_cast<double>(s.positions));
  }
}

TYPED_TEST(PerSampleTest, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x[6] = {}, y[6];
  EXPECT_THROW(add_per_sample(context, {-1, 2, 3}, x, x, y), InputError);
  EXPECT_THROW(dot_per_sample(context, {1, 2, -3}, x, x, y), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(sum_per_sample(context, {1, 2, 3}, x, y), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
