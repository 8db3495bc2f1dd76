// Attention as an operator: gradients against central differences, everything against torch's golden data.
#include "autograd/gradcheck.h"
#include "autograd/io/npy.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "kernels/random/random.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

using Inputs = std::span<const Tensor>;

Tensor random_tensor(const Shape& shape, std::uint32_t sample, DType dtype = DType::f64) {
  Tensor x = Tensor::empty(shape, DType::f64);
  std::uint32_t element = 0;
  for (double& value : x.mutable_span<double>())
    value = 4 * random_uniform(RandomKey(7, 0, Stream::test), sample, element++) - 2;
  return x.to(dtype);
}

// The last sample's keys are all hidden.
Tensor some_keys(std::int64_t samples, std::int64_t keys) {
  Tensor mask = Tensor::zeros({samples, keys}, DType::i32);
  const std::span<std::int32_t> seen = mask.mutable_span<std::int32_t>();
  for (std::int64_t i = 0; i + keys < samples * keys; ++i) seen[i] = i % 3 != 1;
  return mask;
}

TEST(AttentionOp, GradientsAgreeWithDifferences) {
  const auto check = [](const char* name, const GradcheckFunction& f, const std::vector<Shape>& shapes) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) inputs.push_back(random_tensor(shape, static_cast<std::uint32_t>(inputs.size())));
    // An element of the result is a sum of few terms, each an exponential of a score.
    EXPECT_EQ(gradcheck(f, inputs, 256), "") << name;
  };
  check("cross", [](Inputs x) { return attention(x[0], x[1], x[2], {.heads = 2}); }, {{2, 3, 6}, {2, 5, 6}, {2, 5, 6}});
  check("causal", [](Inputs x) { return attention(x[0], x[1], x[2], {.scale = 0.7, .causal = true}); },
        {{1, 4, 3}, {1, 6, 3}, {1, 6, 3}});
  check("masked", [](Inputs x) { return attention(x[0], x[1], x[2], {.key_mask = some_keys(2, 5)}); },
        {{2, 3, 4}, {2, 5, 4}, {2, 5, 4}});
  check("self, causal and masked",
        [](Inputs x) { return self_attention(x[0], {.heads = 2, .causal = true, .key_mask = some_keys(2, 5)}); },
        {{2, 5, 12}});
  check("views of one projection",
        [](Inputs x) {
          return attention(x[0].slice_last(0, 4), x[0].slice_last(4, 8), x[0].slice_last(8, 12), {.heads = 2});
        },
        {{2, 4, 12}});
  check("one tensor thrice", [](Inputs x) { return attention(x[0], x[0], x[0], {}); }, {{1, 3, 2}});
}

// q, k, v and dy in; y, dq, dk, dv out.
std::vector<Tensor> with_gradients(Tensor q, Tensor k, Tensor v, const Tensor& dy, const AttentionOptions& options) {
  for (Tensor* x : {&q, &k, &v}) Tape::current().watch(*x);
  const Tensor y = attention(q, k, v, options);
  std::vector<Tensor> results = Tape::current().vector_jacobian(y, dy, std::vector{q, k, v});
  results.insert(results.begin(), y);
  return results;
}

// Torch computes in double, in an order of its own: an element is a sum of at most 70 terms of size at most about 10,
// after as many roundings in scores and exponentials.
TEST(AttentionOp, AgreesWithTorch) {
  const NamedTensors arrays = load_npz(golden("torch/attention.npz"));
  const std::map<std::string, AttentionOptions> cases = {
      {"self", {.heads = 2}},
      {"cross_masked", {.heads = 1, .key_mask = arrays.at("cross_masked.mask")}},
      {"causal", {.heads = 2, .causal = true}},
      {"causal_end_masked",
       {.heads = 1, .scale = 0.3, .causal = true, .key_mask = arrays.at("causal_end_masked.mask")}},
  };
  for (const auto& [name, options] : cases) {
    const auto array = [&, prefix = name + "."](const char* part) { return arrays.at(prefix + part); };
    for (const DType dtype : {DType::f64, DType::f32}) {
      const auto input = [&](const char* part) { return array(part).to(dtype); };
      const std::vector<Tensor> results = with_gradients(input("q"), input("k"), input("v"), input("dy"), options);
      const double eps = dtype == DType::f64 ? 0x1p-52 : 0x1p-23;
      const char* parts[] = {"y", "dq", "dk", "dv"};
      for (std::size_t i = 0; i < 4; ++i) {
        const Tensor got = results[i].to(DType::f64), want = array(parts[i]);
        ASSERT_EQ(got.shape(), want.shape()) << name << parts[i];
        for (std::int64_t e = 0; e < got.size(); ++e)
          ASSERT_NEAR(got.span<double>()[e], want.span<double>()[e], 70 * 10 * eps) << name << " " << parts[i] << e;
      }
    }
  }
}

TEST(AttentionOp, OfOneProjectionEqualsThatOfItsParts) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tensor qkv = random_tensor({3, 70, 24}, 1, dtype);
    const Tensor dy = random_tensor({3, 70, 8}, 2, dtype);
    const AttentionOptions options{.heads = 2, .causal = true, .key_mask = some_keys(3, 70)};
    Tape::current().watch(qkv);
    const Tensor y = self_attention(qkv, options);
    const Tensor d_qkv = Tape::current().vector_jacobian(y, dy, std::vector{qkv})[0];
    const auto part = [](const Tensor& x, std::int64_t i) { return x.slice_last(8 * i, 8 * i + 8).packed(); };
    const std::vector<Tensor> apart = with_gradients(part(qkv, 0), part(qkv, 1), part(qkv, 2), dy, options);
    with_float_type(dtype, [&]<class T>() {
      const auto same = [](const Tensor& a, const Tensor& b) { return std::ranges::equal(a.span<T>(), b.span<T>()); };
      EXPECT_TRUE(same(y, apart[0]));
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(same(part(d_qkv, i), apart[1 + i])) << i;
    });
  }
}

TEST(AttentionOp, AnUnwantedGradientIsLeftOut) {
  Tensor q = random_tensor({1, 3, 4}, 1), k = random_tensor({1, 5, 4}, 2), v = random_tensor({1, 5, 4}, 3);
  const Tensor dy = random_tensor({1, 3, 4}, 4);
  const Tensor all = with_gradients(q, k, v, dy, {})[2];
  Tape::current().watch(k);
  const Tensor alone = Tape::current().vector_jacobian(attention(q, k, v, {}), dy, std::vector{k})[0];
  EXPECT_TRUE(std::ranges::equal(alone.span<double>(), all.span<double>()));
}

TEST(AttentionOp, AMaskThatWasOverwrittenIsNoticed) {
  Tensor q = random_tensor({1, 3, 4}, 1), mask = some_keys(1, 3);
  Tape::current().watch(q);
  const Tensor y = attention(q, q, q, {.key_mask = mask});
  mask.mutable_span<std::int32_t>()[0] = 1;
  EXPECT_THROW(Tape::current().vector_jacobian(y, q, std::vector{q}), InputError);
}

TEST(AttentionOp, SaysWhatDoesNotFit) {
  const Tensor q = random_tensor({2, 3, 4}, 1), k = random_tensor({2, 5, 4}, 2);
  const auto message = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const InputError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(
      message([&] { attention(q, k, q, {}); }),
      "attention(): q double [2, 3, 4], k double [2, 5, 4] and v double [2, 3, 4] do not fit, expected [N, Lq, C], "
      "[N, Lk, C] and [N, Lk, C]");
  EXPECT_EQ(message([&] { attention(q, k, k, {.heads = 3}); }),
            "attention(): 4 channels do not make 3 heads of one size");
  EXPECT_EQ(message([&] { attention(q, k, k, {.key_mask = some_keys(2, 3)}); }),
            "attention(): expected a key mask int32 [2, 5], not int32 [2, 3]");
  EXPECT_EQ(message([&] { self_attention(q, {}); }),
            "self_attention(): expected [N, L, 3 C], queries, keys and values beside each other, not [2, 3, 4]");
  EXPECT_NE(message([&] { attention(q, k.to(DType::f32), k, {}); }), "");
  EXPECT_NE(message([&] { attention(Tensor(), k, k, {}); }), "");
}

}  // namespace
}  // namespace ito
