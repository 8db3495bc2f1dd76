#include "kernels/pooling/pooling.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class PoolingTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(PoolingTest, Floats);

Pooling pooling(std::array<std::int64_t, 4> shape, std::array<std::int64_t, 2> size, std::array<std::int64_t, 2> stride,
                std::array<std::int64_t, 2> padding, bool count_include_pad = true) {
  return {shape[0],  shape[1],  shape[2],   shape[3],   size[0],          size[1],
          stride[0], stride[1], padding[0], padding[1], count_include_pad};
}

const Pooling kCases[] = {
    pooling({0, 4, 4, 3}, {2, 2}, {2, 2}, {0, 0}),          pooling({1, 1, 1, 1}, {1, 1}, {1, 1}, {0, 0}),
    pooling({7, 28, 28, 32}, {2, 2}, {2, 2}, {0, 0}),       pooling({3, 7, 9, 17}, {3, 3}, {2, 2}, {1, 1}),
    pooling({3, 7, 9, 17}, {3, 3}, {2, 2}, {1, 1}, false),  pooling({2, 5, 6, 3}, {3, 2}, {1, 3}, {1, 1}, false),
    pooling({2, 8, 3, 257}, {4, 3}, {3, 1}, {2, 0}),        pooling({9, 4, 4, 8}, {4, 4}, {4, 4}, {0, 0}),
    pooling({1, 31, 30, 64}, {5, 5}, {3, 3}, {2, 2}, false)};

std::string described(const Pooling& p) {
  return std::to_string(p.samples) + " x " + std::to_string(p.height) + " x " + std::to_string(p.width) + " x " +
         std::to_string(p.channels) + " by " + std::to_string(p.size_h) + " x " + std::to_string(p.size_w);
}

// Values among which many are equal, so that ties are common.
template <class T>
std::vector<T> with_ties(std::uint64_t seed, std::int64_t n) {
  std::vector<T> x = test::wide_values<T>(seed, n, 2);
  for (T& v : x) v = std::rint(v);
  return x;
}

template <class T>
struct Pooled {
  std::vector<T> average, average_gradient, maximum, maximum_gradient;
};

// Every sum and every choice in its order, in plain lines.
template <class T>
Pooled<T> plain(const Pooling& p, const T* x, const T* ties, const T* dy) {
  Pooled<T> r;
  const std::size_t size = static_cast<std::size_t>(p.samples * p.height * p.width * p.channels);
  r.average_gradient.assign(size, T(0));
  r.maximum_gradient.assign(size, T(0));
  std::size_t out = 0;
  for (std::int64_t n = 0; n < p.samples; ++n)
    for (std::int64_t i = 0; i < p.out_height(); ++i)
      for (std::int64_t j = 0; j < p.out_width(); ++j)
        for (std::int64_t c = 0; c < p.channels; ++c, ++out) {
          std::vector<std::int64_t> inside;
          for (std::int64_t a = 0; a < p.size_h; ++a)
            for (std::int64_t b = 0; b < p.size_w; ++b) {
              const std::int64_t h = i * p.stride_h - p.padding_h + a, w = j * p.stride_w - p.padding_w + b;
              if (h >= 0 && h < p.height && w >= 0 && w < p.width)
                inside.push_back(((n * p.height + h) * p.width + w) * p.channels + c);
            }
          const T count = static_cast<T>(p.count_include_pad ? p.size_h * p.size_w : inside.size());
          T sum = 0;
          std::int64_t best = inside[0];
          for (const std::int64_t at : inside) {
            sum += x[at];
            if (ties[at] > ties[best]) best = at;
          }
          r.average.push_back(sum / count);
          for (const std::int64_t at : inside) r.average_gradient[at] += dy[out] / count;
          r.maximum.push_back(ties[best]);
          r.maximum_gradient[best] += dy[out];
        }
  return r;
}

TYPED_TEST(PoolingTest, EqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const Pooling& p : kCases) {
    const std::int64_t size = p.samples * p.height * p.width * p.channels;
    const std::int64_t outputs = p.samples * p.out_height() * p.out_width() * p.channels;
    const std::vector<T> x = test::wide_values<T>(1, size, 10), ties = with_ties<T>(2, size);
    const std::vector<T> dy = test::wide_values<T>(3, outputs, 10);
    const Pooled<T> want = plain(p, x.data(), ties.data(), dy.data());
    test::for_each_configuration([&](Context& context, const std::string& where) {
      const T nan = std::numeric_limits<T>::quiet_NaN();
      std::vector<T> y(dy.size(), nan), dx(x.size(), nan);
      average_pool(context, p, x.data(), y.data());
      ASSERT_EQ(test::first_difference(y, want.average), -1) << where << ", " << described(p);
      average_pool_gradient(context, p, dy.data(), dx.data());
      ASSERT_EQ(test::first_difference(dx, want.average_gradient), -1) << where << ", " << described(p);
      max_pool(context, p, ties.data(), y.data());
      ASSERT_EQ(test::first_difference(y, want.maximum), -1) << where << ", " << described(p);
      max_pool_gradient(context, p, ties.data(), y.data(), dy.data(), dx.data());
      ASSERT_EQ(test::first_difference(dx, want.maximum_gradient), -1) << where << ", " << described(p);
    });
  }
}

// At most 25 additions of numbers below 4, and a division.
TYPED_TEST(PoolingTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  const double bound = std::numeric_limits<T>::epsilon() * 26 * 25 * 4;
  for (const Pooling& p : kCases) {
    const std::int64_t size = p.samples * p.height * p.width * p.channels;
    const std::int64_t outputs = p.samples * p.out_height() * p.out_width() * p.channels;
    const std::vector<T> x = test::wide_values<T>(4, size, 1), dy = test::wide_values<T>(5, outputs, 1);
    std::vector<T> y(dy.size()), y_wanted(dy.size()), dx(x.size()), dx_wanted(x.size());
    const auto near = [&](const std::vector<T>& a, const std::vector<T>& b) {
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], bound) << described(p);
    };
    average_pool(context, p, x.data(), y.data());
    reference::average_pool(p, x.data(), y_wanted.data());
    near(y, y_wanted);
    average_pool_gradient(context, p, dy.data(), dx.data());
    reference::average_pool_gradient(p, dy.data(), dx_wanted.data());
    near(dx, dx_wanted);
    max_pool(context, p, x.data(), y.data());
    reference::max_pool(p, x.data(), y_wanted.data());
    EXPECT_EQ(y, y_wanted);
    max_pool_gradient(context, p, x.data(), y.data(), dy.data(), dx.data());
    reference::max_pool_gradient(p, x.data(), dy.data(), dx_wanted.data());
    near(dx, dx_wanted);
  }
}

// Nothing but -inf, zeros of both signs, NaN.
TYPED_TEST(PoolingTest, MaximaOfSpecialValues) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const Pooling p = pooling({1, 2, 8, 1}, {2, 2}, {2, 2}, {0, 0});
  const std::vector<T> x = {-inf, -inf, T(-0.0), T(0), 1, nan, 3, 3, -inf, -inf, T(0), T(-0.0), 2, nan, 3, 2};
  const std::vector<T> dy = {1, 2, 4, 8};
  test::for_each_configuration([&](Context& context, const std::string& where) {
    std::vector<T> y(4), dx(16);
    max_pool(context, p, x.data(), y.data());
    EXPECT_EQ(test::first_difference(y, {-inf, T(-0.0), nan, 3}), -1) << where;
    max_pool_gradient(context, p, x.data(), y.data(), dy.data(), dx.data());
    EXPECT_EQ(test::first_difference(dx, {1, 0, 2, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0}), -1) << where;
  });
  std::vector<T> dx(16);
  reference::max_pool_gradient(p, x.data(), dy.data(), dx.data());
  EXPECT_EQ(test::first_difference(dx, {1, 0, 2, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0}), -1);
}

TYPED_TEST(PoolingTest, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x[64] = {}, y[64];
  const std::array<std::int64_t, 4> shape = {1, 4, 4, 1};
  EXPECT_THROW(average_pool(context, pooling(shape, {0, 2}, {1, 1}, {0, 0}), x, y), InputError);
  EXPECT_THROW(average_pool(context, pooling(shape, {2, 2}, {1, 0}, {0, 0}), x, y), InputError);
  EXPECT_THROW(max_pool(context, pooling(shape, {3, 3}, {1, 1}, {2, 0}), x, y), InputError);
  EXPECT_THROW(max_pool(context, pooling(shape, {5, 5}, {1, 1}, {0, 0}), x, y), InputError);
  EXPECT_THROW(max_pool(context, pooling({1, -4, 4, 1}, {2, 2}, {1, 1}, {0, 0}), x, y), InputError);
  EXPECT_THROW(average_pool(context, pooling({1, 0, 4, 1}, {2, 2}, {2, 2}, {1, 0}), x, y), InputError);
  EXPECT_THROW(max_pool(context, pooling({1, 4, 0, 1}, {2, 2}, {2, 2}, {0, 1}), x, y), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(max_pool(context, pooling(shape, {2, 2}, {1, 1}, {0, 0}), x, y), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
