#include "kernels/timestep_features/timestep_features.h"

#include "kernels/core/error.h"
#include "kernels/core/math.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class TimestepFeaturesTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(TimestepFeaturesTest, Floats);

TYPED_TEST(TimestepFeaturesTest, EqualsTheFormula) {
  using T = TypeParam;
  const std::vector<double> t = {0, 1, -3.25, 999, 0.001, 1e-300, 5e-324, 123456.789, 1e12, 0.5, 17, 80};
  const std::int64_t n = static_cast<std::int64_t>(t.size());
  for (const std::int64_t half : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 64, 1023})
    for (const double max_period : {1.0, 1000.0, 10000.0}) {
      std::vector<T> want(static_cast<std::size_t>(2 * n * half)), close(want);
      for (std::int64_t r = 0; r < n; ++r)
        for (std::int64_t i = 0; i < half; ++i) {
          const double w = math::exp(-(math::log(max_period) * static_cast<double>(i)) / static_cast<double>(half));
          const double angle = t[static_cast<std::size_t>(r)] * w;
          want[static_cast<std::size_t>(r * 2 * half + i)] = static_cast<T>(math::cos(angle));
          want[static_cast<std::size_t>(r * 2 * half + half + i)] = static_cast<T>(math::sin(angle));
        }
      test::for_each_configuration([&](Context& context, const std::string& where) {
        std::vector<T> got(want.size() + 1, T(7));
        timestep_features(context, n, half, max_period, t.data(), got.data());
        ASSERT_EQ(got.back(), T(7)) << where;
        got.pop_back();
        ASSERT_EQ(test::first_difference(got, want), -1) << where << ", half = " << half;
      });
      reference::timestep_features(n, half, max_period, t.data(), close.data());
      // w is off by a few ulps on either side (its exponent's rounding times log 10000 = 9.2), and the angle t w with
      // it
      for (std::size_t i = 0; i < want.size(); ++i) {
        const double time = std::fabs(t[i / static_cast<std::size_t>(2 * half)]);
        ASSERT_NEAR(want[i], close[i], 16 * 2.3e-16 * time + std::numeric_limits<T>::epsilon());
      }
    }
}

TYPED_TEST(TimestepFeaturesTest, RefusesWhatItCannotDo) {
  Context context;
  const double t = 1;
  TypeParam out[2];
  EXPECT_THROW(timestep_features(context, 1, -1, 100, &t, out), InputError);
  EXPECT_THROW(timestep_features(context, 1, 1, 0.5, &t, out), InputError);
  EXPECT_THROW(timestep_features(context, 1, 1, NAN, &t, out), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(timestep_features(context, 1, 1, 100, &t, out), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
