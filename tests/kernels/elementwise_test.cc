#include "kernels/elementwise/elementwise.h"

#include <random>

#include "kernels/core/error.h"
#include "kernels/core/math_scalar.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

template <class T>
class ElementwiseTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementwiseTest, Floats);

const std::int64_t kSizes[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 1000, 16384, 16391, 50001};

// Every element in plain scalars: what an array must equal, byte for byte.
template <class T>
T oracle(Unary f, T x) {
  const math::scalar::Operations<T> o{};
  switch (f) {
    case Unary::negate:
      return -x;
    case Unary::square:
      return x * x;
    case Unary::square_root:
      return std::sqrt(x);
    case Unary::exp:
      return math::scalar::exp(o, x);
    case Unary::log:
      return math::scalar::log(o, x);
    case Unary::tanh:
      return math::scalar::tanh(o, x);
    case Unary::sigmoid:
      return math::scalar::sigmoid(o, x);
    case Unary::silu:
      return math::scalar::silu(o, x);
    case Unary::gelu:
      return math::scalar::gelu(o, x);
    case Unary::gelu_tanh:
      return math::scalar::gelu_tanh(o, x);
  }
  return 0;
}

template <class T>
T gradient_oracle(Unary f, T saved, T dy) {
  const math::scalar::Operations<T> o{};
  switch (f) {
    case Unary::negate:
      return -dy;
    case Unary::square:
      return dy * (saved + saved);
    case Unary::square_root:
      return dy * T(0.5) / saved;
    case Unary::exp:
      return dy * saved;
    case Unary::log:
      return dy / saved;
    case Unary::tanh:
      return dy * std::fma(-saved, saved, T(1));
    case Unary::sigmoid:
      return dy * (saved * (T(1) - saved));
    case Unary::silu:
      return dy * math::scalar::silu_derivative(o, saved);
    case Unary::gelu:
      return dy * math::scalar::gelu_derivative(o, saved);
    case Unary::gelu_tanh:
      return dy * math::scalar::gelu_tanh_derivative(o, saved);
  }
  return 0;
}

template <class T>
T oracle(Binary op, T a, T b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::subtract:
      return a - b;
    case Binary::multiply:
      return a * b;
    case Binary::divide:
      return a / b;
  }
  return 0;
}

// Wide exponents and denormals where nothing overflows to make all NaN alike.
template <class T>
std::vector<T> values(std::uint64_t seed, std::int64_t n) {
  std::vector<T> x = test::wide_values<T>(seed, n, 40, true);
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::remainder(x[i], T(8));  // where the curves bend
  return x;
}

TYPED_TEST(ElementwiseTest, UnaryEqualsTheScalarFormulaToTheBit) {
  using T = TypeParam;
  for (const std::int64_t n : kSizes) {
    const std::vector<T> x = values<T>(1, n + 1), dy = values<T>(2, n + 1);
    for (int k = 0; k < kUnaryCount; ++k) {
      const Unary f = static_cast<Unary>(k);
      if (n > 20000 && f != Unary::silu) continue;  // the many pieces are alike for all functions
      std::vector<T> want(x.size(), T(-5)), gradient_wanted(want);
      for (std::size_t i = 1; i < x.size(); ++i) {
        want[i] = oracle(f, x[i]);
        gradient_wanted[i] = gradient_oracle(f, x[i], dy[i]);
      }
      test::for_each_configuration([&](Context& context, const std::string& where) {
        std::vector<T> got(x.size(), T(-5));
        unary(context, f, n, x.data() + 1, got.data() + 1);
        ASSERT_EQ(test::first_difference(got, want), -1) << where << ", function " << k << ", n = " << n;
        got.assign(x.size(), T(-5));
        unary_gradient(context, f, n, x.data() + 1, dy.data() + 1, got.data() + 1);
        ASSERT_EQ(test::first_difference(got, gradient_wanted), -1) << where << ", gradient " << k << ", n = " << n;
        got = x;  // in place
        got[0] = T(-5);
        unary(context, f, n, got.data() + 1, got.data() + 1);
        ASSERT_EQ(test::first_difference(got, want), -1) << where << ", function " << k << " in place, n = " << n;
        got = dy;  // in place of dy
        got[0] = T(-5);
        unary_gradient(context, f, n, x.data() + 1, got.data() + 1, got.data() + 1);
        ASSERT_EQ(test::first_difference(got, gradient_wanted), -1) << where << ", gradient " << k << " in place";
      });
    }
  }
}

// Bounds of math_functions.h, at most 7 ULP, and the reference's own: gelu's argument x / sqrt 2 is rounded, which
// moves erfc by x^2 half ulps in the tail. The gradients add a few roundings of sums whose terms are below 2; the tanh
// form's argument is off by 2 ULP of at most 100.
TYPED_TEST(ElementwiseTest, UnaryIsCloseToTheReference) {
  using T = TypeParam;
  const std::int64_t n = 5000;
  const double eps = std::numeric_limits<T>::epsilon();
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<T> x(static_cast<std::size_t>(n)), dy(x), saved(x), got(x), want(x);
  Context context;
  for (int k = 0; k < kUnaryCount; ++k) {
    const Unary f = static_cast<Unary>(k);
    const bool positive = f == Unary::log || f == Unary::square_root;
    for (T& v : x) v = static_cast<T>(positive ? 0.01 + 8 * unit(random) : 16 * unit(random) - 8);
    for (T& v : dy) v = static_cast<T>(2 * unit(random) - 1);
    unary(context, f, n, x.data(), got.data());
    reference::unary(f, n, x.data(), want.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(got[i], want[i], eps * ((7 + x[i] * x[i]) * std::fabs(want[i]) + (f == Unary::gelu_tanh ? 8 : 0)))
          << "function " << k << " at " << x[i];
    saved = gradient_reads_output(f) ? got : x;
    unary_gradient(context, f, n, saved.data(), dy.data(), got.data());
    reference::unary_gradient(f, n, saved.data(), dy.data(), want.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(got[i], want[i], eps * (7 * std::fabs(want[i]) + 8)) << "gradient " << k << " at " << x[i];
  }
}

// The gradient against the slope of the function itself: central differences in double.
TEST(Elementwise, GradientsAreTheSlopes) {
  Context context;
  const double h = 1e-6;
  for (int k = 0; k < kUnaryCount; ++k) {
    const Unary f = static_cast<Unary>(k);
    for (double x = 0.05; x < 4; x += 0.37)
      for (const double at : {x, f == Unary::log || f == Unary::square_root ? x : -x}) {
        const double xs[] = {at - h, at, at + h}, one = 1;
        double ys[3], dx;
        unary(context, f, 3, xs, ys);
        unary_gradient(context, f, 1, gradient_reads_output(f) ? &ys[1] : &xs[1], &one, &dx);
        EXPECT_NEAR(dx, (ys[2] - ys[0]) / (2 * h), 1e-7 * (1 + std::fabs(dx))) << "function " << k << " at " << at;
      }
  }
}

TYPED_TEST(ElementwiseTest, BinaryWithEveryBroadcast) {
  using T = TypeParam;
  struct Size {
    std::int64_t rows, columns;
  };
  for (const Size s :
       {Size{0, 3}, Size{3, 0}, Size{1, 1}, Size{5, 2}, Size{3, 17}, Size{2048, 2}, Size{300, 128}, Size{2, 20001}}) {
    const std::vector<T> a = values<T>(4, s.rows * s.columns),
                         b = values<T>(5, s.rows * s.columns + s.columns + s.rows);
    for (int k = 0; k < kBinaryCount; ++k)
      for (int m = 0; m < kBroadcastCount; ++m) {
        const Binary op = static_cast<Binary>(k);
        const Broadcast broadcast = static_cast<Broadcast>(m);
        std::vector<T> want(a.size());
        for (std::int64_t r = 0; r < s.rows; ++r)
          for (std::int64_t c = 0; c < s.columns; ++c) {
            const std::int64_t i = r * s.columns + c;
            const std::int64_t j = broadcast == Broadcast::none ? i : broadcast == Broadcast::row ? c : r;
            want[static_cast<std::size_t>(i)] =
                oracle(op, a[static_cast<std::size_t>(i)], b[static_cast<std::size_t>(j)]);
          }
        test::for_each_configuration([&](Context& context, const std::string& where) {
          std::vector<T> got(a.size());
          binary(context, op, broadcast, s.rows, s.columns, a.data(), b.data(), got.data());
          ASSERT_EQ(test::first_difference(got, want), -1) << where << ", op " << k << ", broadcast " << m;
          got = a;  // in place
          binary(context, op, broadcast, s.rows, s.columns, got.data(), b.data(), got.data());
          ASSERT_EQ(test::first_difference(got, want), -1)
              << where << ", op " << k << ", broadcast " << m << " in place";
        });
        // One operation on two floats is exact in double before it is rounded, so the reference agrees to the bit.
        std::vector<T> reference_values(a.size());
        reference::binary(op, broadcast, s.rows, s.columns, a.data(), b.data(), reference_values.data());
        ASSERT_EQ(test::first_difference(reference_values, want), -1) << "op " << k << ", broadcast " << m;
      }
  }
}

TYPED_TEST(ElementwiseTest, AffineAddScaledAndClamp) {
  using T = TypeParam;
  const double low = -0.7, high = 1.3, scale = 1.0 / 3, shift = -0.1;
  for (const std::int64_t n : kSizes) {
    const std::vector<T> x = values<T>(6, n), y = values<T>(7, n);
    std::vector<T> affine_wanted(x.size()), scaled_wanted(x), clamp_wanted(x), gradient_wanted(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      affine_wanted[i] = std::fma(static_cast<T>(scale), x[i], static_cast<T>(shift));
      scaled_wanted[i] = std::fma(static_cast<T>(scale), x[i], y[i]);
    }
    reference::clamp(n, low, high, x.data(), clamp_wanted.data());
    reference::clamp_gradient(n, low, high, x.data(), y.data(), gradient_wanted.data());
    test::for_each_configuration([&](Context& context, const std::string& where) {
      std::vector<T> got(x.size());
      affine(context, n, scale, x.data(), shift, got.data());
      ASSERT_EQ(test::first_difference(got, affine_wanted), -1) << where;
      got = y;
      add_scaled(context, n, scale, x.data(), got.data());
      ASSERT_EQ(test::first_difference(got, scaled_wanted), -1) << where;
      clamp(context, n, low, high, x.data(), got.data());
      ASSERT_EQ(test::first_difference(got, clamp_wanted), -1) << where;
      clamp_gradient(context, n, low, high, x.data(), y.data(), got.data());
      ASSERT_EQ(test::first_difference(got, gradient_wanted), -1) << where;
    });
    Context context;
    std::vector<T> want(x.size()), got(x.size());
    reference::affine(n, scale, x.data(), shift, want.data());
    affine(context, n, scale, x.data(), shift, got.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(got[i], want[i], std::numeric_limits<T>::epsilon() * (std::fabs(x[i]) + 1));
  }
  Context context;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  T y = 0;
  clamp(context, 1, 0, 1, &nan, &y);
  EXPECT_TRUE(std::isnan(y));
}

TYPED_TEST(ElementwiseTest, RefusesWhatItCannotDo) {
  Context context;
  TypeParam x = 0;
  EXPECT_THROW(unary(context, Unary::exp, -1, &x, &x), InputError);
  EXPECT_THROW(clamp(context, 1, 2, 1, &x, &x), InputError);
  EXPECT_THROW(clamp(context, 1, NAN, 1, &x, &x), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(unary(context, Unary::exp, 1, &x, &x), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
