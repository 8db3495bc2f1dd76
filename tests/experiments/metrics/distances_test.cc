// w2 and sliced_w2 as a recipe asks for them: value, floor, and what their parameters do.
#include "experiments/metrics/transport.h"
#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

double by_permutations(const Tensor& x, const Tensor& y, std::size_t n) {
  const auto a = exactly(x), b = exactly(y);
  const auto d = static_cast<std::size_t>(x.size() / x.dim(0));
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  long double best = INFINITY;
  do {
    long double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += square(a, i, b, order[i], d);
    best = std::min(best, sum / n);
  } while (std::next_permutation(order.begin(), order.end()));
  return static_cast<double>(std::sqrt(best));
}

// SW2^2 = 1/pi int_0^pi W2^2 of the projections on (cos a, sin a) da, which sorting gives: by the midpoint rule.
double by_angles(const Tensor& x, const Tensor& y, std::size_t n) {
  const auto a = exactly(x), b = exactly(y);
  const int angles = 4000;
  long double total = 0;
  for (int k = 0; k < angles; ++k) {
    const long double c = std::cos((k + 0.5L) * M_PIl / angles), s = std::sin((k + 0.5L) * M_PIl / angles);
    std::vector<long double> p(n), q(n);
    for (std::size_t i = 0; i < n; ++i) {
      p[i] = c * a[2 * i] + s * a[2 * i + 1];
      q[i] = c * b[2 * i] + s * b[2 * i + 1];
    }
    std::sort(p.begin(), p.end());
    std::sort(q.begin(), q.end());
    for (std::size_t i = 0; i < n; ++i) total += (p[i] - q[i]) * (p[i] - q[i]) / n / angles;
  }
  return static_cast<double>(std::sqrt(total));
}

Asked some_sets(std::int64_t n) {
  return {.samples = some_points(n, 2, 1, 2.5),
          .reference = {some_points(n, 2, 2), {}},
          .second = {some_points(n, 2, 3), {}}};
}

TEST(Distances, W2AndItsFloorAgainstAllPermutations) {
  const Asked asked = some_sets(9);
  for (const std::int64_t compared : {7, 6}) {
    const MetricValue found = measured(metric_of("w2", {{"compared", compared}}), asked.input())["w2"];
    EXPECT_NEAR(found.value, by_permutations(asked.samples, asked.reference.x, compared), 1e-12);
    EXPECT_NEAR(*found.floor, by_permutations(asked.reference.x, asked.second.x, compared), 1e-12);
    EXPECT_TRUE(found.distance);
  }
}

// 20,000 directions leave a relative error of about 1/sqrt(20000).
TEST(Distances, SlicedW2AndItsFloorAgainstTheIntegralOverAngles) {
  const Asked asked = some_sets(60);
  const MetricValue found =
      measured(metric_of("sliced_w2", {{"projections", std::int64_t{20000}}}), asked.input())["sliced_w2"];
  EXPECT_NEAR(found.value, by_angles(asked.samples, asked.reference.x, 60), 0.02 * found.value);
  EXPECT_NEAR(*found.floor, by_angles(asked.reference.x, asked.second.x, 60), 0.02 * *found.floor);
  EXPECT_TRUE(found.distance);
}

TEST(Distances, ProjectionsAndSeedChooseTheDirections) {
  Asked asked = some_sets(20);
  const auto of = [&](std::int64_t projections) {
    return measured(metric_of("sliced_w2", {{"projections", projections}}), asked.input())["sliced_w2"].value;
  };
  const double few = of(2);
  EXPECT_NE(of(3), few);
  asked.seed = 4;
  EXPECT_NE(of(2), few);
}

// A metric is asked by every cell of a run and remembers floors: by the draws and the seed, and by nothing less.
TEST(Distances, AFloorIsRememberedByItsDrawsAndSeed) {
  for (const char* name : {"w2", "sliced_w2", "mmd"}) {
    const Metric metric = metric_of(name);
    const auto floor = [&](const Asked& asked) { return *measured(metric, asked.input())[name].floor; };
    Asked asked = some_sets(30);
    const double first = floor(asked);
    asked.samples = some_points(30, 2, 99);
    EXPECT_EQ(floor(asked), first) << "the samples do not matter to it";
    asked.second.x = some_points(30, 2, 4);
    EXPECT_NE(floor(asked), first) << name;
    asked.second.x = some_points(30, 2, 3);
    asked.reference.x = some_points(30, 2, 5);
    EXPECT_NE(floor(asked), first) << name;
    asked.reference.x = some_points(30, 2, 2);
    asked.seed = 77;
    if (name == std::string("sliced_w2")) {
      EXPECT_NE(floor(asked), first);
    } else {
      EXPECT_EQ(floor(asked), first);
    }
  }
}

TEST(Distances, RefuseReferencesOfAnotherSize) {
  Asked asked = some_sets(5);
  asked.second.x = some_points(5, 3, 1);
  EXPECT_EQ(refusal([&] { metric_of("w2")(asked.input()); }),
            "w2: expected at least 5 reference draws of 2 numbers, got [5, 3]");
  asked.second = {};
  EXPECT_FALSE(metric_of("sliced_w2")(asked.input())[0].floor);  // no others: no floor
  asked.reference = {};
  EXPECT_EQ(refusal([&] { metric_of("sliced_w2")(asked.input()); }),
            "sliced_w2: expected at least 5 reference draws of 2 numbers, got none");
}

}  // namespace
}  // namespace ito::experiments
