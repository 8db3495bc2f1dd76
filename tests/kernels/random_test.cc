#include "kernels/random/random.h"

#include <array>

#include "kernels/core/error.h"
#include "kernels/core/math_scalar.h"
#include "tests/kernels/wide_values.h"

namespace ito {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Random123-1.14, tests/kat_vectors, philox4x32 10.
TEST(Philox, GivesRandom123sKnownAnswers) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, PlacesSeedAndCounterAsDocumented) {
  const RandomKey key(0x299f31d0a4093822u, 0x13198a2e, Stream::initial_noise);
  RandomKey moved = key;
  moved.stream = 0x03707344;
  EXPECT_EQ(random_words(moved, 0x85a308d3, 0x243f6a88), (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  EXPECT_EQ(RandomKey(1, 2, Stream::test, 3).stream, 8u + 256u * 3u);
}

// FNV-1a's published values: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968.
TEST(Random, WeightsStreamIsTheNamesHash) {
  EXPECT_EQ(weights_key(7, "").stream, 0x811c9dc5u);
  EXPECT_EQ(weights_key(7, "a").stream, 0xe40c292cu);
  EXPECT_EQ(weights_key(7, "foobar").stream, 0xbf9cf968u);
  EXPECT_EQ(weights_key(7, "foobar").step, kWeightsStep);
}

TEST(Random, BelowStaysBelow) {
  const RandomKey key(3, 0, Stream::test);
  std::array<int, 7> seen{};
  for (std::uint32_t e = 0; e < 7000; ++e) ++seen.at(random_below(key, 0, e, 7));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 6 * std::sqrt(1000.0 * 6 / 7));  // 6 standard deviations
  EXPECT_EQ(random_below(key, 0, 0, 1), 0u);
}

template <class T>
class RandomTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(RandomTest, Floats);

// Box-Muller in plain scalars, with the elementary functions whose bits are the contract's.
double normal_oracle(const RandomKey& key, std::uint32_t sample, std::int64_t element) {
  namespace scalar = math::scalar;
  const scalar::Operations<double> o{};
  const auto words = random_words(key, sample, static_cast<std::uint32_t>(element / 4));
  const std::size_t pair = element % 4 < 2 ? 0 : 2;
  const double u_0 = (words[pair] + 0.5) * 0x1p-32, u_1 = (words[pair + 1] + 0.5) * 0x1p-32;
  const double radius = std::sqrt(-2.0 * scalar::log(o, u_0));
  const auto angle = scalar::turns(o, u_1);
  return radius * (element % 2 == 0 ? scalar::cos_angle(o, angle) : scalar::sin_angle(o, angle));
}

TYPED_TEST(RandomTest, EqualsTheContractToTheBitHoweverItIsSplit) {
  using T = TypeParam;
  const RandomKey key(42, 5, Stream::step_noise, 1);
  for (const std::int64_t elements : {1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 64, 784, 1001}) {
    const std::int64_t samples = 9, first = 4294967290 - 100;
    std::vector<T> normals, uniforms;
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t e = 0; e < elements; ++e) {
        const auto sample = static_cast<std::uint32_t>(first + s);
        normals.push_back(static_cast<T>(normal_oracle(key, sample, e)));
        uniforms.push_back(static_cast<T>(random_uniform(key, sample, static_cast<std::uint32_t>(e))));
      }
    test::for_each_configuration([&](Context& context, const std::string& where) {
      for (const std::int64_t batch : {1, 2, 9}) {
        std::vector<T> z(normals.size() + 1, T(-3)), u(z);  // one more: nothing may be written past the end
        for (std::int64_t s = 0; s < samples; s += batch) {
          const std::int64_t count = std::min(batch, samples - s);
          kernels::normal(context, key, first + s, count, elements, z.data() + s * elements);
          kernels::uniform(context, key, first + s, count, elements, u.data() + s * elements);
        }
        ASSERT_EQ(z.back(), T(-3)) << where;
        ASSERT_EQ(u.back(), T(-3)) << where;
        z.pop_back();
        u.pop_back();
        ASSERT_EQ(test::first_difference(z, normals), -1) << where << ", " << elements << " elements, batch " << batch;
        ASSERT_EQ(test::first_difference(u, uniforms), -1) << where << ", " << elements << " elements, batch " << batch;
      }
    });
  }
}

TYPED_TEST(RandomTest, FloatIsTheRoundedDouble) {
  Context context;
  const RandomKey key(1, 0, Stream::test);
  std::vector<double> wide(1000);
  std::vector<TypeParam> narrow(1000);
  kernels::normal(context, key, 0, 10, 100, wide.data());
  kernels::normal(context, key, 0, 10, 100, narrow.data());
  for (std::size_t i = 0; i < wide.size(); ++i) EXPECT_EQ(narrow[i], static_cast<TypeParam>(wide[i]));
}

// 2 pi u rounds with half an ulp of at most 2 pi: the reference's angle is off by 4.4e-16, and |z| < 6.8.
TYPED_TEST(RandomTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  const RandomKey key(9, 1, Stream::test);
  std::vector<T> got(4 * 777), want(got);
  kernels::normal(context, key, 3, 4, 777, got.data());
  kernels::reference::normal(key, 3, 4, 777, want.data());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], want[i], 6.8 * (1e-15 + std::numeric_limits<T>::epsilon()));
  kernels::uniform(context, key, 3, 4, 777, got.data());
  kernels::reference::uniform(key, 3, 4, 777, want.data());
  EXPECT_EQ(got, want);
}

// The first four moments of 2^20 numbers within 5 standard errors; neighbours within a sample and across uncorrelated.
TEST(Random, NormalHasItsMoments) {
  Context context{.device = Device::cpu, .threads = 2, .scratch = {}};
  const std::int64_t samples = 1024, elements = 1024, n = samples * elements;
  std::vector<double> z(static_cast<std::size_t>(n));
  kernels::normal(context, RandomKey(1234, 0, Stream::initial_noise), 0, samples, elements, z.data());
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbour = 0, across = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = z[static_cast<std::size_t>(i)];
    m1 += x, m2 += x * x, m3 += x * x * x, m4 += x * x * x * x;
    neighbour += x * z[static_cast<std::size_t>((i + 1) % n)];
    across += x * z[static_cast<std::size_t>((i + elements) % n)];
  }
  const double scale = static_cast<double>(n), error = 5 / std::sqrt(scale);
  EXPECT_NEAR(m1 / scale, 0, error);
  EXPECT_NEAR(m2 / scale, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(m3 / scale, 0, error * std::sqrt(15.0));
  EXPECT_NEAR(m4 / scale, 3, error * std::sqrt(96.0));
  EXPECT_NEAR(neighbour / scale, 0, error);
  EXPECT_NEAR(across / scale, 0, error);
}

TEST(Random, RefusesNumbersBeyondItsCounters) {
  Context context;
  const RandomKey key(1, 0, Stream::test);
  float x[4];
  EXPECT_THROW(kernels::normal(context, key, (std::int64_t{1} << 32) - 1, 2, 1, x), InputError);
  EXPECT_THROW(kernels::normal(context, key, -1, 1, 1, x), InputError);
  EXPECT_THROW(kernels::normal<float>(context, key, 0, 1, (std::int64_t{1} << 34) + 1, nullptr), InputError);
  EXPECT_NO_THROW(kernels::normal(context, key, (std::int64_t{1} << 32) - 1, 1, 4, x));
  EXPECT_NO_THROW(kernels::normal<float>(context, key, 0, 0, 4, nullptr));
  EXPECT_NO_THROW(kernels::uniform<float>(context, key, 0, 3, 0, nullptr));
}

}  // namespace
}  // namespace ito
