#include "kernels/softmax/softmax.h"

#include <numeric>

#include "kernels/core/error.h"
#include "tests/kernels/contract_oracle.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class SoftmaxTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(SoftmaxTest, Floats);

struct Size {
  std::int64_t rows, columns, padding;
};
const Size kSizes[] = {{0, 4, 0},    {4, 0, 0},    {1, 1, 0},    {3, 2, 1},    {70, 7, 0},
                       {5, 8, 0},    {5, 15, 3},   {5, 16, 0},   {5, 17, 0},   {33, 33, 2},
                       {40, 784, 0}, {2, 4096, 1}, {2, 4097, 0}, {1, 9001, 0}, {3000, 3, 0}};

// Logits whose exponentials are spread over all exponents, with masks and equal maxima among them.
template <class T>
std::vector<T> logits(std::uint64_t seed, std::int64_t n) {
  std::vector<T> x = test::wide_values<T>(seed, n, 7, true);
  for (std::size_t i = 0; i < x.size(); i += 11) x[i] = -std::numeric_limits<T>::infinity();
  return x;
}

TYPED_TEST(SoftmaxTest, EqualsTheContractToTheBit) {
  using T = TypeParam;
  const math::scalar::Operations<T> o{};
  const T lowest = -std::numeric_limits<T>::infinity();
  for (const Size& size : kSizes) {
    const std::int64_t stride = size.columns + size.padding;
    const std::vector<T> x = logits<T>(1, size.rows * stride), dy = test::wide_values<T>(2, size.rows * stride, 10);
    std::vector<T> p(x.size(), T(-9)), log_p(p), p_gradient(p), log_p_gradient(p), z_gradient(p);
    std::vector<T> z(static_cast<std::size_t>(size.rows)), dz = test::wide_values<T>(3, size.rows, 10);
    for (std::int64_t r = 0; r < size.rows; ++r) {
      const T* row = x.data() + r * stride;
      const auto at = [&](std::int64_t j) { return static_cast<std::size_t>(r * stride + j); };
      const oracle::SoftmaxRow<T> s = oracle::softmax_row(size.columns, row);
      const bool empty = s.maximum == lowest;
      const T log_l = math::scalar::log(o, s.sum);
      T& zr = z[static_cast<std::size_t>(r)];
      zr = empty ? lowest : s.maximum + log_l;
      for (std::int64_t j = 0; j < size.columns; ++j) {
        p[at(j)] = empty ? T(0) : s.exponentials[static_cast<std::size_t>(j)] / s.sum;
        log_p[at(j)] = empty ? lowest : (row[j] - s.maximum) - log_l;
      }
      const T* g = dy.data() + r * stride;
      const T dot = static_cast<T>(oracle::dot(size.columns, p.data() + r * stride, g));
      const T sum = static_cast<T>(oracle::sum(size.columns, g));
      for (std::int64_t j = 0; j < size.columns; ++j) {
        p_gradient[at(j)] = p[at(j)] * (g[j] - dot);
        log_p_gradient[at(j)] = empty ? T(0) : std::fma(-math::scalar::exp(o, log_p[at(j)]), sum, g[j]);
        z_gradient[at(j)] =
            empty ? T(0) : dz[static_cast<std::size_t>(r)] * math::scalar::exp(o, static_cast<T>(row[j] - zr));
      }
    }
    test::for_each_configuration([&](Context& context, const std::string& where) {
      const std::string what = where + ", " + std::to_string(size.rows) + " x " + std::to_string(size.columns);
      std::vector<T> got(x.size(), T(-9)), got_z(z.size());
      softmax(context, size.rows, size.columns, x.data(), got.data(), stride);
      ASSERT_EQ(test::first_difference(got, p), -1) << what;
      got.assign(x.size(), T(-9));
      log_softmax(context, size.rows, size.columns, x.data(), got.data(), stride);
      ASSERT_EQ(test::first_difference(got, log_p), -1) << what;
      log_sum_exp(context, size.rows, size.columns, x.data(), got_z.data(), stride);
      ASSERT_EQ(test::first_difference(got_z, z), -1) << what;
      got.assign(x.size(), T(-9));
      softmax_gradient(context, size.rows, size.columns, p.data(), dy.data(), got.data(), stride);
      ASSERT_EQ(test::first_difference(got, p_gradient), -1) << what;
      got.assign(x.size(), T(-9));
      log_softmax_gradient(context, size.rows, size.columns, log_p.data(), dy.data(), got.data(), stride);
      ASSERT_EQ(test::first_difference(got, log_p_gradient), -1) << what;
      got.assign(x.size(), T(-9));
      log_sum_exp_gradient(context, size.rows, size.columns, x.data(), z.data(), dz.data(), got.data(), stride);
      ASSERT_EQ(test::first_difference(got, z_gradient), -1) << what;
      if (size.padding == 0) {  // in place
        got = x;
        softmax(context, size.rows, size.columns, got.data(), got.data());
        ASSERT_EQ(test::first_difference(got, p), -1) << what;
      }
    });
  }
}

// x - m is rounded: half an eps of |x - m|, which exp passes on as a relative error; then exp, the sum (a chain of at
// most 262 additions of positive terms) and the division.
TYPED_TEST(SoftmaxTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  const double eps = std::numeric_limits<T>::epsilon();
  for (const Size& size : kSizes) {
    const std::int64_t n = size.rows * size.columns;
    std::vector<T> x = test::wide_values<T>(4, n, 4), dy = test::wide_values<T>(5, n, 2), got(x), want(x);
    softmax(context, size.rows, size.columns, x.data(), got.data());
    reference::softmax(size.rows, size.columns, x.data(), want.data(), size.columns);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], want[i], eps * (64 + 262) * want[i]);
    softmax_gradient(context, size.rows, size.columns, want.data(), dy.data(), got.data());
    std::vector<T> gradient(x);
    reference::softmax_gradient(size.rows, size.columns, want.data(), dy.data(), gradient.data(), size.columns);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], gradient[i], eps * 262 * 8);
    log_softmax(context, size.rows, size.columns, x.data(), got.data());
    reference::log_softmax(size.rows, size.columns, x.data(), want.data(), size.columns);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], want[i], eps * (262 + 2 * std::fabs(want[i])));
    log_softmax_gradient(context, size.rows, size.columns, want.data(), dy.data(), got.data());
    reference::log_softmax_gradient(size.rows, size.columns, want.data(), dy.data(), gradient.data(), size.columns);
    const double sum_bound = eps * 262 * 8 * static_cast<double>(size.columns);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], gradient[i], sum_bound);
    std::vector<T> z(static_cast<std::size_t>(size.rows)), z_wanted(z), dz(z.size(), T(1));
    log_sum_exp(context, size.rows, size.columns, x.data(), z.data());
    reference::log_sum_exp(size.rows, size.columns, x.data(), z_wanted.data(), size.columns);
    for (std::size_t r = 0; size.columns > 0 && r < z.size(); ++r)
      ASSERT_NEAR(z[r], z_wanted[r], eps * (262 + std::fabs(z_wanted[r])));
    log_sum_exp_gradient(context, size.rows, size.columns, x.data(), z.data(), dz.data(), got.data());
    reference::log_sum_exp_gradient(size.rows, size.columns, x.data(), z.data(), dz.data(), gradient.data(),
                                    size.columns);
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], gradient[i], eps * 64 * gradient[i]);
  }
}

TYPED_TEST(SoftmaxTest, MasksAndPaddingChangeNoBit) {
  using T = TypeParam;
  Context context;
  const T lowest = -std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> x = test::wide_values<T>(6, 100, 4), short_row(100), padded(160, lowest), long_row(160);
  std::copy(x.begin(), x.end(), padded.begin());
  softmax(context, 1, 100, x.data(), short_row.data());
  softmax(context, 1, 160, padded.data(), long_row.data());
  for (std::size_t i = 0; i < 160; ++i) EXPECT_TRUE(test::same_bits(long_row[i], i < 100 ? short_row[i] : T(0)));
  const std::vector<T> nothing(20, lowest);
  std::vector<T> y(20, T(3));
  softmax(context, 1, 20, nothing.data(), y.data());
  for (const T v : y) EXPECT_TRUE(test::same_bits(v, T(0)));
  for (const T others : {T(1), lowest})  // beside masks alone, too: such a row is not an empty one
    for (const std::size_t bad : {0u, 7u, 19u}) {
      std::vector<T> row(20, others);
      row[bad] = nan;
      softmax(context, 1, 20, row.data(), y.data());
      for (const T v : y) EXPECT_TRUE(std::isnan(v)) << bad;
    }
}

TYPED_TEST(SoftmaxTest, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x[6] = {}, y[6];
  EXPECT_THROW(softmax(context, -1, 2, x, y), InputError);
  EXPECT_THROW(softmax(context, 2, 3, x, y, 2), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(softmax(context, 2, 3, x, y), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
