#include "kernels/linear_combination/linear_combination.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using test::first_difference;
using test::for_each_configuration;
using test::wide_values;

// The contract's order: y = c_0 x_0, then y = fma(c_i, x_i, y).
template <class T>
std::vector<T> oracle(std::int64_t samples, std::int64_t elements, const std::vector<double>& c,
                      const std::vector<std::vector<T>>& x) {
  std::vector<T> y(static_cast<std::size_t>(samples * elements));
  for (std::int64_t i = 0; i < samples * elements; ++i) {
    const std::int64_t sample = i / elements;
    y[i] = static_cast<T>(c[sample]) * x[0][i];
    for (std::size_t t = 1; t < x.size(); ++t) y[i] = std::fma(static_cast<T>(c[t * samples + sample]), x[t][i], y[i]);
  }
  return y;
}

template <class T>
struct Case {
  std::vector<double> c;
  std::vector<std::vector<T>> x;
  std::vector<const T*> pointers;
};

template <class T>
Case<T> make_case(std::int64_t samples, std::int64_t elements, int terms, int spread) {
  Case<T> made;
  made.c = wide_values<double>(7, terms * samples, 3);
  for (int t = 0; t < terms; ++t) made.x.push_back(wide_values<T>(11 + t, samples * elements, spread, true));
  for (const auto& x : made.x) made.pointers.push_back(x.data());
  return made;
}

template <class T>
class LinearCombination : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(LinearCombination, Types);

TYPED_TEST(LinearCombination, EqualsTheOracle) {
  using T = TypeParam;
  for (const std::int64_t n : {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 1000, 40001})
    for (int terms = 1; terms <= kernels::kMaxTerms; ++terms) {
      const Case<T> given = make_case<T>(1, n, terms, 20);
      const std::vector<T> expected = oracle(1, n, given.c, given.x);
      for_each_configuration([&](Context& context, const std::string& where) {
        std::vector<T> y(n + 1, T(42));
        kernels::linear_combination(context, n, given.c, given.pointers.data(), y.data());
        EXPECT_EQ(y.back(), T(42)) << "wrote past the end";
        y.pop_back();
        EXPECT_EQ(first_difference(y, expected), -1) << where << ", n " << n << ", terms " << terms;
      });
    }
}

TYPED_TEST(LinearCombination, PerSampleEqualsTheOracle) {
  using T = TypeParam;
  for (const auto& shape : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 5}, {5, 0}, {1, 1}, {3, 1}, {2, 2}, {257, 2}, {3, 17}, {64, 784}, {1, 40000}, {30000, 2}}) {
    const std::int64_t samples = shape.first, elements = shape.second;
    const Case<T> given = make_case<T>(samples, elements, 3, 20);
    const std::vector<T> expected = oracle(samples, elements, given.c, given.x);
    for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> y(samples * elements);
      kernels::linear_combination_per_sample(context, samples, elements, given.c, given.pointers.data(), y.data());
      EXPECT_EQ(first_difference(y, expected), -1) << where << ", " << samples << " x " << elements;
    });
  }
}

TYPED_TEST(LinearCombination, AgreesWithTheReference) {
  using T = TypeParam;
  const std::int64_t samples = 5, elements = 333;
  const Case<T> given = make_case<T>(samples, elements, 8, 4);
  std::vector<T> y(samples * elements), expected(samples * elements);
  Context context;
  kernels::linear_combination_per_sample(context, samples, elements, given.c, given.pointers.data(), y.data());
  kernels::reference::linear_combination_per_sample(samples, elements, given.c, given.pointers.data(), expected.data());
  // Each of 8 roundings, and the reference's own, is at most eps/2 of a partial sum, which is at most the sum of
  // magnitudes.
  for (std::int64_t i = 0; i < samples * elements; ++i) {
    double magnitude = 0;
    for (int t = 0; t < 8; ++t)
      magnitude += std::fabs(static_cast<double>(given.x[t][i]) * given.c[t * samples + i / elements]);
    EXPECT_NEAR(y[i], expected[i], 9 * std::numeric_limits<T>::epsilon() * magnitude);
  }
}

TYPED_TEST(LinearCombination, MayWriteOverATerm) {
  using T = TypeParam;
  const std::int64_t n = 1001;
  for (int target = 0; target < 3; ++target) {
    Case<T> given = make_case<T>(1, n, 3, 20);
    const std::vector<T> expected = oracle(1, n, given.c, given.x);
    Context context;
    kernels::linear_combination(context, n, given.c, given.pointers.data(), given.x[target].data());
    EXPECT_EQ(first_difference(given.x[target], expected), -1) << "over term " << target;
  }
}

TYPED_TEST(LinearCombination, ZeroTimesInfinityIsNaN) {
  using T = TypeParam;
  const T x0[] = {T(1)}, x1[] = {std::numeric_limits<T>::infinity()};
  const T* x[] = {x0, x1};
  T y[1];
  Context context;
  const double c[] = {1.0, 0.0};
  kernels::linear_combination(context, 1, std::span<const double>(c), x, y);
  EXPECT_TRUE(std::isnan(y[0]));
}

TEST(LinearCombinationErrors, TooManyOrNoTerms) {
  const float value = 1;
  float y = 0;
  const std::vector<const float*> x(9, &value);
  Context context;
  EXPECT_THROW(kernels::linear_combination(context, 1, std::vector<double>(9, 1.0), x.data(), &y), InputError);
  EXPECT_THROW(kernels::linear_combination(context, 1, std::vector<double>(), x.data(), &y), InputError);
}

}  // namespace
