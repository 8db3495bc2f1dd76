#include "experiments/data/finite_set.h"
#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// min_i |x - y_i| of each of the first `count` rows of x over the first `examples` rows of y.
std::vector<double> plain_distances(const Tensor& x, const Tensor& y, std::int64_t count, std::int64_t examples) {
  const auto a = exactly(x), b = exactly(y);
  const auto d = static_cast<std::size_t>(x.size() / x.dim(0));
  std::vector<double> found;
  for (std::int64_t i = 0; i < count; ++i) {
    long double least = INFINITY;
    for (std::int64_t j = 0; j < examples; ++j) least = std::min(least, square(a, i, b, j, d));
    found.push_back(static_cast<double>(std::sqrt(least)));
  }
  return found;
}
double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v / static_cast<double>(values.size());
  return sum;
}
double share_below(const std::vector<double>& values, double bound) {
  double share = 0;
  for (const double v : values) share += v < bound ? 1.0 / static_cast<double>(values.size()) : 0;
  return share;
}

class NearestNeighbour : public testing::Test {
 protected:
  NearestNeighbour() {
    const Tensor train = some_points(400, 3, 1), held_out = some_points(60, 3, 2);
    asked_.data = *finite_dataset("points", {train, {}}, {held_out, {}}, {}, 0);
    // Some samples lie a hair beside a training example, others anywhere.
    std::vector<double> x = test::scattered(50 * 3, 9);
    for (std::size_t i = 0; i < 20 * 3; ++i) x[i] = train.span<float>()[3 * 11 * (i / 3) + i % 3] + 0.003 * x[i];
    asked_.samples = floats(x, 50);
    asked_.reference = {held_out.slice_first(0, 50), {}};
    asked_.second = asked_.reference;
  }
  Asked asked_;
};

TEST_F(NearestNeighbour, DistancesAndCopiesAgainstBruteForce) {
  for (const std::int64_t compared : {0, 30})
    for (const std::int64_t examples : {0, 150}) {
      Values found =
          measured(metric_of("nearest_neighbour", {{"compared", compared}, {"examples", examples}}), asked_.input());
      const std::int64_t n = compared == 0 ? 50 : compared, m = examples == 0 ? 400 : examples;
      const std::vector<double> of_samples = plain_distances(asked_.samples, asked_.data.train.x, n, m),
                                of_held_out = plain_distances(asked_.reference.x, asked_.data.train.x, n, m);
      EXPECT_NEAR(found["nearest_neighbour"].value, mean(of_samples), 1e-12);
      EXPECT_NEAR(*found["nearest_neighbour"].floor, mean(of_held_out), 1e-12);
      EXPECT_NEAR(found["copied"].value, share_below(of_samples, mean(of_held_out) / 2), 1e-12);
      EXPECT_NEAR(*found["copied"].floor, share_below(of_held_out, mean(of_held_out) / 2), 1e-12);
      EXPECT_FALSE(found["nearest_neighbour"].distance) << "copies lie below the floor, and are no better for it";
    }
  Values found = measured(metric_of("nearest_neighbour"), asked_.input());
  EXPECT_GE(found["copied"].value, 20 / 50.0);
  EXPECT_LT(*found["copied"].floor, 0.5);
}

TEST_F(NearestNeighbour, WithoutHeldOutDataThereIsNoBar) {
  asked_.data = *finite_dataset("points", asked_.data.train, {}, {}, 0);
  Values found = measured(metric_of("nearest_neighbour"), asked_.input());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found["nearest_neighbour"].floor);
}

TEST_F(NearestNeighbour, OneMetricServesSeveralDataSets) {
  const Metric metric = metric_of("nearest_neighbour");
  const double before = measured(metric, asked_.input())["nearest_neighbour"].value;
  asked_.data = *finite_dataset("others", {some_points(100, 3, 5), {}}, {some_points(60, 3, 2), {}}, {}, 0);
  const double after = measured(metric, asked_.input())["nearest_neighbour"].value;
  EXPECT_NE(before, after);
  EXPECT_NEAR(after, mean(plain_distances(asked_.samples, asked_.data.train.x, 50, 100)), 1e-12);
}

TEST_F(NearestNeighbour, AnalyticDataHaveNoExamples) {
  asked_.data = {};
  asked_.data.name = "law";
  const Metric metric = metric_of("nearest_neighbour");
  EXPECT_EQ(metric.lacks(asked_.data), "training examples");
  EXPECT_EQ(refusal([&] { metric(asked_.input()); }), "nearest_neighbour: data 'law' have no training examples");
}

}  // namespace
}  // namespace ito::experiments
