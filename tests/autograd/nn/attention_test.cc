#include "autograd/nn/attention.h"

#include "autograd/tape.h"

namespace ito {
namespace {

Tensor ramp(const Shape& shape, DType dtype = DType::f64) {
  Tensor x = Tensor::empty(shape, DType::f64);
  double value = -1;
  for (double& v : x.mutable_span<double>()) v = std::fmod(value += 0.37, 2.0) - 1;
  return x.to(dtype);
}

std::vector<std::string> names_of(MultiHeadAttention& layer) {
  std::vector<std::string> names;
  for (const NamedTensor& p : parameters_of(layer)) names.push_back(p.name + " " + p.value.shape().text());
  return names;
}

TEST(MultiHeadAttention, NamesItsParameters) {
  MultiHeadAttention self("block.attn", 8, 1, {.heads = 2});
  EXPECT_EQ(names_of(self), (std::vector<std::string>{"block.attn.qkv.weight [8, 24]", "block.attn.qkv.bias [24]",
                                                      "block.attn.out.weight [8, 8]", "block.attn.out.bias [8]"}));
  MultiHeadAttention cross("c", 8, 1, {.heads = 2, .context_channels = 5, .bias = false});
  EXPECT_EQ(names_of(cross),
            (std::vector<std::string>{"c.q.weight [8, 8]", "c.kv.weight [5, 16]", "c.out.weight [8, 8]"}));
}

// Against the formula in plain loops.
TEST(MultiHeadAttention, ComputesWhatItsNameSays) {
  constexpr int kTokens = 4, kChannels = 6, kHeads = 2, kWidth = 3;
  MultiHeadAttention layer("a", kChannels, 3, {.heads = kHeads}, DType::f64);
  const Tensor x = ramp({1, kTokens, kChannels});
  const Tensor y = layer(x);
  const Tensor qkv = layer.qkv(x);
  const auto at = [&](int part, int token, int head, int d) {
    return qkv.span<double>()[token * 3 * kChannels + part * kChannels + head * kWidth + d];
  };
  Tensor mixed = Tensor::zeros({1, kTokens, kChannels}, DType::f64);
  for (int h = 0; h < kHeads; ++h)
    for (int i = 0; i < kTokens; ++i) {
      double p[kTokens], total = 0;
      for (int j = 0; j < kTokens; ++j) {
        double s = 0;
        for (int d = 0; d < kWidth; ++d) s += at(0, i, h, d) * at(1, j, h, d);
        total += p[j] = std::exp(s / std::sqrt(3.0));
      }
      for (int j = 0; j < kTokens; ++j)
        for (int d = 0; d < kWidth; ++d)
          mixed.mutable_span<double>()[i * kChannels + h * kWidth + d] += p[j] / total * at(2, j, h, d);
    }
  const Tensor want = layer.out(mixed);
  for (std::int64_t e = 0; e < y.size(); ++e) EXPECT_NEAR(y.span<double>()[e], want.span<double>()[e], 1e-14);
}

TEST(MultiHeadAttention, StartsAsZeroWhereAsked) {
  MultiHeadAttention layer("a", 4, 1, {.heads = 2, .zero_out = true});
  const Tensor y = layer(ramp({2, 3, 4}, DType::f32));
  for (const float v : y.span<float>()) EXPECT_EQ(v, 0.0f);
}

TEST(MultiHeadAttention, SeesNoHiddenKeyAndNoLaterOne) {
  MultiHeadAttention layer("a", 4, 1, {.heads = 2, .context_channels = 3}, DType::f64);
  const Tensor x = ramp({1, 2, 4});
  Tensor context = ramp({1, 3, 3});
  const Tensor mask = Tensor::from<std::int32_t>(std::vector<std::int32_t>{1, 0, 1}, {1, 3});
  const Tensor before = layer.cross(x, context, mask);
  context.mutable_span<double>()[4] = 100;
  const Tensor after = layer.cross(x, context, mask);
  EXPECT_TRUE(std::ranges::equal(before.span<double>(), after.span<double>()));
  EXPECT_FALSE(std::ranges::equal(before.span<double>(), layer.cross(x, context).span<double>()));

  MultiHeadAttention self("s", 4, 1, {}, DType::f64);
  Tensor y = ramp({1, 3, 4});
  const Tensor first = self(y, true).slice_first(0, 1);
  y.mutable_span<double>()[8] = 100;  // the last token
  const Tensor again = self(y, true);
  EXPECT_TRUE(std::ranges::equal(first.span<double>().first(8), again.span<double>().first(8)));
  EXPECT_FALSE(std::ranges::equal(first.span<double>(), again.span<double>()));
}

TEST(MultiHeadAttention, RefusesWhatItCannotDo) {
  EXPECT_THROW(MultiHeadAttention("a", 8, 1, {.heads = 3}), InputError);
  const MultiHeadAttention self("a", 4, 1), cross("b", 4, 1, {.context_channels = 4});
  const Tensor x = ramp({1, 3, 4}, DType::f32);
  EXPECT_THROW(self.cross(x, x), InputError);
  EXPECT_THROW(cross(x), InputError);
}

}  // namespace
}  // namespace ito
