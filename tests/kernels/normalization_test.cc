#include "kernels/normalization/normalization.h"

#include "kernels/core/error.h"
#include "tests/kernels/normalization_oracle.h"
#include "tests/kernels/wide_values.h"

namespace ito::kernels {
namespace {

using oracle::NormKind;

template <class T>
class NormalizationTest : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(NormalizationTest, Floats);

constexpr NormKind kKinds[] = {NormKind::layer, NormKind::rms, NormKind::group};

struct Size {
  std::int64_t samples, positions, channels, groups;
};
// Both sides of a lane, a vector, sixteen lanes, a block of rows, a chunk, a tile of narrow rows.
const Size kSizes[] = {{0, 3, 4, 2},    {2, 0, 4, 2},   {1, 1, 1, 1},      {2, 3, 1, 1},     {3, 5, 3, 3},
                       {1, 255, 3, 1},  {2, 256, 8, 2}, {1, 257, 17, 17},  {2, 30, 16, 4},   {5, 9, 32, 8},
                       {1, 513, 32, 1}, {3, 1, 257, 1}, {2, 3, 260, 20},   {1, 2, 4097, 17}, {300, 1, 5, 5},
                       {8, 49, 128, 8}, {9, 4, 31, 31}, {1, 2100, 64, 16}, {7, 300, 64, 8},  {1, 1100, 12, 4},
                       {2, 784, 28, 4}};

// A problem's tensors: which of weight, bias, scale, shift and SiLU are there is a mask of five bits.
template <class T>
struct Problem {
  std::vector<T> x, dy, weight, bias, scale, shift;
  Normalization<T> f;

  Problem(const Size& size, int parts, int spread)
      : x(test::wide_values<T>(1, size.samples * size.positions * size.channels, spread)),
        dy(test::wide_values<T>(2, size.samples * size.positions * size.channels, spread)),
        weight(test::wide_values<T>(3, size.channels, 2)),
        bias(test::wide_values<T>(4, size.channels, 2)),
        scale(test::wide_values<T>(5, size.samples * size.channels, 2)),
        shift(test::wide_values<T>(6, size.samples * size.channels, 2)) {
    f.samples = size.samples;
    f.positions = size.positions;
    f.channels = size.channels;
    f.groups = size.groups;
    if ((parts & 1) != 0) f.weight = weight.data();
    if ((parts & 2) != 0) f.bias = bias.data();
    if ((parts & 4) != 0) f.scale = scale.data();
    if ((parts & 8) != 0) f.shift = shift.data();
    f.silu = (parts & 16) != 0;
  }
};

const int kParts[] = {0, 3, 12, 31};

template <class T>
void run(Context& context, NormKind kind, const Normalization<T>& f, const T* x, T* y, T* mean, T* r) {
  if (kind == NormKind::layer) layer_norm(context, f, x, y, mean, r);
  if (kind == NormKind::rms) rms_norm(context, f, x, y, r);
  if (kind == NormKind::group) group_norm(context, f, x, y, mean, r);
}

template <class T>
void run_gradient(Context& context, NormKind kind, const Normalization<T>& f, const T* x, const T* mean, const T* r,
                  const T* dy, const NormalizationGradients<T>& gradients) {
  if (kind == NormKind::layer) layer_norm_gradient(context, f, x, mean, r, dy, gradients);
  if (kind == NormKind::rms) rms_norm_gradient(context, f, x, r, dy, gradients);
  if (kind == NormKind::group) group_norm_gradient(context, f, x, mean, r, dy, gradients);
}

template <class T>
struct Computed {
  std::vector<T> y, mean, r;
  oracle::NormGradients<T> d;
};

template <class T>
Computed<T> compute(Context& context, NormKind kind, const Normalization<T>& f, const T* x, const T* dy) {
  const std::size_t size = static_cast<std::size_t>(f.samples * f.positions * f.channels);
  const std::size_t statistics =
      static_cast<std::size_t>(f.samples * (kind == NormKind::group ? f.groups : f.positions));
  const std::size_t channels = static_cast<std::size_t>(f.channels),
                    rows = static_cast<std::size_t>(f.samples) * channels;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  Computed<T> c{std::vector<T>(size, nan), std::vector<T>(statistics), std::vector<T>(statistics), {}};
  run(context, kind, f, x, c.y.data(), c.mean.data(), c.r.data());
  c.d = {std::vector<T>(size, nan), std::vector<T>(channels, nan), std::vector<T>(channels, nan),
         std::vector<T>(rows, nan), std::vector<T>(rows, nan)};
  run_gradient<T>(context, kind, f, x, c.mean.data(), c.r.data(), dy,
                  {c.d.x.data(), c.d.weight.data(), c.d.bias.data(), c.d.scale.data(), c.d.shift.data()});
  return c;
}

std::string described(NormKind kind, const Size& size, int parts) {
  return "kind " + std::to_string(static_cast<int>(kind)) + ", " + std::to_string(size.samples) + " x " +
         std::to_string(size.positions) + " x " + std::to_string(size.channels) + " in " + std::to_string(size.groups) +
         ", parts " + std::to_string(parts);
}

template <class T>
void expect_same(const oracle::NormGradients<T>& got, const oracle::NormGradients<T>& want, const std::string& what) {
  ASSERT_EQ(test::first_difference(got.x, want.x), -1) << "dx, " << what;
  ASSERT_EQ(test::first_difference(got.weight, want.weight), -1) << "dweight, " << what;
  ASSERT_EQ(test::first_difference(got.bias, want.bias), -1) << "dbias, " << what;
  ASSERT_EQ(test::first_difference(got.scale, want.scale), -1) << "dscale, " << what;
  ASSERT_EQ(test::first_difference(got.shift, want.shift), -1) << "dshift, " << what;
}

TYPED_TEST(NormalizationTest, EqualsTheContractToTheBit) {
  using T = TypeParam;
  for (const NormKind kind : kKinds)
    for (const Size& size : kSizes)
      for (const int parts : kParts) {
        const Problem<T> p(size, parts, 6);
        const std::vector<T> y = oracle::norm(p.f, kind, p.x.data());
        const oracle::NormGradients<T> d = oracle::norm_gradients(p.f, kind, p.x.data(), p.dy.data());
        test::for_each_configuration([&](Context& context, const std::string& where) {
          const std::string what = described(kind, size, parts) + ", " + where;
          const Computed<T> got = compute(context, kind, p.f, p.x.data(), p.dy.data());
          ASSERT_EQ(test::first_difference(got.y, y), -1) << what;
          expect_same(got.d, d, what);
        });
        if (this->HasFatalFailure()) return;
      }
}

// Without statistics, in place, and with the gradient alone that is asked for: the same bits.
TYPED_TEST(NormalizationTest, LeavesOutWhatNobodyAsksFor) {
  using T = TypeParam;
  const Size size{3, 300, 33, 11};
  for (const NormKind kind : kKinds) {
    const Problem<T> p(size, 31, 6);
    test::for_each_configuration([&](Context& context, const std::string& where) {
      const Computed<T> whole = compute(context, kind, p.f, p.x.data(), p.dy.data());
      std::vector<T> y = p.x, dx = p.dy;
      run<T>(context, kind, p.f, y.data(), y.data(), nullptr, nullptr);
      ASSERT_EQ(test::first_difference(y, whole.y), -1) << where;
      run_gradient<T>(context, kind, p.f, p.x.data(), whole.mean.data(), whole.r.data(), dx.data(), {.dx = dx.data()});
      ASSERT_EQ(test::first_difference(dx, whole.d.x), -1) << where;
      std::vector<T> scale(whole.d.scale.size());
      dx = p.dy;
      run_gradient<T>(context, kind, p.f, p.x.data(), whole.mean.data(), whole.r.data(), dx.data(),
                      {.dx = dx.data(), .scale = scale.data()});
      ASSERT_EQ(test::first_difference(scale, whole.d.scale), -1) << where;
    });
  }
}

// One sample alone, and the same among others: equal bits of y, dx, dscale, dshift.
TYPED_TEST(NormalizationTest, ASampleDoesNotSeeItsBatch) {
  using T = TypeParam;
  for (const NormKind kind : kKinds)
    for (const Size& size : {Size{7, 49, 24, 8}, Size{5, 300, 6, 2}}) {
      const Problem<T> p(size, 31, 6);
      Context context;
      const Computed<T> all = compute(context, kind, p.f, p.x.data(), p.dy.data());
      const std::int64_t elements = size.positions * size.channels;
      for (std::int64_t n = 0; n < size.samples; ++n) {
        Normalization<T> f = p.f;
        f.samples = 1;
        f.scale += n * size.channels;
        f.shift += n * size.channels;
        const Computed<T> one = compute(context, kind, f, p.x.data() + n * elements, p.dy.data() + n * elements);
        const auto part = [n](const std::vector<T>& v, std::int64_t count) {
          return std::vector<T>(v.begin() + n * count, v.begin() + (n + 1) * count);
        };
        EXPECT_EQ(test::first_difference(one.y, part(all.y, elements)), -1);
        EXPECT_EQ(test::first_difference(one.d.x, part(all.d.x, elements)), -1);
        EXPECT_EQ(test::first_difference(one.d.scale, part(all.d.scale, size.channels)), -1);
        EXPECT_EQ(test::first_difference(one.d.shift, part(all.d.shift, size.channels)), -1);
      }
    }
}

// Values of one magnitude: the mean and the variance are sums of `count` terms, in blocks and lanes whose longest chain
// is 256 + count / 256; xhat <= sqrt(count), and a handful of roundings follow.
TYPED_TEST(NormalizationTest, IsCloseToTheReference) {
  using T = TypeParam;
  Context context;
  for (const NormKind kind : kKinds)
    for (const Size& size : kSizes)
      for (const int parts : kParts) {
        if (size.samples * size.positions == 0) continue;
        const Problem<T> p(size, parts, 1);
        const Computed<T> got = compute(context, kind, p.f, p.x.data(), p.dy.data());
        Computed<T> want = got;
        const NormalizationGradients<T> to{want.d.x.data(), want.d.weight.data(), want.d.bias.data(),
                                           want.d.scale.data(), want.d.shift.data()};
        if (kind == NormKind::group) {
          reference::group_norm(p.f, p.x.data(), want.y.data());
          reference::group_norm_gradient(p.f, p.x.data(), p.dy.data(), to);
        } else {
          reference::row_norm(p.f, kind == NormKind::layer, p.x.data(), want.y.data());
          reference::row_norm_gradient(p.f, kind == NormKind::layer, p.x.data(), p.dy.data(), to);
        }
        const auto largest = [](const std::vector<T>& v) {
          T most = 0;
          for (const T value : v) most = std::max(most, std::fabs(value));
          return static_cast<double>(most);
        };
        // r, and with it dx, is at most 1 / sqrt(epsilon) of a row whose variance is lost in the roundings of x.
        const double eps = std::numeric_limits<T>::epsilon() * 300;
        const double amplified = 1 / std::sqrt(p.f.epsilon);
        const auto near = [&](const std::vector<T>& a, const std::vector<T>& b, double bound, const char* name) {
          for (std::size_t i = 0; i < a.size(); ++i)
            ASSERT_NEAR(a[i], b[i], bound) << name << "[" << i << "], " << described(kind, size, parts);
        };
        const bool tiny = size.channels / (kind == NormKind::group ? size.groups : 1) *
                              (kind == NormKind::group ? size.positions : 1) <
                          4;
        const double of_x = tiny ? eps * amplified : eps;
        near(got.y, want.y, of_x * (1 + largest(want.y)) * 8, "y");
        near(got.d.x, want.d.x, of_x * (1 + largest(want.d.x)) * 64 * (tiny ? amplified : 1), "dx");
        const double terms = static_cast<double>(size.positions);
        near(got.d.shift, want.d.shift, of_x * 16 * 8 * terms, "dshift");
        near(got.d.scale, want.d.scale, of_x * 16 * 64 * terms, "dscale");
        near(got.d.bias, want.d.bias, of_x * 64 * 8 * terms * static_cast<double>(size.samples), "dbias");
        near(got.d.weight, want.d.weight, of_x * 64 * 64 * terms * static_cast<double>(size.samples), "dweight");
        if (this->HasFatalFailure()) return;
      }
}

// Variance 0: xhat = 0 exactly, so y is the coefficients' own, whatever the constant's size.
TYPED_TEST(NormalizationTest, ConstantInputsGiveTheShift) {
  using T = TypeParam;
  const Size size{2, 16, 32, 4};  // sizes and constants whose sums are exact, so that the mean is the constant
  for (const double constant : {0.0, 1.0, -0x3p-100, 0x1p100}) {
    Problem<T> p(size, 11, 1);  // weight, bias, shift
    p.x.assign(p.x.size(), static_cast<T>(constant));
    for (const NormKind kind : {NormKind::layer, NormKind::group})
      test::for_each_configuration([&](Context& context, const std::string& where) {
        const Computed<T> got = compute(context, kind, p.f, p.x.data(), p.dy.data());
        for (std::size_t i = 0; i < got.y.size(); ++i) {
          const std::size_t c = i % 32, n = i / (16 * 32);
          ASSERT_EQ(got.y[i], p.bias[c] + p.shift[n * 32 + c]) << where << ", " << constant;
          ASSERT_TRUE(std::isfinite(got.d.x[i])) << where << ", " << constant;
        }
        for (const T value : got.r) ASSERT_EQ(value, static_cast<T>(1 / std::sqrt(1e-5)));
      });
  }
}

// Statistics that overflow, and NaN, at every width: the same as the oracle, and another sample does not notice.
TYPED_TEST(NormalizationTest, HugeValuesStayInTheirSample) {
  using T = TypeParam;
  const T big = std::numeric_limits<T>::max() / 4;
  for (const T bad : {big, std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()})
    for (const Size& size : {Size{2, 3, 17, 1}, Size{2, 300, 3, 3}})
      for (const NormKind kind : kKinds) {
        Problem<T> p(size, 31, 1);
        const Problem<T> healthy(size, 31, 1);
        p.x[1] = bad;
        p.x[2] = -bad;
        const std::vector<T> y = oracle::norm(p.f, kind, p.x.data());
        const oracle::NormGradients<T> d = oracle::norm_gradients(p.f, kind, p.x.data(), p.dy.data());
        test::for_each_configuration([&](Context& context, const std::string& where) {
          const Computed<T> got = compute(context, kind, p.f, p.x.data(), p.dy.data());
          ASSERT_EQ(test::first_difference(got.y, y), -1) << where;
          expect_same(got.d, d, where);
          const Computed<T> well = compute(context, kind, healthy.f, healthy.x.data(), healthy.dy.data());
          for (std::size_t i = got.y.size() / 2; i < got.y.size(); ++i) ASSERT_EQ(got.y[i], well.y[i]) << where;
        });
      }
}

TYPED_TEST(NormalizationTest, RefusesWhatItCannotDo) {
  using T = TypeParam;
  Context context;
  T x[6] = {}, y[6], mean[6], r[6];
  Normalization<T> f{.samples = 1, .positions = 2, .channels = 3};
  f.groups = 2;
  EXPECT_THROW(group_norm(context, f, x, y, mean, r), InputError);
  f.groups = 0;
  EXPECT_THROW(group_norm(context, f, x, y, mean, r), InputError);
  f.groups = 1;
  f.epsilon = 0;
  EXPECT_THROW(layer_norm(context, f, x, y, mean, r), InputError);
  f.epsilon = 1e-5;
  f.positions = -1;
  EXPECT_THROW(rms_norm(context, f, x, y, r), InputError);
  f.positions = 2;
  context.device = Device::cuda;
  EXPECT_THROW(layer_norm(context, f, x, y, mean, r), EnvironmentError);
}

}  // namespace
}  // namespace ito::kernels
