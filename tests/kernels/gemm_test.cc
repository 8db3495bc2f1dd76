#include "kernels/gemm/gemm.h"

#include "kernels/core/error.h"
#include "tests/kernels/gemm_oracle.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using kernels::GemmArguments;
using test::first_difference;
using test::for_each_configuration;
using test::wide_values;

struct Shape {
  std::int64_t m, n, k;
  std::int64_t batch = 1;
  bool a_transposed = false;
  bool b_transposed = false;
  bool accumulate = false;
  bool bias = false;
  std::int64_t padding = 0;  // elements between rows, and between matrices

  std::string text() const {
    return std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) + ", batch " +
           std::to_string(batch) + (a_transposed ? ", T" : ", N") + (b_transposed ? "T" : "N") +
           (accumulate ? ", accumulate" : "") + (bias ? ", bias" : "") + ", padding " + std::to_string(padding);
  }
};

// Operands of one product, and C as it stands before it.
template <class T>
struct Operands {
  std::vector<T> a, b, c, bias;
  GemmArguments<T> arguments;

  // Exponents within +-spread of `center`: products of two stay within +-2 (spread + 1) of twice that.
  Operands(const Shape& s, int spread, int center = 0) {
    const auto make = [&](std::uint64_t seed, std::int64_t rows, std::int64_t row_stride) {
      std::vector<T> values = wide_values<T>(seed, s.batch * (rows * row_stride + s.padding), spread, true);
      for (T& value : values) value = std::ldexp(value, center);
      return values;
    };
    const std::int64_t a_rows = s.a_transposed ? s.k : s.m, a_stride = (s.a_transposed ? s.m : s.k) + s.padding;
    const std::int64_t b_rows = s.b_transposed ? s.n : s.k, b_stride = (s.b_transposed ? s.k : s.n) + s.padding;
    const std::int64_t c_stride = s.n + s.padding;
    a = make(1, a_rows, a_stride);
    b = make(2, b_rows, b_stride);
    c = make(3, s.m, c_stride);
    bias = make(4, 1, s.n);
    arguments = {.m = s.m, .n = s.n, .k = s.k, .batch = s.batch};
    arguments.a = {a.data(), a_stride, s.a_transposed, a_rows * a_stride + s.padding};
    arguments.b = {b.data(), b_stride, s.b_transposed, b_rows * b_stride + s.padding};
    arguments.c_row_stride = c_stride;
    arguments.c_batch_stride = s.m * c_stride + s.padding;
    arguments.accumulate = s.accumulate;
    arguments.bias = s.bias ? bias.data() : nullptr;
  }

  // What `compute` makes of C, padding included (which must stay as it was).
  template <class Compute>
  std::vector<T> result(const Compute& compute) const {
    std::vector<T> out = c;
    GemmArguments<T> g = arguments;
    g.c = out.data();
    compute(g);
    return out;
  }
};

template <class T>
void expect_oracle(const Shape& shape, int spread, int center = 0) {
  const Operands<T> operands(shape, spread, center);
  const std::vector<T> expected = operands.result([](const auto& g) { test::gemm_oracle(g); });
  for_each_configuration([&](Context& context, const std::string& where) {
    const std::vector<T> c = operands.result([&](const auto& g) { kernels::gemm(context, g); });
    EXPECT_EQ(first_difference(c, expected), -1) << where << ", " << shape.text();
  });
}

// No partial sum of 2^20 products overflows; exponents of products span 80 % of the type's range.
template <class T>
constexpr int kSpread = sizeof(T) == 4 ? 50 : 480;

template <class T>
class Gemm : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Gemm, Types);

// Either side of every tile's edge: rows 6 and 14, columns 4, 8, 16, 32, blocks of k 256.
TYPED_TEST(Gemm, EqualsTheOracleAtTileEdges) {
  for (const std::int64_t m : {1, 2, 6, 13, 14, 15, 29})
    for (const std::int64_t n : {1, 2, 8, 9, 16, 17, 32, 33, 65})
      for (const std::int64_t k : {0, 1, 3, 255, 256, 257, 513})
        for (const int transposed : {0, 1, 2, 3})
          expect_oracle<TypeParam>({.m = m,
                                    .n = n,
                                    .k = k,
                                    .a_transposed = transposed % 2 == 1,
                                    .b_transposed = transposed / 2 == 1,
                                    .accumulate = (m + n + k) % 2 == 1,
                                    .bias = (m + n) % 3 == 0,
                                    .padding = (m + k) % 4 == 0 ? 5 : 0},
                                   kSpread<TypeParam>);
}

TYPED_TEST(Gemm, EqualsTheOracleOnLargeShapes) {
  for (const Shape& shape : std::vector<Shape>{
           {.m = 256, .n = 128, .k = 128, .bias = true},
           {.m = 256, .n = 128, .k = 128, .b_transposed = true},
           {.m = 128, .n = 128, .k = 256, .a_transposed = true, .accumulate = true},
           {.m = 128, .n = 2, .k = 2048, .a_transposed = true, .accumulate = true},
           {.m = 2048, .n = 2, .k = 128, .bias = true},
           {.m = 2048, .n = 128, .k = 2},
           {.m = 301, .n = 203, .k = 1027, .accumulate = true, .bias = true},
           {.m = 301, .n = 203, .k = 1027, .a_transposed = true, .b_transposed = true},
           {.m = 67, .n = 2115, .k = 301, .bias = true},
           {.m = 9, .n = 2115, .k = 1301, .accumulate = true},
           {.m = 45, .n = 51, .k = 5003, .a_transposed = true, .bias = true, .padding = 3},
           {.m = 1, .n = 1001, .k = 777},
           {.m = 1001, .n = 1, .k = 777},
       })
    expect_oracle<TypeParam>(shape, kSpread<TypeParam>);
}

TYPED_TEST(Gemm, EqualsTheOracleOnBatches) {
  for (const Shape& shape : std::vector<Shape>{
           {.m = 5, .n = 7, .k = 9, .batch = 0},
           {.m = 5, .n = 7, .k = 9, .batch = 13, .padding = 2},
           {.m = 16, .n = 16, .k = 64, .batch = 8, .b_transposed = true, .accumulate = true},
           {.m = 128, .n = 96, .k = 300, .batch = 3, .bias = true},
           {.m = 128, .n = 3, .k = 300, .batch = 3, .a_transposed = true, .bias = true, .padding = 1},
           {.m = 0, .n = 7, .k = 9, .batch = 2},
           {.m = 5, .n = 0, .k = 9, .batch = 2},
       })
    expect_oracle<TypeParam>(shape, kSpread<TypeParam>);
}

// Products in the denormal range, where a flush to zero would show.
TYPED_TEST(Gemm, EqualsTheOracleOnDenormals) {
  const int center = sizeof(TypeParam) == 4 ? -70 : -535;
  for (const int transposed : {0, 1, 2, 3})
    expect_oracle<TypeParam>({.m = 31,
                              .n = 45,
                              .k = 300,
                              .a_transposed = transposed % 2 == 1,
                              .b_transposed = transposed / 2 == 1,
                              .accumulate = transposed == 0},
                             6, center);
}

// Where sums overflow, Inf stands where the oracle's Inf stands, and any NaN equals any NaN.
TYPED_TEST(Gemm, EqualsTheOracleOnOverflow) {
  const int center = sizeof(TypeParam) == 4 ? 62 : 510;
  expect_oracle<TypeParam>({.m = 31, .n = 45, .k = 600, .accumulate = true}, 3, center);
}

TYPED_TEST(Gemm, SharesAnOperandOfABatch) {
  using T = TypeParam;
  Operands<T> operands({.m = 20, .n = 30, .k = 40, .batch = 4}, 20);
  operands.arguments.b.batch_stride = 0;
  const std::vector<T> expected = operands.result([](const auto& g) { test::gemm_oracle(g); });
  for_each_configuration([&](Context& context, const std::string& where) {
    EXPECT_EQ(first_difference(operands.result([&](const auto& g) { kernels::gemm(context, g); }), expected), -1)
        << where;
  });
}

TYPED_TEST(Gemm, ActivatesAndKeepsWhatItActivated) {
  using T = TypeParam;
  using enum kernels::GemmActivation;
  for (const auto activation : {silu, gelu, gelu_tanh, tanh})
    for (const Shape& shape : std::vector<Shape>{
             {.m = 256, .n = 128, .k = 128, .bias = true},
             {.m = 30, .n = 37, .k = 300, .batch = 2, .bias = true, .padding = 3},
             {.m = 30, .n = 37, .k = 300, .accumulate = true, .padding = 3},
             {.m = 33,
             .n = 2,
             .k = 10,
             .batch = 2,
             .a_transposed = true,
             .accumulate = true,
             .bias = true,
             .padding = 1},
         }) {
      Operands<T> operands(shape, 1, -1);
      const auto both = [&](const auto& compute) {
        std::vector<T> pre(operands.c.size(), T(-3));
        std::vector<T> c = operands.result([&](GemmArguments<T> g) {
          g.activation = activation;
          g.pre_activation = pre.data();
          compute(g);
        });
        c.insert(c.end(), pre.begin(), pre.end());
        return c;
      };
      const std::vector<T> expected = both([](const auto& g) { test::gemm_oracle(g); });
      for_each_configuration([&](Context& context, const std::string& where) {
        EXPECT_EQ(first_difference(both([&](const auto& g) { kernels::gemm(context, g); }), expected), -1)
            << where << ", " << shape.text();
      });
      // The reference differs by the sum's error (k + 6 roundings of at most k + 2 terms below 4), which an activation
      // of slope at most 1.13 passes on, and by its own few ULP.
      const std::vector<T> reference = both([](const auto& g) { kernels::reference::gemm(g); });
      const double k = static_cast<double>(shape.k), eps = std::numeric_limits<T>::epsilon();
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(expected[i], reference[i], eps / 2 * (1.13 * (k + 6) * (k + 2) * 4 + 16 * (k + 2))) << shape.text();
    }
}

// A zero is +0, even when every product is a negative number too small to hold.
TYPED_TEST(Gemm, AZeroIsPositive) {
  using T = TypeParam;
  const T tiny = std::numeric_limits<T>::denorm_min();
  const T a[] = {tiny}, b[] = {-tiny};
  T c[] = {T(-0.0)};
  Context context;
  GemmArguments<T> g{.m = 1, .n = 1, .k = 1, .a = {a, 1}, .b = {b, 1}, .c = c, .c_row_stride = 1};
  for (const bool accumulate : {false, true}) {
    g.accumulate = accumulate;
    c[0] = T(-0.0);
    kernels::gemm(context, g);
    EXPECT_FALSE(std::signbit(c[0])) << accumulate;
  }
}

// A block of k of another size shows in the bits: the oracle above can fail.
TYPED_TEST(Gemm, AnotherBlockOfKIsNoticed) {
  using T = TypeParam;
  const Operands<T> operands({.m = 8, .n = 40, .k = 600}, 4);
  Context context;
  const std::vector<T> c = operands.result([&](const auto& g) { kernels::gemm(context, g); });
  EXPECT_NE(first_difference(c, operands.result([](const auto& g) { test::gemm_oracle(g, 128); })), -1);
}

// |error| <= (k + blocks + 3) eps/2 sum |a||b| (Higham 2002, section 3.1), the reference's rounding included.
TYPED_TEST(Gemm, AgreesWithTheReference) {
  using T = TypeParam;
  for (const int transposed : {0, 1, 2, 3}) {
    const Shape shape{.m = 37,
                      .n = 83,
                      .k = 700,
                      .batch = 2,
                      .a_transposed = transposed % 2 == 1,
                      .b_transposed = transposed / 2 == 1,
                      .accumulate = true,
                      .bias = true,
                      .padding = 4};
    const Operands<T> operands(shape, 3);
    Operands<T> magnitudes = operands;  // the same sum of magnitudes
    for (std::vector<T>* values : {&magnitudes.a, &magnitudes.b, &magnitudes.c, &magnitudes.bias})
      for (T& value : *values) value = std::fabs(value);
    magnitudes.arguments.a.data = magnitudes.a.data();
    magnitudes.arguments.b.data = magnitudes.b.data();
    magnitudes.arguments.bias = magnitudes.bias.data();
    const auto reference = [](const auto& g) { kernels::reference::gemm(g); };
    const std::vector<T> expected = operands.result(reference), bound = magnitudes.result(reference);
    Context context;
    const std::vector<T> c = operands.result([&](const auto& g) { kernels::gemm(context, g); });
    const double eps = std::numeric_limits<T>::epsilon();
    for (std::size_t i = 0; i < c.size(); ++i)
      ASSERT_NEAR(c[i], expected[i], (700 + 3 + 3) * eps / 2 * 1.01 * static_cast<double>(bound[i])) << i;
  }
}

TEST(GemmErrors, StridesAndSizes) {
  const float a[4] = {}, b[4] = {};
  float c[4] = {};
  Context context;
  const GemmArguments<float> good{.m = 2, .n = 2, .k = 2, .a = {a, 2}, .b = {b, 2}, .c = c, .c_row_stride = 2};
  EXPECT_NO_THROW(kernels::gemm(context, good));
  GemmArguments<float> bad = good;
  bad.m = -1;
  EXPECT_THROW(kernels::gemm(context, bad), InputError);
  bad = good;
  bad.a.row_stride = 1;
  EXPECT_THROW(kernels::gemm(context, bad), InputError);
  bad = good;
  bad.b.row_stride = 1;
  EXPECT_THROW(kernels::gemm(context, bad), InputError);
  bad = good;
  bad.c_row_stride = 1;
  EXPECT_THROW(kernels::gemm(context, bad), InputError);
  bad = good;
  bad.batch = 2;
  EXPECT_THROW(kernels::gemm(context, bad), InputError);
}

}  // namespace
