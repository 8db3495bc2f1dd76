#include "experiments/metrics/statistics.h"

#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

// Table values of Student's law (Abramowitz, Stegun 26.10), and its closed forms for 1 and 2 degrees.
TEST(Statistics, StudentQuantiles) {
  EXPECT_NEAR(student_quantile(0.975, 1), std::tan(M_PI * 0.475), 1e-9);
  const double a = 4 * 0.95 * 0.05;
  EXPECT_NEAR(student_quantile(0.95, 2), (2 * 0.95 - 1) * std::sqrt(2 / a), 1e-10);
  EXPECT_NEAR(student_quantile(0.975, 3), 3.182446, 1e-5);
  EXPECT_NEAR(student_quantile(0.975, 10), 2.228139, 1e-5);
  EXPECT_NEAR(student_quantile(0.995, 30), 2.749996, 1e-5);
  EXPECT_NEAR(student_quantile(0.975, 1e7), 1.959964, 1e-5);
  EXPECT_EQ(student_quantile(0.5, 4), 0);
  EXPECT_EQ(student_quantile(0.1, 4), -student_quantile(0.9, 4));
}

TEST(Statistics, MeanAndItsInterval) {
  const MeanEstimate one = estimate_mean(std::vector<double>{3});
  EXPECT_EQ(one.mean, 3);
  EXPECT_FALSE(one.standard_error || one.low || one.high);
  // 1, 2, 3, 4: mean 2.5, variance 5/3.
  const MeanEstimate four = estimate_mean(std::vector<double>{1, 2, 3, 4});
  EXPECT_NEAR(*four.standard_error, std::sqrt(5.0 / 12), 1e-15);
  EXPECT_NEAR(*four.high - 2.5, 3.182446 * std::sqrt(5.0 / 12), 1e-5);
  EXPECT_NEAR(2.5 - *four.low, *four.high - 2.5, 1e-14);
  EXPECT_THROW(estimate_mean({}), InputError);
}

TEST(Statistics, DifferencesInsideNoiseAreNotResolved) {
  const std::vector<double> a{1.1, 2.1, 3.2, 4.1}, b{1, 2, 3, 4};
  // The same differences are resolved when paired although a and b overlap widely.
  EXPECT_TRUE(paired_difference(a, b).resolved);
  EXPECT_FALSE(paired_difference(b, b).resolved);
  EXPECT_FALSE(paired_difference(std::vector<double>{1.5, 1.4, 3.5, 3.4}, b).resolved);
  // Floors that scatter by more than the difference hide it; steady ones do not.
  EXPECT_FALSE(paired_difference(a, b, std::vector<double>{0.5, 1.5, 0.2, 1.1}).resolved);
  EXPECT_TRUE(paired_difference(a, b, std::vector<double>{0.50, 0.51, 0.50, 0.51}).resolved);
  EXPECT_FALSE(paired_difference(std::vector<double>{2}, std::vector<double>{1}).resolved) << "one seed shows nothing";
}

// For a mean the bootstrap's interval is about that of the normal law.
TEST(Statistics, BootstrapOfAMean) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(std::sin(i * 1.7) + 2);
  const Interval interval = bootstrap_mean(values, 5, 2000);
  const MeanEstimate mean = estimate_mean(values);
  EXPECT_NEAR(interval.low, mean.mean - 1.96 * *mean.standard_error, 0.2 * *mean.standard_error);
  EXPECT_NEAR(interval.high, mean.mean + 1.96 * *mean.standard_error, 0.2 * *mean.standard_error);
  const Interval again = bootstrap_mean(values, 5, 2000), other = bootstrap_mean(values, 6, 2000);
  EXPECT_EQ(interval.low, again.low);
  EXPECT_NE(interval.low, other.low);
}

}  // namespace
}  // namespace ito::experiments
