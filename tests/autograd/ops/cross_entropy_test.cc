// The classifier's loss against its definition in long double, its gradient against central differences.
#include <cmath>

#include "autograd/gradcheck.h"
#include "autograd/io/npy.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "kernels/random/random.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

Tensor logits(std::int64_t n, std::int64_t classes, double spread) {
  Tensor x = Tensor::empty({n, classes}, DType::f64);
  std::uint32_t i = 0;
  for (double& v : x.mutable_span<double>())
    v = spread * (2 * random_uniform(RandomKey(3, 0, Stream::test), 0, i++) - 1);
  return x;
}

Tensor labels(std::int64_t n, std::int64_t classes) {
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<std::int32_t>((7 * i + 3) % classes));
  return Tensor::from(values, {n});
}

TEST(CrossEntropy, IsItsDefinition) {
  for (const double smoothing : {0.0, 0.1}) {
    const Tensor x = logits(5, 7, 30), y = labels(5, 7);
    long double expected = 0;
    for (std::size_t n = 0; n < 5; ++n) {
      long double sum = 0;
      for (std::size_t c = 0; c < 7; ++c) sum += std::exp(static_cast<long double>(x.span<double>()[7 * n + c]));
      for (std::size_t c = 0; c < 7; ++c) {
        const bool is = static_cast<std::size_t>(y.span<std::int32_t>()[n]) == c;
        const long double target = (is ? 1 - smoothing : 0) + smoothing / 7;
        expected -= target * (static_cast<long double>(x.span<double>()[7 * n + c]) - std::log(sum));
      }
    }
    EXPECT_NEAR(cross_entropy(x, y, 0.25, smoothing).item(), static_cast<double>(expected) / 4, 1e-13);
    EXPECT_EQ(gradcheck([&](std::span<const Tensor> in) { return cross_entropy(in[0], y, 0.25, smoothing); },
                        {logits(5, 7, 3)}),
              "");
  }
}

// The loss is a sum of nine terms below 20, after some ten roundings each; an element of the gradient is below scale.
TEST(CrossEntropy, AgreesWithTorch) {
  const NamedTensors arrays = load_npz(golden("torch/cross_entropy.npz"));
  for (const auto& [name, smoothing] : std::map<std::string, double>{{"plain", 0}, {"smoothed", 0.1}})
    for (const DType dtype : {DType::f64, DType::f32}) {
      // Logits near 300 are rounded first: half an eps of them is an error of the exponent.
      const double eps = dtype == DType::f64 ? 0x1p-52 : 0x1p-23, bound = 310 * eps;
      Tensor x = arrays.at("logits").to(dtype);
      Tape::current().watch(x);
      const Tensor loss = cross_entropy(x, arrays.at("labels"), 0.5, smoothing);
      EXPECT_NEAR(loss.item(), 0.5 * arrays.at(name + ".loss").item(), 9 * bound) << name;
      const Tensor dx = Tape::current().gradients(loss, std::array{x})[0].to(DType::f64),
                   want = arrays.at(name + ".dlogits");
      for (std::size_t i = 0; i < 99; ++i)
        ASSERT_NEAR(dx.span<double>()[i], 0.5 * want.span<double>()[i], bound) << name << i;
    }
}

TEST(CrossEntropy, KeepsItsLabels) {
  Tensor x = logits(5, 7, 3), y = labels(5, 7);
  Tape::current().watch(x);
  const Tensor want = Tape::current().gradients(cross_entropy(x, y, 1), std::array{x})[0];
  Tape::current().watch(x);
  const Tensor loss = cross_entropy(x, y, 1);
  for (std::int32_t& label : y.mutable_span<std::int32_t>()) label = 0;
  const Tensor got = Tape::current().gradients(loss, std::array{x})[0];
  EXPECT_TRUE(std::ranges::equal(got.span<double>(), want.span<double>()));
}

TEST(CrossEntropy, RefusesWhatIsNoClass) {
  const Tensor x = logits(2, 3, 1);
  EXPECT_THROW(cross_entropy(x, Tensor::from<std::int32_t>({0, 3}, {2}), 1), InputError);
  EXPECT_THROW(cross_entropy(x, Tensor::from<std::int32_t>({-1, 0}, {2}), 1), InputError);
  EXPECT_THROW(cross_entropy(x, Tensor::from<std::int32_t>({0}, {1}), 1), InputError);
  EXPECT_THROW(cross_entropy(x, x, 1), InputError);
}

}  // namespace
}  // namespace ito
