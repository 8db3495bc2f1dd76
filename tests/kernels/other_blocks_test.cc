// The contract tests can be red: kernel families built with other block sizes (namespace ito_other_blocks; the
// Makefile's OTHER_BLOCKS) must not equal the oracle. A single rounded total may agree by chance, so each family is
// asked 20 times.
#define ito ito_other_blocks
#include "kernels/attention/attention.h"
#include "kernels/convolution/convolution.h"
#include "kernels/gemm/gemm.h"
#include "kernels/normalization/normalization.h"
#include "kernels/per_sample/per_sample.h"
#include "kernels/softmax/softmax.h"
#include "kernels/sum/sum.h"
#undef ito

#include <algorithm>
#include <random>

#include "tests/kernels/contract_oracle.h"
#include "tests/kernels/normalization_oracle.h"
#include "tests/kernels/tap_blocks.h"

namespace {

namespace other = ito_other_blocks::kernels;

template <class T>
std::vector<T> numbers(std::uint64_t seed, std::int64_t n) {
  std::mt19937_64 random(seed);
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) v = static_cast<T>(std::ldexp(static_cast<double>(random() >> 11), -53) - 0.25);
  return x;
}

// How often of 20 times differs(seed) is true.
template <class Differs>
int noticed(const Differs& differs) {
  int count = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) count += differs(seed) ? 1 : 0;
  return count;
}

template <class T>
class OtherBlocks : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(OtherBlocks, Floats);

TYPED_TEST(OtherBlocks, SumsAreNoticed) {
  using T = TypeParam;
  const std::int64_t n = 20000;
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, n);
              return other::sum(context, n, x.data()) != ito::oracle::sum(n, x.data());
            }),
            5);
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, n);
              return other::dot(context, n, x.data(), x.data()) != ito::oracle::dot(n, x.data(), x.data());
            }),
            5);
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, n);
              std::vector<T> sums(20);
              other::sum_rows(context, 1000, 20, 20, x.data(), sums.data());
              return sums != ito::oracle::sum_rows(1000, 20, 20, x.data());
            }),
            5);
}

TYPED_TEST(OtherBlocks, SoftmaxIsNoticed) {
  using T = TypeParam;
  const std::int64_t n = 1000;
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, n);
              std::vector<T> y(x.size());
              other::softmax(context, 1, n, x.data(), y.data());
              const ito::oracle::SoftmaxRow<T> row = ito::oracle::softmax_row(n, x.data());
              std::vector<T> want(row.exponentials);
              for (T& v : want) v /= row.sum;
              return y != want;
            }),
            5);
}

TYPED_TEST(OtherBlocks, SumsOfSamplesAreNoticed) {
  using T = TypeParam;
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, 1000 * 20);
              std::vector<T> sums(20);
              other::sum_per_sample(context, {1, 1000, 20}, x.data(), sums.data());
              return sums != ito::oracle::sum_rows(1000, 20, 20, x.data());
            }),
            5);
}

TYPED_TEST(OtherBlocks, NormsAreNoticed) {
  using T = TypeParam;
  ito_other_blocks::Context context;
  using ito::oracle::NormKind;
  for (const NormKind kind : {NormKind::layer, NormKind::rms, NormKind::group}) {
    other::Normalization<T> f{.samples = 1, .positions = 300, .channels = 40, .groups = 8};
    std::vector<T> mean(300), r(300);
    const std::int64_t n = f.positions * f.channels;
    int forward = 0;
    const int gradient = noticed([&](std::uint64_t seed) {
      const std::vector<T> x = numbers<T>(seed, n), dy = numbers<T>(seed + 100, n);
      std::vector<T> y(x.size()), dx(x.size()), weight(40);
      if (kind == NormKind::layer) other::layer_norm(context, f, x.data(), y.data(), mean.data(), r.data());
      if (kind == NormKind::rms) other::rms_norm(context, f, x.data(), y.data(), r.data());
      if (kind == NormKind::group) other::group_norm(context, f, x.data(), y.data(), mean.data(), r.data());
      forward += y != ito::oracle::norm(f, kind, x.data()) ? 1 : 0;
      // The gradient from the oracle's own statistics, so that the sums of the gradient alone are asked.
      const ito::oracle::NormStatistics<T> s = ito::oracle::norm_statistics(f, kind, x.data());
      const other::NormalizationGradients<T> to{.dx = dx.data(), .weight = weight.data()};
      if (kind == NormKind::layer)
        other::layer_norm_gradient(context, f, x.data(), s.mean.data(), s.r.data(), dy.data(), to);
      if (kind == NormKind::rms) other::rms_norm_gradient(context, f, x.data(), s.r.data(), dy.data(), to);
      if (kind == NormKind::group)
        other::group_norm_gradient(context, f, x.data(), s.mean.data(), s.r.data(), dy.data(), to);
      return weight != ito::oracle::norm_gradients(f, kind, x.data(), dy.data()).weight;
    });
    EXPECT_GE(forward, 5);
    EXPECT_GE(gradient, 5);
  }
}

// gemm_oracle.h speaks of ito's own gemm.h, which cannot stand beside the other one: its order again, for row-major A,
// B.
template <class T>
std::vector<T> matrix_product(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b) {
  std::vector<T> c(static_cast<std::size_t>(m * n));
  for (std::int64_t i = 0; i < m * n; ++i)
    for (std::int64_t k0 = 0; k0 < k; k0 += 256) {
      T block = 0;
      for (std::int64_t p = k0; p < std::min(k, k0 + 256); ++p)
        block = std::fma(a[i / n * k + p], b[p * n + i % n], block);
      c[i] += block;
    }
  return c;
}

TYPED_TEST(OtherBlocks, MatrixProductsAreNoticed) {
  using T = TypeParam;
  const std::int64_t m = 3, n = 20, k = 300;
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> a = numbers<T>(seed, m * k), b = numbers<T>(seed + 100, k * n);
              std::vector<T> c(m * n);
              other::gemm<T>(
                  context,
                  {.m = m, .n = n, .k = k, .a = {a.data(), k}, .b = {b.data(), n}, .c = c.data(), .c_row_stride = n});
              return c != matrix_product(m, n, k, a.data(), b.data());
            }),
            5);
}

// attention_oracle.h speaks of ito's own attention.h: the order again, for one head, forward.
template <class T>
std::vector<T> attention_of_one_head(std::int64_t tokens, std::int64_t channels, const T* q, const T* k, const T* v) {
  const ito::math::scalar::Operations<T> o{};
  const T scale = static_cast<T>(1 / std::sqrt(static_cast<double>(channels)));
  std::vector<T> y;
  for (std::int64_t i = 0; i < tokens; ++i) {
    std::vector<T> row(static_cast<std::size_t>(channels));
    T m = -std::numeric_limits<T>::infinity(), l = 0;
    for (std::int64_t begin = 0; begin < tokens; begin += 64) {
      const std::int64_t end = std::min(tokens, begin + 64);
      std::vector<T> e;
      for (std::int64_t j = begin; j < end; ++j) {
        T s = 0;
        for (std::int64_t d = 0; d < channels; ++d) s = std::fma(q[i * channels + d], k[j * channels + d], s);
        e.push_back(s * scale);
      }
      const T before = m;
      m = std::max(m, *std::max_element(e.begin(), e.end()));
      for (T& s : e) s = ito::math::scalar::exp(o, s - m);
      const T fall = ito::math::scalar::exp(o, before - m);
      l = std::fma(l, fall, static_cast<T>(ito::oracle::sum(end - begin, e.data())));
      for (std::int64_t d = 0; d < channels; ++d) {
        T chain = 0;
        for (std::int64_t j = begin; j < end; ++j) chain = std::fma(e[j - begin], v[j * channels + d], chain);
        row[d] = std::fma(row[d], fall, chain);
      }
    }
    for (const T value : row) y.push_back(value / l);
  }
  return y;
}

TYPED_TEST(OtherBlocks, AttentionIsNoticed) {
  using T = TypeParam;
  const std::int64_t tokens = 70, channels = 8;
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> q = numbers<T>(seed, tokens * channels),
                                   k = numbers<T>(seed + 100, tokens * channels),
                                   v = numbers<T>(seed + 200, tokens * channels);
              std::vector<T> y(q.size());
              other::attention<T>(context,
                                  {.queries = tokens,
                                   .keys = tokens,
                                   .channels = channels,
                                   .q = {q.data(), channels, 0},
                                   .k = {k.data(), channels, 0},
                                   .v = {v.data(), channels, 0}},
                                  {y.data(), channels, 0}, nullptr);
              return y != attention_of_one_head(tokens, channels, q.data(), k.data(), v.data());
            }),
            5);
}

// convolution_oracle.h speaks of ito's own convolution.h: its order again, for images without padding. The image is
// as large as the kernel, so y and dy are one pixel and dx sees each tap once.
TYPED_TEST(OtherBlocks, ConvolutionsAreNoticed) {
  using T = TypeParam;
  const std::int64_t channels = 40, taps = 9;
  const other::ConvolutionShape shape{
      .images = 1, .height = 3, .width = 3, .c_in = channels, .c_out = channels, .kernel_h = 3, .kernel_w = 3};
  ito_other_blocks::Context context;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, taps * channels),
                                   w = numbers<T>(seed + 100, taps * channels * channels);
              std::vector<T> y(channels), want(channels);
              other::convolution<T>(context, {.shape = shape, .x = x.data(), .w = w.data(), .y = y.data()});
              for (std::int64_t o = 0; o < channels; ++o)
                want[o] = ito::test::tap_blocks<T>(taps, channels, [&](std::int64_t tap, std::int64_t c) {
                  return std::pair(x[tap * channels + c], w[(tap * channels + c) * channels + o]);
                });
              return y != want;
            }),
            5);
  // The middle of a 5 x 5 image sees all nine pixels of dy, the last tap the first.
  other::ConvolutionShape wide = shape;
  wide.height = wide.width = 5;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> dy = numbers<T>(seed, taps * channels),
                                   w = numbers<T>(seed + 100, taps * channels * channels);
              std::vector<T> dx(25 * channels), want(channels);
              other::convolution_data_gradient<T>(context,
                                                  {.shape = wide, .dy = dy.data(), .w = w.data(), .dx = dx.data()});
              for (std::int64_t c = 0; c < channels; ++c)
                want[c] = ito::test::tap_blocks<T>(taps, channels, [&](std::int64_t tap, std::int64_t o) {
                  return std::pair(dy[(taps - 1 - tap) * channels + o], w[(tap * channels + c) * channels + o]);
                });
              return !std::equal(want.begin(), want.end(), dx.begin() + 12 * channels);
            }),
            5);
  // 18 x 18 output pixels: more than one block of them. The first tap's weights are a product of matrices.
  other::ConvolutionShape large = shape;
  large.height = large.width = 20;
  EXPECT_GE(noticed([&](std::uint64_t seed) {
              const std::vector<T> x = numbers<T>(seed, 400 * channels), dy = numbers<T>(seed + 100, 324 * channels);
              std::vector<T> dw(taps * channels * channels), columns(channels * 324);
              other::convolution_weight_gradient<T>(context,
                                                    {.shape = large, .x = x.data(), .dy = dy.data(), .dw = dw.data()});
              for (std::int64_t k = 0; k < 324; ++k)
                for (std::int64_t c = 0; c < channels; ++c)
                  columns[c * 324 + k] = x[(k / 18 * 20 + k % 18) * channels + c];
              const std::vector<T> want = matrix_product(channels, channels, 324, columns.data(), dy.data());
              return !std::equal(want.begin(), want.end(), dw.begin());
            }),
            5);
}

}  // namespace
