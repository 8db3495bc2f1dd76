// The elementary functions at zeros, infinities and NaN, and lanes against scalars to the bit.
#include <bit>
#include <cstring>
#include <random>

#include "kernels/core/math.h"
#include "kernels/core/math_scalar.h"
#include "kernels/core/simd_target.h"
#include "tests/kernels/math_lanes.h"
#include "tests/kernels/ulp.h"

namespace ito {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
class MathSpecialValues : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(MathSpecialValues, Floats);

template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof(T)) == 0;
}

TYPED_TEST(MathSpecialValues, FollowAnnexF) {
  using T = TypeParam;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN(), zero = 0, one = 1;
  struct Value {
    T (*function)(T);
    T x, y;
  };
  const Value values[] = {{math::exp, -inf, zero},      {math::exp, inf, inf},        {math::exp, zero, one},
                          {math::exp, -zero, one},      {math::exp, nan, nan},        {math::expm1, -inf, -one},
                          {math::expm1, inf, inf},      {math::expm1, zero, zero},    {math::expm1, -zero, -zero},
                          {math::expm1, nan, nan},      {math::log, zero, -inf},      {math::log, -zero, -inf},
                          {math::log, -one, nan},       {math::log, -inf, nan},       {math::log, inf, inf},
                          {math::log, one, zero},       {math::log, nan, nan},        {math::log1p, -one, -inf},
                          {math::log1p, -2, nan},       {math::log1p, inf, inf},      {math::log1p, zero, zero},
                          {math::log1p, -zero, -zero},  {math::log1p, nan, nan},      {math::sin, zero, zero},
                          {math::sin, -zero, -zero},    {math::sin, inf, nan},        {math::sin, nan, nan},
                          {math::cos, zero, one},       {math::cos, -inf, nan},       {math::cos, nan, nan},
                          {math::tan, -zero, -zero},    {math::tan, inf, nan},        {math::tan, nan, nan},
                          {math::atan, -zero, -zero},   {math::atan, nan, nan},       {math::acos, one, zero},
                          {math::acos, 2, nan},         {math::acos, -2, nan},        {math::acos, nan, nan},
                          {math::tanh, inf, one},       {math::tanh, -inf, -one},     {math::tanh, -zero, -zero},
                          {math::tanh, nan, nan},       {math::erf, inf, one},        {math::erf, -inf, -one},
                          {math::erf, -zero, -zero},    {math::erf, nan, nan},        {math::erfinv, one, inf},
                          {math::erfinv, -one, -inf},   {math::erfinv, -zero, -zero}, {math::erfinv, 2, nan},
                          {math::erfinv, nan, nan},     {math::sigmoid, inf, one},    {math::sigmoid, -inf, zero},
                          {math::sigmoid, zero, T(.5)}, {math::sigmoid, nan, nan},    {math::logit, zero, -inf},
                          {math::logit, one, inf},      {math::logit, T(.5), zero},   {math::logit, 2, nan},
                          {math::logit, -one, nan},     {math::logit, nan, nan}};
  for (const Value& v : values)
    EXPECT_TRUE(same(v.function(v.x), v.y)) << (&v - values) << ": " << v.x << " gives " << v.function(v.x);
  EXPECT_TRUE(same(math::atan(inf), static_cast<T>(std::atan(kInfinity))));
  EXPECT_TRUE(same(math::acos(-one), static_cast<T>(std::acos(-1.0))));

  const T ys[] = {-inf, -3, -2, T(-1.5), -one, -zero, zero, T(0.5), one, 2, 3, inf, nan, T(1e30)};
  const T xs[] = {-inf, -2, -one, T(-0.5), -zero, zero, T(0.5), one, 2, inf, nan};
  for (const T x : xs)
    for (const T y : ys) {
      const T got = math::pow(x, y), want = static_cast<T>(std::pow(static_cast<double>(x), static_cast<double>(y)));
      EXPECT_TRUE(same(got, want) || std::fabs(got - want) <= ulp_of<T>(want))
          << x << " ^ " << y << " gives " << got << ", not " << want;
    }
}

TYPED_TEST(MathSpecialValues, ActivationsAtTheirLimits) {
  using T = TypeParam;
  namespace scalar = math::scalar;
  const scalar::Operations<T> o{};
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T largest = std::numeric_limits<T>::max(), least = std::numeric_limits<T>::denorm_min();
  const auto silu = [&](T x) { return scalar::silu(o, x); };
  const auto gelu = [&](T x) { return scalar::gelu(o, x); };
  const auto gelu_tanh = [&](T x) { return scalar::gelu_tanh(o, x); };
  const auto limits = [&](const char* name, const auto& f, const auto& derivative, T end) {
    for (const auto& [x, y] : {std::pair{inf, inf}, {-inf, -T(0)}, {T(0), T(0)}, {-T(0), -T(0)}, {nan, nan}})
      EXPECT_TRUE(same(f(x), y)) << name << " of " << x << " is " << f(x);
    EXPECT_EQ(f(largest), largest) << name;
    EXPECT_TRUE(same(f(-largest), -T(0))) << name;
    EXPECT_LE(std::fabs(f(least)), least) << name;
    EXPECT_EQ(derivative(T(0)), T(0.5)) << name;
    EXPECT_EQ(derivative(end), T(1)) << name;
    EXPECT_EQ(derivative(-end), T(0)) << name;
    EXPECT_TRUE(std::isnan(derivative(nan))) << name;
  };
  limits(
      "silu", silu, [&](T x) { return scalar::silu_derivative(o, x); }, largest);
  limits(
      "gelu", gelu, [&](T x) { return scalar::gelu_derivative(o, x); }, inf);
  limits(
      "gelu_tanh", gelu_tanh, [&](T x) { return scalar::gelu_tanh_derivative(o, x); }, inf);
}

template <class T>
std::vector<T> lane_points() {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::mt19937_64 random(4);
  std::vector<T> xs = {T(0),
                       -T(0),
                       std::numeric_limits<T>::infinity(),
                       -std::numeric_limits<T>::infinity(),
                       std::numeric_limits<T>::quiet_NaN(),
                       std::numeric_limits<T>::denorm_min(),
                       std::numeric_limits<T>::max(),
                       std::numeric_limits<T>::lowest(),
                       T(1),
                       T(-1)};
  for (int i = 0; i < 20003; ++i) {
    xs.push_back(std::bit_cast<T>(static_cast<U>(random())));
    xs.push_back(static_cast<T>(std::ldexp(static_cast<double>(random() >> 11), -53) * 20 - 10));
    xs.push_back(static_cast<T>(std::ldexp(static_cast<double>(random() >> 11), -53) * 2 - 1));
  }
  return xs;
}

TYPED_TEST(MathSpecialValues, LanesEqualScalarsToTheBit) {
  using T = TypeParam;
  const std::vector<T> x = lane_points<T>();
  std::vector<T> y(x.size());
  const SimdTarget before = simd_target();
  for (const SimdTarget target : {SimdTarget::avx2, SimdTarget::avx512}) {
    if (!simd_target_supported(target)) continue;
    set_simd_target(target);
    for (const auto& f : kernels::lane_functions<T>()) {
      f.lanes(x, y);
      int different = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (!same(f.scalar(x[i]), y[i]) && different++ == 0)
          ADD_FAILURE() << f.name << " (" << simd_target_name(target) << ") at " << x[i] << ": scalar "
                        << f.scalar(x[i]) << ", lane " << y[i];
      EXPECT_EQ(different, 0) << f.name;
    }
    std::vector<T> exponent(x.rbegin(), x.rend());
    kernels::lane_pow<T>(x, exponent, y);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_TRUE(same(math::pow(x[i], exponent[i]), y[i])) << x[i] << " ^ " << exponent[i];
  }
  set_simd_target(before);
}

}  // namespace
}  // namespace ito
