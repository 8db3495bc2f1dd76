#include "kernels/resampling/resampling.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class ResamplingTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(ResamplingTest, Floats);

struct NearestCase {
  ImageShape shape;
  std::int64_t factor_h, factor_w;
};
const NearestCase kNearest[] = {{{0, 2, 2, 3}, 2, 2},  {{1, 1, 1, 1}, 3, 2},   {{3, 14, 14, 64}, 2, 2},
                                {{3, 5, 2, 17}, 1, 3}, {{2, 3, 4, 257}, 4, 1}, {{5, 7, 7, 32}, 3, 3}};

struct BilinearCase {
  ImageShape shape;
  std::int64_t height, width;
};
const BilinearCase kBilinear[] = {{{0, 2, 2, 3}, 4, 4},  {{1, 1, 1, 1}, 5, 3},   {{11, 7, 7, 64}, 14, 14},
                                  {{3, 5, 8, 17}, 7, 3}, {{2, 3, 4, 257}, 3, 4}, {{5, 28, 28, 3}, 9, 13},
                                  {{1, 4, 4, 2}, 17, 1}, {{2, 13, 11, 8}, 1, 29}};

template <class T>
std::int64_t size(const ImageShape& s) {
  return s.samples * s.height * s.width * s.channels;
}

// The two neighbours of every output of one axis.
template <class T>
struct Axis {
  std::vector<std::int64_t> i0, i1;
  std::vector<T> w0, w1;
  Axis(std::int64_t in, std::int64_t out) {
    for (std::int64_t i = 0; i < out; ++i) {
      const double s =
          std::max(0.0, (static_cast<double>(i) + 0.5) * (static_cast<double>(in) / static_cast<double>(out)) - 0.5);
      i0.push_back(static_cast<std::int64_t>(std::floor(s)));
      i1.push_back(std::min(i0.back() + 1, in - 1));
      w0.push_back(static_cast<T>(1 - (s - std::floor(s))));
      w1.push_back(static_cast<T>(s - std::floor(s)));
    }
  }
};

TYPED_TEST(ResamplingTest, BilinearEqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const BilinearCase& one : kBilinear) {
    const ImageShape& s = one.shape;
    const std::int64_t height = one.height, width = one.width;
    const std::int64_t row = s.width * s.channels;
    const std::vector<T> x = test::wide_values<T>(1, size<T>(s), 10);
    const std::vector<T> dy = test::wide_values<T>(2, s.samples * height * width * s.channels, 10);
    const Axis<T> rows(s.height, height), columns(s.width, width);
    std::vector<T> y, dx(x.size(), T(0));
    for (std::int64_t n = 0, out = 0; n < s.samples; ++n)
      for (std::int64_t i = 0; i < height; ++i) {
        std::vector<T> t(static_cast<std::size_t>(row), T(0));
        for (std::int64_t j = 0; j < width; ++j)
          for (std::int64_t c = 0; c < s.channels; ++c, ++out) {
            const auto along = [&](std::int64_t h) {
              const T* from = x.data() + (n * s.height + h) * row + c;
              return std::fma(columns.w1[j], from[columns.i1[j] * s.channels],
                              columns.w0[j] * from[columns.i0[j] * s.channels]);
            };
            y.push_back(std::fma(rows.w1[i], along(rows.i1[i]), rows.w0[i] * along(rows.i0[i])));
            T& first = t[columns.i0[j] * s.channels + c];
            first = std::fma(columns.w0[j], dy[out], first);
            T& second = t[columns.i1[j] * s.channels + c];
            second = std::fma(columns.w1[j], dy[out], second);
          }
        for (std::int64_t k = 0; k < row; ++k) {
          T& upper = dx[(n * s.height + rows.i0[i]) * row + k];
          upper = std::fma(rows.w0[i], t[k], upper);
          T& lower = dx[(n * s.height + rows.i1[i]) * row + k];
          lower = std::fma(rows.w1[i], t[k], lower);
        }
      }
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> got(dy.size(), T(-9)), gradient(x.size(), T(-9));
      resize_bilinear(context, s, height, width, x.data(), got.data());
      ASSERT_EQ(test::first_difference(got, y), -1) << where << ", " << s.height << " to " << height;
      resize_bilinear_gradient(context, s, height, width, dy.data(), gradient.data());
      ASSERT_EQ(test::first_difference(gradient, dx), -1) << where << ", " << s.height << " to " << height;
    });
  }
}

TYPED_TEST(ResamplingTest, NearestEqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const NearestCase& one : kNearest) {
    const ImageShape& s = one.shape;
    const std::int64_t factor_h = one.factor_h, factor_w = one.factor_w;
    const std::vector<T> x = test::wide_values<T>(3, size<T>(s), 10);
    const std::vector<T> dy = test::wide_values<T>(4, size<T>(s) * factor_h * factor_w, 10);
    std::vector<T> y, dx(x.size(), T(0));
    for (std::int64_t n = 0; n < s.samples; ++n)
      for (std::int64_t i = 0; i < s.height * factor_h; ++i)
        for (std::int64_t j = 0; j < s.width * factor_w; ++j)
          for (std::int64_t c = 0; c < s.channels; ++c) {
            const std::int64_t from = ((n * s.height + i / factor_h) * s.width + j / factor_w) * s.channels + c;
            dx[from] += dy[y.size()];
            y.push_back(x[from]);
          }
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> got(dy.size(), T(-9)), gradient(x.size(), T(-9));
      upsample_nearest(context, s, factor_h, factor_w, x.data(), got.data());
      ASSERT_EQ(test::first_difference(got, y), -1) << where << ", " << s.height << " by " << factor_h;
      upsample_nearest_gradient(context, s, factor_h, factor_w, dy.data(), gradient.data());
      ASSERT_EQ(test::first_difference(gradient, dx), -1) << where << ", " << s.height << " by " << factor_h;
    });
  }
}

// An output is a mean of four numbers below 4, with rounded weights, at a coordinate up to 28 that a few roundings
// shift along a slope below 8; an element's gradient is a sum of at most 60
// outputs' (29 x 29 / 13 x 11, and neighbours) with weights below 1.
TYPED_TEST(ResamplingTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  const double eps = std::numeric_limits<T>::epsilon();
  for (const BilinearCase& one : kBilinear) {
    const ImageShape& s = one.shape;
    const std::int64_t height = one.height, width = one.width;
    const std::vector<T> x = test::wide_values<T>(5, size<T>(s), 1);
    const std::vector<T> dy = test::wide_values<T>(6, s.samples * height * width * s.channels, 1);
    std::vector<T> y(dy.size()), y_wanted(dy.size()), dx(x.size()), dx_wanted(x.size());
    resize_bilinear(context, s, height, width, x.data(), y.data());
    reference::resize_bilinear(s, height, width, x.data(), y_wanted.data());
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], y_wanted[i], eps * (6 * 16 + 4 * 28 * 8));
    resize_bilinear_gradient(context, s, height, width, dy.data(), dx.data());
    reference::resize_bilinear_gradient(s, height, width, dy.data(), dx_wanted.data());
    for (std::size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], dx_wanted[i], eps * 60 * 60 * 4);
  }
  for (const NearestCase& one : kNearest) {
    const ImageShape& s = one.shape;
    const std::int64_t factor_h = one.factor_h, factor_w = one.factor_w;
    const std::vector<T> x = test::wide_values<T>(7, size<T>(s), 1);
    const std::vector<T> dy = test::wide_values<T>(8, size<T>(s) * factor_h * factor_w, 1);
    std::vector<T> y(dy.size()), y_wanted(dy.size()), dx(x.size()), dx_wanted(x.size());
    upsample_nearest(context, s, factor_h, factor_w, x.data(), y.data());
    reference::upsample_nearest(s, factor_h, factor_w, x.data(), y_wanted.data());
    EXPECT_EQ(y, y_wanted);
    upsample_nearest_gradient(context, s, factor_h, factor_w, dy.data(), dx.data());
    reference::upsample_nearest_gradient(s, factor_h, factor_w, dy.data(), dx_wanted.data());
    for (std::size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], dx_wanted[i], eps * 9 * 9 * 4);
  }
}

TYPED_TEST(ResamplingTest, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x[64] = {}, y[64];
  EXPECT_THROW(upsample_nearest(context, {1, 2, 2, 1}, 0, 1, x, y), InputError);
  EXPECT_THROW(upsample_nearest(context, {1, -2, 2, 1}, 1, 1, x, y), InputError);
  EXPECT_THROW(resize_bilinear(context, {1, 2, 2, 1}, -1, 1, x, y), InputError);
  EXPECT_THROW(resize_bilinear(context, {1, 0, 2, 1}, 1, 1, x, y), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(resize_bilinear(context, {1, 2, 2, 1}, 1, 1, x, y), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
