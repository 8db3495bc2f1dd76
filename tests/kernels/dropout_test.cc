#include "kernels/dropout/dropout.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using test::first_difference;

const RandomKey kKey(0x123456789abcdefull, 77, Stream::dropout, 3);

// The definition in whole numbers, an element at a time.
template <class T>
std::vector<T> defined(double rate, std::int64_t first, std::int64_t samples, std::int64_t elements,
                       const std::vector<T>& x) {
  std::vector<T> y(x.size());
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t e = 0; e < elements; ++e) {
      const std::uint32_t r = random_words(kKey, static_cast<std::uint32_t>(first + s),
                                           static_cast<std::uint32_t>(e / 4))[static_cast<std::size_t>(e % 4)];
      // 2 r + 1 >= 2^33 rate, with both sides exact
      const bool kept = static_cast<long double>(r) * 2 + 1 >= static_cast<long double>(rate) * 0x1p33L;
      const std::size_t at = static_cast<std::size_t>(s * elements + e);
      y[at] = kept ? static_cast<T>(1 / (1 - rate)) * x[at] : T(0);
    }
  return y;
}

template <class T>
class Dropout : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Dropout, Types);

TYPED_TEST(Dropout, EqualsItsDefinition) {
  using T = TypeParam;
  for (const double rate : {0.0, 0.1, 0.5, 1e-9, 1 - 1e-10, 1 - 0x1p-53})
    for (const std::int64_t first : {std::int64_t{0}, std::int64_t{7}, (std::int64_t{1} << 32) - 3})
      for (const std::int64_t samples : {1, 3})
        for (const std::int64_t elements : {0, 1, 3, 4, 5, 15, 16, 17, 32, 33, 127, 1000}) {
          const std::vector<T> x = test::wide_values<T>(5, samples * elements, 20, true);
          const std::vector<T> expected = defined(rate, first, samples, elements, x);
          std::vector<T> reference(x.size());
          kernels::reference::dropout(kKey, rate, first, samples, elements, x.data(), reference.data());
          ASSERT_EQ(first_difference(reference, expected), -1) << "reference, " << rate << " " << elements;
          test::for_each_configuration([&](Context& context, const std::string& where) {
            std::vector<T> y(x.size(), T(-7)), in_place = x;
            kernels::dropout(context, kKey, rate, first, samples, elements, x.data(), y.data());
            ASSERT_EQ(first_difference(y, expected), -1) << where << ", " << rate << " " << elements;
            kernels::dropout(context, kKey, rate, first, samples, elements, in_place.data(), in_place.data());
            ASSERT_EQ(first_difference(in_place, expected), -1) << where << ", " << rate << " " << elements;
          });
        }
}

TYPED_TEST(Dropout, EqualsItsDefinitionOnManyThreads) {
  using T = TypeParam;
  for (const auto& size : std::vector<std::array<std::int64_t, 2>>{{2, 70001}, {5000, 9}}) {
    const std::int64_t samples = size[0], elements = size[1];
    const std::vector<T> x = test::wide_values<T>(6, samples * elements, 4);
    const std::vector<T> expected = defined(0.3, 5, samples, elements, x);
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> y(x.size());
      kernels::dropout(context, kKey, 0.3, 5, samples, elements, x.data(), y.data());
      EXPECT_EQ(first_difference(y, expected), -1) << where;
    });
  }
}

// A share of `rate` is dropped, within five standard deviations of the binomial law; what is NaN or Inf is dropped too.
TYPED_TEST(Dropout, DropsItsShare) {
  using T = TypeParam;
  constexpr std::int64_t n = 100000;
  Context context;
  for (const double rate : {0.01, 0.25, 0.9}) {
    std::vector<T> x(n, std::numeric_limits<T>::quiet_NaN());
    kernels::dropout(context, kKey, rate, 0, 10, n / 10, x.data(), x.data());
    const auto dropped = std::count_if(x.begin(), x.end(), [](T v) { return test::same_bits(v, T(0)); });
    EXPECT_NEAR(static_cast<double>(dropped), n * rate, 5 * std::sqrt(n * rate * (1 - rate)));
  }
}

TYPED_TEST(Dropout, AnotherStepOrPlaceDropsOthers) {
  using T = TypeParam;
  const std::vector<T> x(256, T(1));
  Context context;
  const auto with = [&](const RandomKey& key) {
    std::vector<T> y(x.size());
    kernels::dropout(context, key, 0.5, 0, 1, 256, x.data(), y.data());
    return y;
  };
  EXPECT_EQ(with(kKey), with(kKey));
  EXPECT_NE(with(kKey), with(RandomKey(kKey.seed, 78, Stream::dropout, 3)));
  EXPECT_NE(with(kKey), with(RandomKey(kKey.seed, 77, Stream::dropout, 4)));
  EXPECT_NE(with(kKey), with(RandomKey(1, 77, Stream::dropout, 3)));
}

TYPED_TEST(Dropout, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x[4] = {};
  for (const double rate : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(kernels::dropout(context, kKey, rate, 0, 1, 4, x, x), InputError);
  EXPECT_THROW(kernels::dropout(context, kKey, 0.5, -1, 1, 4, x, x), InputError);
  EXPECT_THROW(kernels::dropout(context, kKey, 0.5, std::int64_t{1} << 32, 1, 4, x, x), InputError);
  EXPECT_THROW(kernels::dropout(context, kKey, 0.5, 0, -1, 4, x, x), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(kernels::dropout(context, kKey, 0.5, 0, 1, 4, x, x), EnvironmentError);
}

}  // namespace
