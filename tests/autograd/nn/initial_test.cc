#include "autograd/nn/initial.h"

#include "kernels/random/random.h"

namespace ito {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
  double largest = 0;
};

Moments moments(const Tensor& x) {
  Moments m;
  for (const double value : x.span<double>()) {
    m.mean += value / static_cast<double>(x.size());
    m.variance += value * value / static_cast<double>(x.size());
    m.largest = std::max(m.largest, std::fabs(value));
  }
  return m;
}

// n draws: the mean lies within 5 sigma / sqrt(n), the variance within 5 sigma^2 sqrt((kurtosis - 1) / n).
TEST(Initial, HasTheStatedLaws) {
  const Fan fan{200, 100};
  const double n = 20000;
  for (const auto& [law, variance, uniform] :
       std::vector<std::tuple<Initial, double, bool>>{{Initial::xavier_uniform, 2.0 / 300, true},
                                                      {Initial::xavier_normal, 2.0 / 300, false},
                                                      {Initial::kaiming_uniform, 1.0 / 200, true},
                                                      {Initial::kaiming_normal, 1.0 / 200, false}}) {
    for (const double gain : {1.0, std::sqrt(2.0)}) {
      const double expected = gain * gain * variance;
      const Moments m = moments(initial_value("w", {200, 100}, fan, 1, {law, gain}, DType::f64));
      EXPECT_LT(std::fabs(m.mean), 5 * std::sqrt(expected / n));
      EXPECT_LT(std::fabs(m.variance - expected), 5 * expected * std::sqrt((uniform ? 0.8 : 2.0) / n));
      if (uniform) {
        EXPECT_LE(m.largest, std::sqrt(3 * expected));
        EXPECT_GT(m.largest, 0.99 * std::sqrt(3 * expected));
      } else {
        EXPECT_GT(m.largest, 3 * std::sqrt(expected));
      }
    }
  }
}

TEST(Initial, DependsOnSeedAndNameAlone) {
  const InitialValues values{Initial::kaiming_normal, 1};
  const auto first = [&](const char* name, std::uint64_t seed, DType dtype) {
    return initial_value(name, {3, 2}, {3, 2}, seed, values, dtype);
  };
  const Tensor x = first("a.weight", 1, DType::f64);
  EXPECT_EQ(x.span<double>()[5], first("a.weight", 1, DType::f64).span<double>()[5]);
  EXPECT_NE(x.span<double>()[5], first("b.weight", 1, DType::f64).span<double>()[5]);
  EXPECT_NE(x.span<double>()[5], first("a.weight", 2, DType::f64).span<double>()[5]);
  EXPECT_EQ(static_cast<float>(x.span<double>()[5]), first("a.weight", 1, DType::f32).span<float>()[5]);
  EXPECT_EQ(initial_value("a", {2}, {1, 1}, 1, {Initial::ones, 1}).span<float>()[1], 1.0f);
  EXPECT_THROW(initial_value("a", {2}, {0, 1}, 1, values), InputError);
}

}  // namespace
}  // namespace ito
