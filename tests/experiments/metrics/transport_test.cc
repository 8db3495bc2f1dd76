#include "experiments/metrics/transport.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"
#include "tests/samplers/exact/support.h"

namespace ito::experiments {
namespace {

using test::scattered;

// The least mean squared distance by trying every permutation.
double by_permutations(const std::vector<double>& x, const std::vector<double>& y, std::int64_t d) {
  const std::size_t n = x.size() / d;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  double best = INFINITY;
  do {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < d; ++j) sum += std::pow(x[i * d + j] - y[order[i] * d + j], 2);
    best = std::min(best, sum / n);
  } while (std::next_permutation(order.begin(), order.end()));
  return std::sqrt(best);
}

TEST(Transport, W2AgainstAllPermutations) {
  Context context;
  for (std::int64_t n = 1; n <= 7; ++n)
    for (std::uint32_t salt = 0; salt < 6; ++salt)
      for (const std::int64_t d : {1, 2, 5}) {
        const std::vector<double> x = scattered(n * d, salt), y = scattered(n * d, salt + 40);
        EXPECT_NEAR(w2(context, x, y, d), by_permutations(x, y, d), 1e-12) << n;
      }
}

TEST(Transport, W2OnALineIsSorting) {
  Context context;
  std::vector<double> x = scattered(500, 1), y = scattered(500, 2);
  const double exact = w2(context, x, y, 1);
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  double sum = 0;
  for (int i = 0; i < 500; ++i) sum += (x[i] - y[i]) * (x[i] - y[i]) / 500;
  EXPECT_NEAR(exact, std::sqrt(sum), 1e-12);
  EXPECT_NEAR(sliced_w2(context, x, y, 1, 3, 9), std::sqrt(sum), 1e-12);
}

// A shift moves every point by the same vector; in d dimensions a direction sees 1/d of its square on average.
TEST(Transport, ShiftsAndEqualSets) {
  Context context;
  const std::int64_t n = 200, d = 3;
  const std::vector<double> x = scattered(n * d, 3);
  std::vector<double> y = x;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += i % 3 == 0 ? 3.0 : i % 3 == 1 ? -4.0 : 0.0;
  EXPECT_NEAR(w2(context, x, y, d), 5, 1e-12);
  EXPECT_NEAR(sliced_w2(context, x, y, d, 20000, 1), 5 / std::sqrt(3.0), 0.05);
  std::reverse(y.begin(), y.end());
  std::vector<double> shuffled = x;
  std::rotate(shuffled.begin(), shuffled.begin() + 51 * d, shuffled.end());
  EXPECT_EQ(w2(context, x, shuffled, d), 0);
  EXPECT_EQ(sliced_w2(context, x, shuffled, d, 5, 1), 0);
}

TEST(Transport, LabelsKeepPointsApart) {
  Context context;
  const std::vector<double> x{0, 1}, y{1, 0};
  const std::vector<std::int32_t> a{0, 1}, same{0, 1}, swapped{1, 0};
  EXPECT_EQ(w2_by_label(context, x, a, y, same, 1), 1);
  EXPECT_EQ(w2_by_label(context, x, a, y, swapped, 1), 0);
  EXPECT_THROW(w2_by_label(context, x, a, y, std::vector<std::int32_t>{0, 0}, 1), InputError);
}

TEST(Transport, SameBitsOnAnyThreads) {
  const std::vector<double> x = scattered(150 * 7, 1), y = scattered(150 * 7, 2);
  Context one;
  const double exact = w2(one, x, y, 7), sliced = sliced_w2(one, x, y, 7, 33, 4);
  test::for_each_configuration([&](Context& context, const std::string& where) {
    EXPECT_EQ(w2(context, x, y, 7), exact) << where;
    EXPECT_EQ(sliced_w2(context, x, y, 7, 33, 4), sliced) << where;
  });
}

TEST(Transport, RefusesUnequalSets) {
  Context context;
  EXPECT_THROW(w2(context, scattered(3, 1), scattered(4, 1), 1), InputError);
  EXPECT_THROW(w2(context, {}, {}, 1), InputError);
  EXPECT_THROW(w2(context, std::vector<double>{NAN}, std::vector<double>{0}, 1), InputError);
}

}  // namespace
}  // namespace ito::experiments
