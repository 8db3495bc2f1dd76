#include "kernels/convolution/convolution.h"

#include "kernels/core/error.h"
#include "tests/kernels/convolution_oracle.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using kernels::ConvolutionShape;
using test::first_difference;
using test::for_each_configuration;
using test::wide_values;

struct Case {
  ConvolutionShape shape;
  bool accumulate = false;
  bool bias = false;
  std::int64_t gap = 0;  // elements between pixels of x and dy
  kernels::GemmActivation activation = kernels::GemmActivation::none;

  std::string text() const {
    const auto pair = [](std::int64_t h, std::int64_t w) { return std::to_string(h) + "x" + std::to_string(w); };
    const ConvolutionShape& s = shape;
    return std::to_string(s.images) + " of " + pair(s.height, s.width) + ", " + std::to_string(s.c_in) + " -> " +
           std::to_string(s.c_out) + ", kernel " + pair(s.kernel_h, s.kernel_w) + ", stride " +
           pair(s.stride_h, s.stride_w) + ", padding " + pair(s.padding_h, s.padding_w) + ", dilation " +
           pair(s.dilation_h, s.dilation_w) + (accumulate ? ", accumulate" : "") + (bias ? ", bias" : "") + ", gap " +
           std::to_string(gap);
  }
};

// Operands of the three products, and what stands in the results before them.
template <class T>
struct Operands {
  Case c;
  std::vector<T> x, w, dy, y, dx, dw, bias_out, bias_in;

  Operands(const Case& chosen, int spread) : c(chosen) {
    const ConvolutionShape& s = c.shape;
    const std::int64_t in = s.images * s.height * s.width, out = s.images * s.out_height() * s.out_width();
    const std::int64_t weights = s.kernel_h * s.kernel_w * s.c_in * s.c_out;
    const auto make = [spread](std::uint64_t seed, std::int64_t n) { return wide_values<T>(seed, n, spread, true); };
    x = make(1, in * (s.c_in + c.gap));
    w = make(2, weights);
    dy = make(3, out * (s.c_out + c.gap));
    y = make(4, out * s.c_out);
    dx = make(5, in * s.c_in);
    dw = make(6, weights);
    bias_out = make(7, s.c_out);
    bias_in = make(8, s.c_in);
  }

  // What `compute` makes of the results; pre_activation behind them where there is an activation.
  template <class Compute>
  std::vector<T> forward(const Compute& compute) const {
    return finished(y, [&](T* result, T* pre) {
      compute(kernels::ConvolutionArguments<T>{.shape = c.shape,
                                               .x = x.data(),
                                               .x_pixel_stride = c.shape.c_in + c.gap,
                                               .w = w.data(),
                                               .y = result,
                                               .accumulate = c.accumulate,
                                               .bias = c.bias ? bias_out.data() : nullptr,
                                               .activation = c.activation,
                                               .pre_activation = pre});
    });
  }
  template <class Compute>
  std::vector<T> data_gradient(const Compute& compute) const {
    return finished(dx, [&](T* result, T* pre) {
      compute(kernels::ConvolutionDataGradientArguments<T>{.shape = c.shape,
                                                           .dy = dy.data(),
                                                           .dy_pixel_stride = c.shape.c_out + c.gap,
                                                           .w = w.data(),
                                                           .dx = result,
                                                           .accumulate = c.accumulate,
                                                           .bias = c.bias ? bias_in.data() : nullptr,
                                                           .activation = c.activation,
                                                           .pre_activation = pre});
    });
  }
  template <class Compute>
  std::vector<T> weight_gradient(const Compute& compute) const {
    std::vector<T> out = dw;
    compute(kernels::ConvolutionWeightGradientArguments<T>{.shape = c.shape,
                                                           .x = x.data(),
                                                           .x_pixel_stride = c.shape.c_in + c.gap,
                                                           .dy = dy.data(),
                                                           .dy_pixel_stride = c.shape.c_out + c.gap,
                                                           .dw = out.data(),
                                                           .accumulate = c.accumulate});
    return out;
  }

 private:
  template <class Compute>
  std::vector<T> finished(const std::vector<T>& before, const Compute& compute) const {
    std::vector<T> out = before, pre(before.size(), T(-3));
    const bool activated = c.activation != kernels::GemmActivation::none;
    compute(out.data(), activated ? pre.data() : nullptr);
    if (activated) out.insert(out.end(), pre.begin(), pre.end());
    return out;
  }
};

// No partial sum overflows; exponents of products span 80 % of the type's range.
template <class T>
constexpr int kSpread = sizeof(T) == 4 ? 50 : 480;

template <class T>
void expect_oracle(const Case& c, int spread = kSpread<T>) {
  const Operands<T> operands(c, spread);
  const auto y = operands.forward([](const auto& g) { test::convolution_oracle(g); });
  const auto dx = operands.data_gradient([](const auto& g) { test::convolution_data_gradient_oracle(g); });
  const auto dw = operands.weight_gradient([](const auto& g) { test::convolution_weight_gradient_oracle(g); });
  for_each_configuration([&](Context& context, const std::string& where) {
    EXPECT_EQ(first_difference(operands.forward([&](const auto& g) { kernels::convolution(context, g); }), y), -1)
        << "y, " << where << ", " << c.text();
    EXPECT_EQ(first_difference(
                  operands.data_gradient([&](const auto& g) { kernels::convolution_data_gradient(context, g); }), dx),
              -1)
        << "dx, " << where << ", " << c.text();
    EXPECT_EQ(
        first_difference(
            operands.weight_gradient([&](const auto& g) { kernels::convolution_weight_gradient(context, g); }), dw),
        -1)
        << "dw, " << where << ", " << c.text();
  });
}

ConvolutionShape square(std::int64_t images, std::int64_t size, std::int64_t c_in, std::int64_t c_out,
                        std::int64_t kernel, std::int64_t stride = 1, std::int64_t padding = 0,
                        std::int64_t dilation = 1) {
  return {.images = images,
          .height = size,
          .width = size,
          .c_in = c_in,
          .c_out = c_out,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .stride_h = stride,
          .stride_w = stride,
          .padding_h = padding,
          .padding_w = padding,
          .dilation_h = dilation,
          .dilation_w = dilation};
}

template <class T>
class Convolution : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Convolution, Types);

// Either side of the blocks of whole taps: 9 taps of 28 fit in one block, of 29 do not; from 129 on a tap is a block;
// 256 fills one, 257 is cut.
TYPED_TEST(Convolution, EqualsTheOracleAtBlockEdges) {
  for (const std::int64_t channels : {1, 2, 3, 28, 29, 64, 85, 86, 128, 129, 256, 257, 515}) {
    const std::int64_t few = channels > 200 ? 2 : 5;
    expect_oracle<TypeParam>({.shape = square(2, few, channels, 3, 3, 1, 1), .accumulate = channels % 2 == 0});
    expect_oracle<TypeParam>({.shape = square(2, few, 3, channels, 3, 1, 1), .accumulate = channels % 2 == 1});
  }
}

// Either side of tiles and lanes in pixels, c_in and c_out, with every kind of end.
TYPED_TEST(Convolution, EqualsTheOracleAtTileEdges) {
  for (const std::int64_t size : {1, 2, 6, 7, 13, 14, 15, 29})
    for (const std::int64_t c_in : {1, 5, 8, 33})
      for (const std::int64_t c_out : {1, 8, 9, 16, 35})
        expect_oracle<TypeParam>({.shape = square(size > 10 ? 1 : 2, size, c_in, c_out, 3, 1, 1),
                                  .accumulate = (size + c_in) % 2 == 1,
                                  .bias = (size + c_out) % 3 == 0,
                                  .gap = (c_in + c_out) % 4 == 0 ? 3 : 0});
}

TYPED_TEST(Convolution, EqualsTheOracleForEveryStridePaddingAndDilation) {
  for (const std::int64_t kernel : {1, 2, 3, 5})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t dilation : {1, 2, 3, 4})
        for (const std::int64_t padding : {0, 1, 2, 6})
          if (9 + 2 * padding >= dilation * (kernel - 1) + 1)
            expect_oracle<TypeParam>({.shape = square(2, 9, 4, 7, kernel, stride, padding, dilation),
                                      .accumulate = (kernel + stride + padding) % 2 == 1,
                                      .bias = (dilation + padding) % 2 == 1});
}

TYPED_TEST(Convolution, EqualsTheOracleOnUnequalAxes) {
  for (const ConvolutionShape& shape : std::vector<ConvolutionShape>{
           {.images = 3, .height = 7, .width = 11, .c_in = 6, .c_out = 5, .kernel_h = 3, .kernel_w = 1, .padding_h = 1},
           {.images = 3, .height = 7, .width = 11, .c_in = 6, .c_out = 5, .kernel_h = 1, .kernel_w = 4, .stride_w = 3},
           {.images = 2,
           .height = 10,
           .width = 5,
           .c_in = 3,
           .c_out = 40,
           .kernel_h = 2,
           .kernel_w = 5,
           .stride_h = 3,
           .stride_w = 2,
           .padding_h = 0,
           .padding_w = 3,
           .dilation_h = 2,
           .dilation_w = 1},
           {.images = 2,
           .height = 10,
           .width = 12,
           .c_in = 40,
           .c_out = 3,
           .kernel_h = 3,
           .kernel_w = 2,
           .stride_h = 4,
           .stride_w = 6,
           .padding_h = 2,
           .padding_w = 1,
           .dilation_h = 1,
           .dilation_w = 4},
           {.images = 1, .height = 1, .width = 90, .c_in = 2, .c_out = 2, .kernel_w = 9, .padding_w = 4},
           {.images = 1, .height = 90, .width = 1, .c_in = 2, .c_out = 2, .kernel_h = 9, .padding_h = 4},
           {.images = 0, .height = 5, .width = 5, .c_in = 2, .c_out = 3, .kernel_h = 3, .kernel_w = 3},
           {.images = 2, .height = 5, .width = 5, .c_in = 0, .c_out = 3, .kernel_h = 3, .kernel_w = 3},
           {.images = 2, .height = 5, .width = 5, .c_in = 2, .c_out = 0, .kernel_h = 3, .kernel_w = 3},
           {.images = 2, .height = 0, .width = 4, .c_in = 2, .c_out = 3, .kernel_h = 3, .kernel_w = 3, .padding_h = 2},
       })
    for (const bool accumulate : {false, true})
      expect_oracle<TypeParam>({.shape = shape, .accumulate = accumulate, .bias = true, .gap = accumulate ? 5 : 0});
}

// The UNet's layers, several tasks and blocks of pixels each.
TYPED_TEST(Convolution, EqualsTheOracleOnLargeShapes) {
  for (const Case& c : std::vector<Case>{
           {.shape = square(2, 28, 1, 32, 3, 1, 1), .bias = true},
           {.shape = square(3, 28, 32, 32, 3, 1, 1), .accumulate = true, .bias = true},
           {.shape = square(2, 28, 32, 1, 3, 1, 1), .accumulate = true, .bias = true},
           {.shape = square(2, 28, 32, 40, 3, 2, 1), .accumulate = true},
           {.shape = square(2, 14, 70, 64, 3, 1, 1), .gap = 6},
           {.shape = square(5, 7, 260, 33, 3, 1, 1), .accumulate = true, .gap = 1},
           {.shape = square(1, 5, 64, 512, 3, 1, 1)},
           {.shape = square(1, 5, 512, 64, 3, 1, 1)},
           {.shape = square(2, 9, 20, 130, 1), .accumulate = true, .bias = true, .gap = 4},
           {.shape = square(2, 9, 300, 130, 1, 2), .bias = true},
       })
    expect_oracle<TypeParam>(c);
}

// What no table thought of.
TYPED_TEST(Convolution, EqualsTheOracleOnRandomShapes) {
  std::mt19937_64 random(1);
  const auto draw = [&random](std::uint64_t low, std::uint64_t high) {
    return static_cast<std::int64_t>(low + random() % (high - low + 1));
  };
  for (int i = 0; i < 150; ++i) {
    const ConvolutionShape shape{.images = draw(1, 3),
                                 .height = draw(1, 12),
                                 .width = draw(1, 18),
                                 .c_in = draw(1, i % 10 == 0 ? 300 : 20),
                                 .c_out = draw(1, i % 10 == 5 ? 300 : 20),
                                 .kernel_h = draw(1, 4),
                                 .kernel_w = draw(1, 4),
                                 .stride_h = draw(1, 4),
                                 .stride_w = draw(1, 4),
                                 .padding_h = draw(0, 5),
                                 .padding_w = draw(0, 5),
                                 .dilation_h = draw(1, 4),
                                 .dilation_w = draw(1, 4)};
    if (shape.out_height() == 0 || shape.out_width() == 0) continue;
    expect_oracle<TypeParam>(
        {.shape = shape, .accumulate = draw(0, 1) == 1, .bias = draw(0, 1) == 1, .gap = draw(0, 2)});
  }
}

TYPED_TEST(Convolution, ActivatesAndKeepsWhatItActivated) {
  using enum kernels::GemmActivation;
  for (const auto activation : {silu, gelu, gelu_tanh, tanh})
    for (const std::int64_t stride : {1, 2})
      for (const std::int64_t kernel : {1, 3})
        for (const std::int64_t channels : {3, 37})
          expect_oracle<TypeParam>({.shape = square(2, 6, channels, channels, kernel, stride, kernel / 2),
                                    .accumulate = stride == 2,
                                    .bias = true,
                                    .activation = activation},
                                   1);
}

// Each image of a batch has the bits it has alone.
TYPED_TEST(Convolution, ImagesDoNotSeeEachOther) {
  using T = TypeParam;
  const Case whole{.shape = square(7, 9, 40, 36, 3, 2, 1), .bias = true};
  const Operands<T> operands(whole, kSpread<T>);
  for_each_configuration([&](Context& context, const std::string& where) {
    const std::vector<T> y = operands.forward([&](const auto& g) { kernels::convolution(context, g); });
    const std::vector<T> dx =
        operands.data_gradient([&](const auto& g) { kernels::convolution_data_gradient(context, g); });
    Case one = whole;
    one.shape.images = 1;
    Operands<T> alone(one, kSpread<T>);
    alone.w = operands.w;
    const auto image = [](const std::vector<T>& all, std::int64_t n) {
      const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(all.size()) / 7;
      return std::vector<T>(all.begin() + n * size, all.begin() + (n + 1) * size);
    };
    for (std::int64_t n = 0; n < 7; ++n) {
      alone.x = image(operands.x, n);
      alone.dy = image(operands.dy, n);
      EXPECT_EQ(first_difference(alone.forward([&](const auto& g) { kernels::convolution(context, g); }), image(y, n)),
                -1)
          << where << ", image " << n;
      EXPECT_EQ(
          first_difference(alone.data_gradient([&](const auto& g) { kernels::convolution_data_gradient(context, g); }),
                           image(dx, n)),
          -1)
          << where << ", image " << n;
    }
  });
}

// |error| <= (k + blocks + 3) eps/2 sum |a||b| (Higham 2002, section 3.1), the reference's rounding included.
TYPED_TEST(Convolution, AgreesWithTheReference) {
  using T = TypeParam;
  for (const Case& c : std::vector<Case>{
           {.shape = square(2, 8, 70, 20, 3, 1, 1), .accumulate = true, .bias = true, .gap = 2},
           {.shape = square(3, 11, 9, 33, 5, 2, 3), .bias = true},
           {.shape = square(3, 17, 5, 6, 3, 3, 2, 2), .accumulate = true},
           {.shape = square(2, 6, 30, 20, 1), .accumulate = true, .bias = true, .gap = 2},
       }) {
    const Operands<T> operands(c, 3);
    Operands<T> magnitudes = operands;  // the same sums of magnitudes
    for (std::vector<T>* values : {&magnitudes.x, &magnitudes.w, &magnitudes.dy, &magnitudes.y, &magnitudes.dx,
                                   &magnitudes.dw, &magnitudes.bias_in, &magnitudes.bias_out})
      for (T& value : *values) value = std::fabs(value);
    Context context;
    const ConvolutionShape& s = c.shape;
    const double taps = static_cast<double>(s.kernel_h * s.kernel_w);
    const double half_eps = std::numeric_limits<T>::epsilon() / 2;
    const auto compare = [&](const char* what, const std::vector<T>& got, const std::vector<T>& expected,
                             const std::vector<T>& bound, double k) {
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], expected[i], (k + k / 16 + 4) * half_eps * 1.01 * static_cast<double>(bound[i]))
            << what << " " << i << ", " << c.text();
    };
    const auto y = [](const auto& g) { kernels::reference::convolution(g); };
    const auto dx = [](const auto& g) { kernels::reference::convolution_data_gradient(g); };
    const auto dw = [](const auto& g) { kernels::reference::convolution_weight_gradient(g); };
    compare("y", operands.forward([&](const auto& g) { kernels::convolution(context, g); }), operands.forward(y),
            magnitudes.forward(y), taps * static_cast<double>(s.c_in));
    compare("dx", operands.data_gradient([&](const auto& g) { kernels::convolution_data_gradient(context, g); }),
            operands.data_gradient(dx), magnitudes.data_gradient(dx), taps * static_cast<double>(s.c_out));
    compare("dw", operands.weight_gradient([&](const auto& g) { kernels::convolution_weight_gradient(context, g); }),
            operands.weight_gradient(dw), magnitudes.weight_gradient(dw),
            static_cast<double>(s.images * s.out_height() * s.out_width()));
  }
}

}  // namespace
