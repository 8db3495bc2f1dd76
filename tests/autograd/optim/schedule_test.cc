#include "autograd/optim/schedule.h"

#include <numbers>

#include "kernels/core/error.h"

namespace ito {
namespace {

TEST(Schedule, WarmsUpFromTheFirstStep) {
  EXPECT_EQ(warmup_factor(0, 0), 1.0);
  EXPECT_EQ(warmup_factor(0, 4), 0.25);
  EXPECT_EQ(warmup_factor(3, 4), 1.0);
  EXPECT_EQ(warmup_factor(1000, 4), 1.0);
}

TEST(Schedule, DecaysFromOneToFinal) {
  for (const double final : {0.0, 0.1}) {
    EXPECT_EQ(linear_factor(0, 10, final), 1.0);
    EXPECT_DOUBLE_EQ(linear_factor(10, 10, final), final);
    EXPECT_DOUBLE_EQ(linear_factor(99, 10, final), final);
    for (std::int64_t step = 0; step <= 10; ++step) {
      const double p = static_cast<double>(step) / 10;
      EXPECT_NEAR(linear_factor(step, 10, final), final + (1 - final) * (1 - p), 4e-16);
      EXPECT_NEAR(cosine_factor(step, 10, final), final + (1 - final) * 0.5 * (1 + std::cos(std::numbers::pi * p)),
                  4e-16);
    }
  }
}

TEST(Schedule, JoinsWarmUpAndDecay) {
  const LearningRate rate{.base = 2e-3, .warmup = 10, .total = 110, .decay = Decay::cosine, .final = 0.1};
  rate.check();
  EXPECT_DOUBLE_EQ(rate.at(0), 2e-4);
  EXPECT_DOUBLE_EQ(rate.at(10), 2e-3);
  EXPECT_DOUBLE_EQ(rate.at(60), 2e-3 * 0.55);
  EXPECT_DOUBLE_EQ(rate.at(110), 2e-4);
  for (std::int64_t step = 10; step < 120; ++step) EXPECT_LE(rate.at(step + 1), rate.at(step));
}

TEST(Schedule, RefusesNonsense) {
  EXPECT_EQ(decay_from_name("cosine"), Decay::cosine);
  EXPECT_THROW(decay_from_name("cosin"), InputError);
  EXPECT_THROW((LearningRate{.base = -1}.check()), InputError);
  EXPECT_THROW((LearningRate{.warmup = 5, .total = 5, .decay = Decay::linear}.check()), InputError);
}

}  // namespace
}  // namespace ito
