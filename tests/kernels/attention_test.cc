#include "kernels/attention/attention.h"

#include "kernels/core/error.h"
#include "tests/kernels/attention_operands.h"

namespace {

using namespace ito;
using kernels::AttentionArguments;
using kernels::AttentionGradient;
using kernels::AttentionOperand;
using test::first_difference;
using test::Hidden;
using Size = test::AttentionSize;
template <class T>
using Operands = test::AttentionOperands<T>;

template <class R>
void expect_equal(const R& got, const R& want, const std::string& where) {
  EXPECT_EQ(first_difference(got.y, want.y), -1) << "y, " << where;
  EXPECT_EQ(first_difference(got.z, want.z), -1) << "z, " << where;
  EXPECT_EQ(first_difference(got.dq, want.dq), -1) << "dq, " << where;
  EXPECT_EQ(first_difference(got.dk, want.dk), -1) << "dk, " << where;
  EXPECT_EQ(first_difference(got.dv, want.dv), -1) << "dv, " << where;
}

template <class T>
void expect_oracle(const Size& size, int spread = 1) {
  const Operands<T> operands(size, spread);
  const auto expected = operands.oracle();
  test::for_each_configuration([&](Context& context, const std::string& where) {
    expect_equal(operands.kernel(context), expected, where + ", " + size.text());
  });
}

template <class T>
class Attention : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Attention, Types);

// Either side of a block's edge and of the tiles' (6 and 14 rows; 8, 16 and 32 columns), channels past a block of the
// GEMM rule; every mask with and without causality.
TYPED_TEST(Attention, EqualsTheOracle) {
  int turn = 0;
  for (const auto& [queries, keys] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 1}, {63, 63}, {64, 64}, {65, 65}, {130, 130}, {1, 130}, {65, 7}, {130, 64}, {15, 129}, {3, 0}, {0, 3}})
    for (const std::int64_t channels : {1, 3, 32, 64, 257})
      for (const bool causal : {false, true}) {
        for (int kind = turn / 2 % 2; kind < 5; kind += 2)
          expect_oracle<TypeParam>({.samples = 1 + (turn / 4 + kind) % 2,
                                    .queries = queries,
                                    .keys = keys,
                                    .heads = channels > 64 ? 1 : 2,
                                    .channels = channels,
                                    .causal = causal,
                                    .hidden = static_cast<Hidden>(kind),
                                    .padding = turn % 3 == 0 ? 5 : 0});
        ++turn;
      }
}

TYPED_TEST(Attention, EqualsTheOracleOnLargeShapes) {
  for (const Size& size : std::vector<Size>{
           {.samples = 2, .queries = 196, .keys = 196, .heads = 2, .channels = 32},
           {.samples = 1, .queries = 700, .keys = 700, .heads = 1, .channels = 16, .causal = true},
           {.samples = 1,
           .queries = 300,
           .keys = 450,
           .heads = 1,
           .channels = 40,
           .causal = true,
           .hidden = Hidden::some},
           {.samples = 1, .queries = 450, .keys = 300, .heads = 1, .channels = 24, .causal = true},
           {.samples = 3,
           .queries = 77,
           .keys = 90,
           .heads = 3,
           .channels = 20,
           .hidden = Hidden::all_of_a_sample,
           .padding = 3,
           .scale = 0.3},
           {.samples = 1, .queries = 20, .keys = 70, .heads = 1, .channels = 600, .scale = -0.02},
       })
    expect_oracle<TypeParam>(size);
}

// Scores far apart: exponentials underflow, maxima move.
TYPED_TEST(Attention, EqualsTheOracleOnScoresFarApart) {
  expect_oracle<TypeParam>({.samples = 1, .queries = 70, .keys = 200, .heads = 2, .channels = 9, .causal = true}, 6);
}

// What overflows is Inf or NaN where the oracle's is.
TYPED_TEST(Attention, EqualsTheOracleOnOverflow) {
  Operands<TypeParam> operands({.samples = 1, .queries = 20, .keys = 70, .heads = 1, .channels = 5});
  operands.q[12] = std::numeric_limits<TypeParam>::max();
  operands.q[13] = std::numeric_limits<TypeParam>::max();
  operands.q[57] = std::numeric_limits<TypeParam>::quiet_NaN();
  const auto expected = operands.oracle();
  test::for_each_configuration([&](Context& context, const std::string& where) {
    const auto got = operands.kernel(context);
    EXPECT_EQ(first_difference(got.y, expected.y), -1) << where;
    EXPECT_EQ(first_difference(got.z, expected.z), -1) << where;
  });
}

TYPED_TEST(Attention, AnotherBlockIsNoticed) {
  const Operands<TypeParam> operands({.samples = 1, .queries = 100, .keys = 100, .heads = 1, .channels = 16});
  Context context;
  const auto got = operands.kernel(context), other = operands.oracle(32);
  EXPECT_NE(first_difference(got.y, other.y), -1);
  EXPECT_NE(first_difference(got.dq, other.dq), -1);
  EXPECT_NE(first_difference(got.dk, other.dk), -1);
  EXPECT_NE(first_difference(got.dv, other.dv), -1);
}

// A sample and a head are computed from their own rows: the same bits alone as among others.
TYPED_TEST(Attention, NeighboursChangeNoBit) {
  using T = TypeParam;
  const Operands<T> all({.samples = 3, .queries = 70, .keys = 90, .heads = 2, .channels = 24, .hidden = Hidden::some});
  Context context;
  const auto together = all.kernel(context);
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::int64_t h = 0; h < 2; ++h) {
      AttentionArguments<T> one = all.arguments();
      one.samples = one.heads = 1;
      one.key_mask += n * 90;
      const auto at = [&](std::int64_t tokens) { return n * all.sample_stride(tokens) + h * 24; };
      one.q.data += at(70);
      one.k.data += at(90);
      one.v.data += at(90);
      std::vector<T> y(70 * 24), z(70);
      kernels::attention<T>(context, one, {y.data(), 24, 0}, z.data());
      std::vector<T> dq(y.size()), dk(90 * 24), dv(dk.size());
      kernels::attention_gradient<T>(context, one,
                                     {.y = {y.data(), 24, 0},
                                      .z = z.data(),
                                      .dy = {all.dy.data() + at(70), all.stride(), 0},
                                      .dq = {dq.data(), 24, 0},
                                      .dk = {dk.data(), 24, 0},
                                      .dv = {dv.data(), 24, 0}});
      const auto expect_rows = [&](const std::vector<T>& alone, const std::vector<T>& among, std::int64_t tokens) {
        for (std::int64_t t = 0; t < tokens; ++t)
          for (std::int64_t d = 0; d < 24; ++d)
            ASSERT_TRUE(test::same_bits(alone[t * 24 + d], among[at(tokens) + t * all.stride() + d])) << n << h << t;
      };
      expect_rows(y, together.y, 70);
      expect_rows(dq, together.dq, 70);
      expect_rows(dk, together.dk, 90);
      expect_rows(dv, together.dv, 90);
    }
}

// Keys that a mask hides may hold anything, and any number of them may follow.
TYPED_TEST(Attention, PaddingChangesNoBit) {
  using T = TypeParam;
  const Operands<T> plain({.samples = 1, .queries = 40, .keys = 75, .heads = 2, .channels = 12});
  Context context;
  const auto expected = plain.kernel(context);
  for (const std::int64_t more : {1, 53, 54, 200}) {
    Operands<T> padded(
        {.samples = 1, .queries = 40, .keys = 75 + more, .heads = 2, .channels = 12, .hidden = Hidden::tail});
    padded.q = plain.q;
    padded.dy = plain.dy;
    const T anything[] = {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(), T(1e30)};
    for (auto [to, from] : {std::pair(&padded.k, &plain.k), std::pair(&padded.v, &plain.v)})
      for (std::size_t i = 0; i < to->size(); ++i) (*to)[i] = i < from->size() ? (*from)[i] : anything[i % 3];
    std::fill(padded.mask.begin() + 75, padded.mask.end(), 0);
    std::fill(padded.mask.begin(), padded.mask.begin() + 75, 1);
    auto got = padded.kernel(context);
    for (std::vector<T>* gradient : {&got.dk, &got.dv}) {
      EXPECT_TRUE(
          std::all_of(gradient->begin() + 75 * 24, gradient->end(), [](T x) { return test::same_bits(x, T(0)); }));
      gradient->resize(75 * 24);
    }
    expect_equal(got, expected, std::to_string(more) + " more keys");
  }
}

// Under causality as many queries follow, whose gradients are zero.
TYPED_TEST(Attention, PaddingChangesNoBitOfCausalAttention) {
  using T = TypeParam;
  const Operands<T> plain({.samples = 1, .queries = 75, .keys = 75, .heads = 2, .channels = 12, .causal = true});
  Context context;
  const auto expected = plain.kernel(context);
  for (const std::int64_t more : {1, 53, 54, 200}) {
    Operands<T> padded({.samples = 1,
                        .queries = 75 + more,
                        .keys = 75 + more,
                        .heads = 2,
                        .channels = 12,
                        .causal = true,
                        .hidden = Hidden::tail});
    std::copy(plain.q.begin(), plain.q.end(), padded.q.begin());
    std::copy(plain.k.begin(), plain.k.end(), padded.k.begin());
    std::copy(plain.v.begin(), plain.v.end(), padded.v.begin());
    std::copy(plain.dy.begin(), plain.dy.end(), padded.dy.begin());
    std::fill(padded.dy.begin() + 75 * 24, padded.dy.end(), T(0));
    std::fill(padded.mask.begin(), padded.mask.begin() + 75, 1);
    std::fill(padded.mask.begin() + 75, padded.mask.end(), 0);
    auto got = padded.kernel(context);
    for (std::vector<T>* rows : {&got.y, &got.dq, &got.dk, &got.dv}) rows->resize(75 * 24);
    std::copy_n(got.z.begin() + 75 + more, 75, got.z.begin() + 75);  // of the second head
    got.z.resize(150);
    expect_equal(got, expected, std::to_string(more) + " more keys and queries");
  }
}

// Causal attention's row i is the attention of one query over the first keys.
TYPED_TEST(Attention, ACausalRowEqualsTheAttentionOfItsKeys) {
  using T = TypeParam;
  const Operands<T> causal({.samples = 1, .queries = 150, .keys = 150, .heads = 1, .channels = 10, .causal = true});
  Context context;
  const auto together = causal.kernel(context);
  for (const std::int64_t i : {0, 1, 62, 63, 64, 127, 128, 149}) {
    AttentionArguments<T> one = causal.arguments();
    one.causal = false;
    one.queries = 1;
    one.keys = i + 1;
    one.q.data += i * 10;
    T y[10], z;
    kernels::attention<T>(context, one, {y, 10, 0}, &z);
    EXPECT_TRUE(test::same_bits(z, together.z[i])) << i;
    for (int d = 0; d < 10; ++d) EXPECT_TRUE(test::same_bits(y[d], together.y[i * 10 + d])) << i;
  }
}

TYPED_TEST(Attention, AQueryWithoutKeysIsZero) {
  using T = TypeParam;
  Context context;
  const Operands<T> operands({.samples = 2,
                              .queries = 5,
                              .keys = 3,
                              .heads = 1,
                              .channels = 4,
                              .causal = true,
                              .hidden = Hidden::all_of_a_sample});
  const auto r = operands.kernel(context);
  const auto zero = [](T x) { return test::same_bits(x, T(0)); };
  // Sample 0 sees nothing; in sample 1, queries 0 and 1 stand before the first key.
  EXPECT_TRUE(std::all_of(r.y.begin(), r.y.begin() + 28, zero));
  EXPECT_TRUE(std::all_of(r.dq.begin(), r.dq.begin() + 28, zero));
  EXPECT_TRUE(std::all_of(r.dk.begin(), r.dk.begin() + 12, zero));
  EXPECT_TRUE(std::all_of(r.dv.begin(), r.dv.begin() + 12, zero));
  for (int i = 0; i < 7; ++i) EXPECT_EQ(r.z[i], -std::numeric_limits<T>::infinity());
  EXPECT_FALSE(zero(r.y[28]));
}

TYPED_TEST(Attention, AGradientAloneHasTheSameBits) {
  using T = TypeParam;
  for (const std::int64_t heads : {1, 4}) {
    const Operands<T> operands(
        {.samples = 1, .queries = 150, .keys = 140, .heads = heads, .channels = 40, .causal = true});
    Context context{.device = Device::cpu, .threads = 3, .scratch = {}};
    const auto all = operands.kernel(context);
    for (int chosen = 0; chosen < 3; ++chosen) {
      typename Operands<T>::Results r;
      AttentionGradient<T> g = operands.gradient(all, r);
      if (chosen != 0) g.dq = {};
      if (chosen != 1) g.dk = {};
      if (chosen != 2) g.dv = {};
      kernels::attention_gradient(context, operands.arguments(), g);
      EXPECT_EQ(first_difference(chosen == 0   ? r.dq
                                 : chosen == 1 ? r.dk
                                               : r.dv,
                                 chosen == 0   ? all.dq
                                 : chosen == 1 ? all.dk
                                               : all.dv),
                -1)
          << chosen;
    }
  }
}

// With u = eps / 2, a score errs by at most e = (D + 4) u scale sum |q||k| and the rounding of s - m, so that p errs
// relatively by 2 e, the sum's L u and a few ulp of exp, log and the divisions; the rest are sums of at most L + 4
// (over keys or queries) and D + 4 (over channels) roundings of their terms' magnitudes.
TYPED_TEST(Attention, AgreesWithTheReference) {
  using T = TypeParam;
  for (const Size& size : std::vector<Size>{
           {.samples = 2, .queries = 70, .keys = 150, .heads = 2, .channels = 32, .hidden = Hidden::some},
           {.samples = 1, .queries = 130, .keys = 130, .heads = 3, .channels = 17, .causal = true, .padding = 2},
           {.samples = 1,
           .queries = 30,
           .keys = 90,
           .heads = 1,
           .channels = 300,
           .causal = true,
           .hidden = Hidden::first_block,
           .scale = 0.05},
       }) {
    const Operands<T> operands(size);
    Context context;
    const auto got = operands.kernel(context);
    typename Operands<T>::Results want;
    operands.compute_forward([](const auto& a, const auto& y, T* z) { kernels::reference::attention(a, y, z); }, want);
    kernels::reference::attention_gradient(operands.arguments(), operands.gradient(got, want));

    // All values are below 4: |<q, k>| < 16 D.
    const double u = std::numeric_limits<T>::epsilon() / 2, d = static_cast<double>(size.channels);
    const double scale = size.scale == 0 ? 1 / std::sqrt(d) : size.scale, dot = 16 * d;
    const double l = static_cast<double>(std::max(size.queries, size.keys)), largest = scale * dot;
    const double score = (d + 4) * u * largest + 2 * u * largest;
    const double p = 2 * score + (l + 16) * u;  // relative
    const double ds = p * 2 * dot + (d + 6) * u * 2 * dot;
    const double queries = static_cast<double>(size.queries);
    const auto expect_near = [](const std::vector<T>& a, const std::vector<T>& b, double bound, const char* name) {
      double worst = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i]) continue;
        worst = std::max(worst, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        ASSERT_NEAR(a[i], b[i], bound) << name << i;
      }
      EXPECT_GT(worst, 0) << name;  // not the same computation
    };
    expect_near(got.y, want.y, 4 * (p + (l + 4) * u), "y");
    expect_near(got.z, want.z, score + (l + 16) * u + u * largest, "z");
    expect_near(got.dq, want.dq, 4 * scale * (ds + (l + 4) * u * 2 * dot), "dq");
    expect_near(got.dk, want.dk, 4 * scale * queries * (ds + (l + 4) * u * 2 * dot), "dk");
    expect_near(got.dv, want.dv, 4 * queries * (p + (l + 4) * u), "dv");
  }
}

TEST(AttentionErrors, SizesStridesAndScale) {
  const float x[64] = {};
  float y[64];
  Context context;
  AttentionArguments<float> good{.samples = 2, .heads = 2, .queries = 2, .keys = 2, .channels = 4};
  good.q = good.k = good.v = {x, 8, 16};
  const AttentionOperand<float> to{y, 8, 16};
  EXPECT_NO_THROW(kernels::attention<float>(context, good, to, nullptr));
  const auto refused = [&](const auto& change) {
    AttentionArguments<float> bad = good;
    AttentionOperand<float> out = to;
    change(bad, out);
    EXPECT_THROW(kernels::attention<float>(context, bad, out, nullptr), InputError);
  };
  refused([](auto& a, auto&) { a.samples = -1; });
  refused([](auto& a, auto&) { a.channels = 0; });
  refused([](auto& a, auto&) { a.scale = std::numeric_limits<double>::infinity(); });
  refused([](auto& a, auto&) { a.q.token_stride = 7; });
  refused([](auto& a, auto&) { a.k.token_stride = 7; });
  refused([](auto& a, auto&) { a.v.token_stride = 7; });
  refused([](auto&, auto& out) { out.token_stride = 7; });
  refused([](auto&, auto& out) { out.sample_stride = 0; });
  refused([](auto&, auto& out) { out.sample_stride = 8; });
  refused([](auto&, auto& out) { out.sample_stride = -16; });
  refused([](auto& a, auto&) { a.scale = 1e39; });                                 // infinite in float
  EXPECT_NO_THROW(kernels::attention<float>(context, good, {y, 16, 8}, nullptr));  // tokens of the samples in turn
  AttentionGradient<float> g{.y = {x, 8, 16}, .z = x, .dy = {x, 8, 16}};
  EXPECT_NO_THROW(kernels::attention_gradient<float>(context, good, g));
  g.dk = {y, 7, 16};
  EXPECT_THROW(kernels::attention_gradient<float>(context, good, g), InputError);
  context.device = Device::cuda;
  EXPECT_THROW(kernels::attention<float>(context, good, to, nullptr), EnvironmentError);
}

}  // namespace
