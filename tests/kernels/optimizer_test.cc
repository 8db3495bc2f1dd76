#include "kernels/optimizer/optimizer.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using kernels::AdamW;
using test::first_difference;
using test::for_each_configuration;
using test::wide_values;

template <class T>
struct State {
  std::vector<T> gradient, parameter, m, v;

  State(std::int64_t n, int spread)
      : gradient(wide_values<T>(1, n, spread, true)),
        parameter(wide_values<T>(2, n, spread)),
        m(wide_values<T>(3, n, spread, true)),
        v(wide_values<T>(4, n, spread, true)) {
    for (T& value : v) value = std::fabs(value);
  }
};

// The header's lines, in scalars. A step whose powers are exact enough to write down: beta^t by multiplication.
template <class T>
void oracle(const AdamW& s, State<T>& state) {
  double beta1_t = 1, beta2_t = 1;
  for (std::int64_t i = 0; i < s.step; ++i) beta1_t *= s.beta1, beta2_t *= s.beta2;
  const T beta1 = static_cast<T>(s.beta1), rest1 = static_cast<T>(1 - s.beta1), beta2 = static_cast<T>(s.beta2),
          rest2 = static_cast<T>(1 - s.beta2), root_scale = static_cast<T>(1 / std::sqrt(1 - beta2_t)),
          epsilon = static_cast<T>(s.epsilon), minus_rate = static_cast<T>(-s.learning_rate / (1 - beta1_t)),
          keep = static_cast<T>(1 - s.learning_rate * s.weight_decay), scale = static_cast<T>(s.gradient_scale);
  for (std::size_t i = 0; i < state.parameter.size(); ++i) {
    const T g = scale * state.gradient[i];
    state.m[i] = std::fma(beta1, state.m[i], rest1 * g);
    state.v[i] = std::fma(beta2, state.v[i], (rest2 * g) * g);
    const T d = std::fma(std::sqrt(state.v[i]), root_scale, epsilon);
    state.parameter[i] = std::fma(minus_rate, state.m[i] / d, keep * state.parameter[i]);
  }
}

template <class T>
class Optimizer : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Optimizer, Types);

TYPED_TEST(Optimizer, AdamWEqualsTheOracle) {
  using T = TypeParam;
  for (const std::int64_t n : {0, 1, 3, 4, 7, 8, 15, 16, 17, 1000, 50001})
    for (const AdamW& settings : std::vector<AdamW>{
             {.step = 1},
             {.step = 2,
             .learning_rate = 0.02,
             .beta1 = 0.5,
             .beta2 = 0.75,
             .weight_decay = 0.1,
             .gradient_scale = 0.3},
         }) {
      State<T> expected(n, 15);
      oracle(settings, expected);
      for_each_configuration([&](Context& context, const std::string& where) {
        State<T> state(n, 15);
        kernels::adamw(context, settings, n, state.gradient.data(), state.parameter.data(), state.m.data(),
                       state.v.data());
        EXPECT_EQ(first_difference(state.parameter, expected.parameter), -1) << where << ", n " << n;
        EXPECT_EQ(first_difference(state.m, expected.m), -1) << where << ", n " << n;
        EXPECT_EQ(first_difference(state.v, expected.v), -1) << where << ", n " << n;
      });
    }
}

TYPED_TEST(Optimizer, AdamWAgreesWithTheReference) {
  using T = TypeParam;
  const std::int64_t n = 777;
  State<T> state(n, 3), expected(n, 3);
  Context context;
  const double eps = std::numeric_limits<T>::epsilon();
  for (std::int64_t step = 1; step <= 20; ++step) {
    const AdamW settings{.step = step, .learning_rate = 0.01, .weight_decay = 0.1, .gradient_scale = 0.5};
    state = expected;  // one step's error at a time
    const State<T> before = expected;
    kernels::adamw(context, settings, n, state.gradient.data(), state.parameter.data(), state.m.data(), state.v.data());
    kernels::reference::adamw(settings, n, expected.gradient.data(), expected.parameter.data(), expected.m.data(),
                              expected.v.data());
    for (std::int64_t i = 0; i < n; ++i) {
      // Roundings, each at most eps/2 of a term: coefficient, product and sum for m; one more product for v; for the
      // parameter also those of m, v, root, denominator, quotient and rate, in the size of the update, where m may
      // have cancelled.
      const double g = 0.5 * std::fabs(static_cast<double>(before.gradient[i]));
      const double m_terms = std::fabs(0.9 * static_cast<double>(before.m[i])) + 0.1 * g;
      ASSERT_NEAR(state.m[i], expected.m[i], 3 * eps * m_terms);
      ASSERT_NEAR(state.v[i], expected.v[i], 4 * eps * static_cast<double>(expected.v[i]));
      const double m_hat = m_terms / (1 - std::pow(0.9, step));
      const double v_hat = static_cast<double>(expected.v[i]) / (1 - std::pow(0.999, step));
      const double update = 0.01 * m_hat / (std::sqrt(v_hat) + 1e-8);
      ASSERT_NEAR(state.parameter[i], expected.parameter[i],
                  10 * eps * update + 3 * eps * std::fabs(static_cast<double>(before.parameter[i])));
    }
  }
}

// The first step moves every parameter by the learning rate against its gradient's sign (Kingma, Ba 2015, section 2.1).
TYPED_TEST(Optimizer, TheFirstStepIsTheLearningRate) {
  using T = TypeParam;
  const T gradient[] = {T(3), T(-0.001), T(200)};
  T parameter[] = {T(1), T(1), T(1)}, m[3] = {}, v[3] = {};
  Context context;
  kernels::adamw(context, {.step = 1, .learning_rate = 0.25}, 3, gradient, parameter, m, v);
  EXPECT_NEAR(parameter[0], 0.75, 1e-4);
  EXPECT_NEAR(parameter[1], 1.25, 1e-4);
  EXPECT_NEAR(parameter[2], 0.75, 1e-4);
}

TYPED_TEST(Optimizer, AverageEqualsTheOracle) {
  using T = TypeParam;
  for (const std::int64_t n : {0, 1, 5, 16, 33, 50001}) {
    const std::vector<T> parameter = wide_values<T>(5, n, 20, true), before = wide_values<T>(6, n, 20, true);
    std::vector<T> expected = before;
    for (std::int64_t i = 0; i < n; ++i)
      expected[i] = std::fma(static_cast<T>(1 - 0.9), parameter[i] - before[i], before[i]);
    for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> average = before;
      kernels::exponential_average(context, 0.9, n, parameter.data(), average.data());
      EXPECT_EQ(first_difference(average, expected), -1) << where << ", n " << n;
    });
    std::vector<T> reference = before;
    kernels::reference::exponential_average(0.9, n, parameter.data(), reference.data());
    for (std::int64_t i = 0; i < n; ++i) {
      const double terms = std::fabs(static_cast<double>(before[i])) + std::fabs(static_cast<double>(parameter[i]));
      ASSERT_NEAR(expected[i], reference[i],
                  3 * std::numeric_limits<T>::epsilon() * terms + std::numeric_limits<T>::denorm_min());
    }
  }
}

TYPED_TEST(Optimizer, AParameterAtRestStaysItsAverage) {
  using T = TypeParam;
  const std::vector<T> parameter = wide_values<T>(7, 100, 20);
  std::vector<T> average = parameter;
  Context context;
  kernels::exponential_average(context, 0.999, 100, parameter.data(), average.data());
  EXPECT_EQ(average, parameter);
}

TEST(OptimizerErrors, ImpossibleSettings) {
  Context context;
  float x = 0, m = 0, v = 0;
  const float g = 0;
  EXPECT_THROW(kernels::adamw(context, {.step = 0}, 1, &g, &x, &m, &v), InputError);
  EXPECT_THROW(kernels::adamw(context, {.beta1 = 1.0}, 1, &g, &x, &m, &v), InputError);
  EXPECT_THROW(kernels::adamw(context, {.epsilon = 0.0}, 1, &g, &x, &m, &v), InputError);
  EXPECT_THROW(kernels::exponential_average(context, 1.5, 1, &g, &x), InputError);
}

}  // namespace
