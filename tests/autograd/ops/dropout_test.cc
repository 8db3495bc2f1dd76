#include "autograd/checkpoint.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

const RandomKey kKey(11, 5, Stream::dropout, 2);

Tensor numbers(const Shape& shape, DType dtype = DType::f64) {
  Tensor x = Tensor::empty(shape, DType::f64);
  std::uint32_t element = 0;
  for (double& value : x.mutable_span<double>())
    value = random_uniform(RandomKey(7, 0, Stream::test), 0, element++) + 1;
  return x.to(dtype);
}

template <class T>
bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.span<T>(), b.span<T>());
}

TEST(DropoutOp, GradientAgreesWithDifferences) {
  EXPECT_EQ(gradcheck([](std::span<const Tensor> x) { return dropout(x[0], 0.4, kKey, 3); }, {numbers({4, 3, 5})}), "");
  EXPECT_EQ(
      gradcheck([](std::span<const Tensor> x) { return dropout(x[0].slice_last(1, 4), 0.4, kKey); }, {numbers({4, 5})}),
      "");
}

// The same elements are dropped from the gradient, and of both types.
TEST(DropoutOp, DropsTheSameForwardAndBackwardInBothTypes) {
  std::vector<bool> kept[2];
  for (const DType dtype : {DType::f32, DType::f64})
    with_float_type(dtype, [&]<class T>() {
      Tensor x = numbers({6, 50}, dtype);
      Tape::current().watch(x);
      const Tensor y = dropout(x, 0.3, kKey);
      const Tensor dx = Tape::current().vector_jacobian(y, Tensor::full(x.shape(), 1, dtype), std::vector{x})[0];
      const T factor = static_cast<T>(1 / (1 - 0.3));
      for (std::size_t i = 0; i < 300; ++i) {
        const bool is_kept = y.span<T>()[i] != 0;
        kept[dtype == DType::f64].push_back(is_kept);
        EXPECT_EQ(y.span<T>()[i], is_kept ? x.span<T>()[i] * factor : T(0));
        EXPECT_EQ(dx.span<T>()[i], is_kept ? factor : T(0));
      }
    });
  EXPECT_EQ(kept[0], kept[1]);
}

TEST(DropoutOp, DoesNotDependOnTheBatch) {
  const Tensor x = numbers({6, 7, 3}, DType::f32), whole = dropout(x, 0.5, kKey, 10);
  for (std::int64_t n = 0; n < 6; ++n)
    EXPECT_TRUE(same<float>(dropout(x.slice_first(n, n + 1), 0.5, kKey, 10 + n), whole.slice_first(n, n + 1))) << n;
}

TEST(DropoutOp, IsTheSameUnderACheckpoint) {
  Tensor x = numbers({3, 20}, DType::f32);
  const Tensor dy = numbers({3, 20}, DType::f32);
  const auto f = [](std::span<const Tensor> in) { return silu(dropout(silu(in[0]), 0.4, kKey)); };
  Tape::current().watch(x);
  const Tensor plain = Tape::current().vector_jacobian(f(std::array{x}), dy, std::vector{x})[0];
  Tape::current().watch(x);
  const Tensor again = Tape::current().vector_jacobian(checkpoint(f, {x}), dy, std::vector{x})[0];
  EXPECT_TRUE(same<float>(plain, again));
}

TEST(DropoutOp, OfNothingIsItsInput) {
  const Tensor x = numbers({2, 3}, DType::f32);
  EXPECT_TRUE(same<float>(dropout(x, 0, kKey), x));
  EXPECT_EQ(dropout(numbers({0, 3}), 0.5, kKey).size(), 0);
}

TEST(DropoutOp, RefusesWhatItCannotDo) {
  EXPECT_THROW(dropout(Tensor(), 0.5, kKey), InputError);
  EXPECT_THROW(dropout(Tensor::scalar(1, DType::f32), 0.5, kKey), InputError);
  EXPECT_THROW(dropout(numbers({2, 3}), 1, kKey), InputError);
  EXPECT_THROW(dropout(numbers({2, 3}), 0.5, kKey, -1), InputError);
}

}  // namespace
}  // namespace ito
