#include "experiments/metrics/mmd.h"

#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// Gretton et al. 2012, eq. 5, as it is printed.
long double plain_mmd(const std::vector<long double>& x, const std::vector<long double>& y, std::size_t d,
                      long double h) {
  const auto mean = [&](const std::vector<long double>& a, const std::vector<long double>& b) {
    long double sum = 0;
    for (std::size_t i = 0; i < a.size() / d; ++i)
      for (std::size_t j = 0; j < b.size() / d; ++j) sum += std::exp(-square(a, i, b, j, d) / (2 * h * h));
    return sum / (static_cast<long double>(a.size() / d) * static_cast<long double>(b.size() / d));
  };
  return std::sqrt(mean(x, x) + mean(y, y) - 2 * mean(x, y));
}

// The lower middle one of all distances between two points.
long double plain_median(const std::vector<long double>& y, std::size_t d, std::size_t n) {
  std::vector<long double> distances;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) distances.push_back(std::sqrt(square(y, i, y, j, d)));
  std::sort(distances.begin(), distances.end());
  return distances[(distances.size() - 1) / 2];
}

TEST(Mmd, ValueAndFloorAreTheFormula) {
  for (const std::int64_t d : {1, 2, 9}) {
    Asked asked{.samples = some_points(40, d, 1, 1.0),
                .reference = {some_points(40, d, 2), {}},
                .second = {some_points(40, d, 3), {}}};
    const auto x = exactly(asked.samples), y = exactly(asked.reference.x), z = exactly(asked.second.x);
    const auto of = [&](const GivenParameters& given) {
      return measured(metric_of("mmd", given), asked.input())["mmd"];
    };
    for (const double h : {0.3, 2.0}) {
      const MetricValue found = of({{"bandwidth", h}});
      EXPECT_NEAR(found.value, static_cast<double>(plain_mmd(x, y, d, h)), 1e-13) << d;
      EXPECT_NEAR(*found.floor, static_cast<double>(plain_mmd(y, z, d, h)), 1e-13) << d;
      EXPECT_TRUE(found.distance);
    }
    // Bandwidth 0: the median distance between the draws compared with.
    const MetricValue found = of({});
    EXPECT_NEAR(found.value, static_cast<double>(plain_mmd(x, y, d, plain_median(y, d, 40))), 1e-13) << d;
    EXPECT_NEAR(*found.floor, static_cast<double>(plain_mmd(y, z, d, plain_median(z, d, 40))), 1e-13) << d;
    // The first ones alone.
    const std::vector<long double> x7(x.begin(), x.begin() + 7 * d), y7(y.begin(), y.begin() + 7 * d);
    EXPECT_NEAR(of({{"bandwidth", 0.3}, {"compared", std::int64_t{7}}}).value,
                static_cast<double>(plain_mmd(x7, y7, d, 0.3L)), 1e-13);
  }
}

TEST(Mmd, SetsOfDifferentSizes) {
  Context context;
  const std::vector<double> x = test::scattered(5 * 3, 1), y = test::scattered(11 * 3, 2);
  EXPECT_NEAR(mmd(context, x, y, 3, 0.7),
              static_cast<double>(plain_mmd({x.begin(), x.end()}, {y.begin(), y.end()}, 3, 0.7L)), 1e-14);
  EXPECT_EQ(mmd(context, x, x, 3, 0.7), 0);
}

TEST(Mmd, TheMedianIsThatOfTheFirstFiveHundred) {
  Context context;
  std::vector<double> y = test::scattered(520 * 2, 4);
  for (std::size_t i = 500 * 2; i < y.size(); ++i) y[i] += 1000;
  EXPECT_NEAR(median_distance(context, y, 2), static_cast<double>(plain_median({y.begin(), y.end()}, 2, 500)), 1e-14);
  EXPECT_NEAR(median_distance(context, std::vector<double>{0, 1, 3, 7}, 1), 3, 1e-15);  // 1 2 3 4 6 7
  EXPECT_EQ(median_distance(context, std::vector<double>{5}, 1), 1);
  EXPECT_EQ(median_distance(context, std::vector<double>{5, 5, 5}, 1), 1);
}

TEST(Mmd, Refusals) {
  Context context;
  EXPECT_THROW(mmd(context, {}, std::vector<double>{1}, 1, 1), InputError);
  EXPECT_THROW(mmd(context, std::vector<double>{1}, std::vector<double>{1}, 1, 0), InputError);
  Asked asked{.samples = some_points(4, 2, 1), .reference = {some_points(3, 2, 2), {}}};
  asked.second = asked.reference;
  EXPECT_EQ(refusal([&] { metric_of("mmd")(asked.input()); }),
            "mmd: expected at least 4 reference draws of 2 numbers, got [3, 2]");
}

}  // namespace
}  // namespace ito::experiments
