#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// Two overlapping classes on a line. p(x) p(c|x)^w by its formula, on a grid.
constexpr double kMean[] = {-0.7, 0.9}, kDeviation[] = {0.8, 0.5}, kWeight[] = {0.4, 0.6};

double tilted(double x, int c, double w) {
  double joint[2];
  for (int k = 0; k < 2; ++k)
    joint[k] = kWeight[k] / kDeviation[k] * std::exp(-0.5 * std::pow((x - kMean[k]) / kDeviation[k], 2));
  return (joint[0] + joint[1]) * std::pow(joint[c] / (joint[0] + joint[1]), w);
}

// The quantiles (i + 1/2)/n of p(x) p(c|x)^w: the best n points to stand for it.
std::vector<double> quantiles(int c, double w, int n) {
  const int cells = 200000;
  const double low = -8, high = 8, width = (high - low) / cells;
  double mass = 0;
  for (int i = 0; i < cells; ++i) mass += tilted(low + (i + 0.5) * width, c, w);
  std::vector<double> found;
  double below = 0;
  for (int i = 0; i < cells && static_cast<int>(found.size()) < n; ++i) {
    below += tilted(low + (i + 0.5) * width, c, w);
    while (static_cast<int>(found.size()) < n && below >= (static_cast<double>(found.size()) + 0.5) / n * mass)
      found.push_back(low + (i + 0.5) * width);
  }
  return found;
}

class W2Tilted : public testing::Test {
 protected:
  W2Tilted() {
    asked_.data.name = "line";
    asked_.data.hash = "line";
    asked_.data.classes = 2;
    std::vector<FullComponent> components;
    for (int k = 0; k < 2; ++k) components.push_back({kWeight[k], k, {kMean[k]}, {kDeviation[k] * kDeviation[k]}});
    asked_.data.mixture = std::make_shared<const GaussianMixture>(components, 2);
    std::vector<std::int32_t> asked;
    for (int i = 0; i < 2 * kEach; ++i) asked.push_back(i % 2);
    asked_.condition = labels(asked);
  }

  // kEach samples of each class: the quantiles for weight w, moved by `shift`.
  void take_quantiles(double w, double shift) {
    std::vector<double> x(2 * kEach);
    for (int c = 0; c < 2; ++c) {
      const std::vector<double> q = quantiles(c, w, kEach);
      for (int i = 0; i < kEach; ++i) x[2 * i + c] = q[i] + shift;
    }
    asked_.samples = floats(x, 2 * kEach);
  }

  MetricValue at(double w) {
    MetricInput input = asked_.input();
    input.guidance_w = w;
    return measured(metric_, input)["w2_tilted"];
  }

  static constexpr int kEach = 250;
  Asked asked_;
  Metric metric_ = metric_of("w2_tilted");
};

// Perfect samples lie nearer to draws than draws lie to each other (by sqrt 2, over seeds); moved ones as far as they
// were moved; those of another weight at the distance of the two laws, which on a line is that of their quantiles.
TEST_F(W2Tilted, MeasuresTheDistanceToTheTiltedLaw) {
  for (const double w : {0.5, 1.0, 2.0, 4.0}) {
    take_quantiles(w, 0);
    double value = 0, floor = 0;
    for (asked_.seed = 1; asked_.seed <= 4; ++asked_.seed) {
      const MetricValue here = at(w);
      EXPECT_TRUE(here.distance);
      value += here.value / 4;
      floor += *here.floor / 4;
    }
    EXPECT_GT(floor, 0.02) << w;
    EXPECT_LT(floor, 0.15) << w;
    EXPECT_LT(value, 0.9 * floor) << w;
    asked_.seed = 3;
    take_quantiles(w, 3);
    EXPECT_NEAR(at(w).value, 3, floor) << w;
  }
  take_quantiles(4, 0);
  double squares = 0;
  for (int c = 0; c < 2; ++c) {
    const std::vector<double> a = quantiles(c, 4, kEach), b = quantiles(c, 1, kEach);
    for (int i = 0; i < kEach; ++i) squares += (a[i] - b[i]) * (a[i] - b[i]) / (2 * kEach);
  }
  EXPECT_GT(std::sqrt(squares), 0.2);
  EXPECT_NEAR(at(1).value, std::sqrt(squares), 0.1);
}

// A sample that stands where the other class should is not forgiven, though the set as a whole is the same.
TEST_F(W2Tilted, ClassesAreMatchedApart) {
  take_quantiles(1, 0);
  const double right = at(1).value;
  std::vector<std::int32_t> swapped;
  for (int i = 0; i < 2 * kEach; ++i) swapped.push_back(1 - i % 2);
  asked_.condition = labels(swapped);
  EXPECT_GT(at(1).value, right + 1);
}

TEST_F(W2Tilted, WhatIsRememberedIsTheRightTarget) {
  take_quantiles(1, 0);
  const MetricValue first = at(1), other = at(2);
  EXPECT_NE(*first.floor, *other.floor);
  asked_.seed = 4;
  EXPECT_NE(at(1).value, first.value);
  asked_.seed = 3;
  EXPECT_EQ(at(1).value, first.value);
  EXPECT_EQ(*at(1).floor, *first.floor);
}

TEST_F(W2Tilted, OnlyTheFirstAreCompared) {
  take_quantiles(1, 0);
  std::vector<double> spoiled;
  for (const long double v : exactly(asked_.samples)) spoiled.push_back(static_cast<double>(v));
  for (std::size_t i = 300; i < spoiled.size(); ++i) spoiled[i] += 100;
  metric_ = metric_of("w2_tilted", {{"compared", std::int64_t{300}}});
  const double before = at(1).value;
  asked_.samples = floats(spoiled, 2 * kEach);
  EXPECT_EQ(at(1).value, before);
}

TEST_F(W2Tilted, SaysWhatIsMissing) {
  take_quantiles(1, 0);
  EXPECT_EQ(refusal([&] { at(-0.5); }), "w2_tilted: guidance.w is -0.5; p(x) p(c|x)^w is drawn for w >= 0");
  std::vector<std::int32_t> some(2 * kEach, 0);
  some[7] = kUnconditional;
  asked_.condition = labels(some);
  EXPECT_EQ(refusal([&] { at(1); }), "w2_tilted: a sample has no label; expected a class for each");
  asked_.condition = {};
  EXPECT_EQ(refusal([&] { at(1); }).substr(0, 48), "w2_tilted: no class was asked of the samples; ex");
  asked_.data.mixture = nullptr;
  EXPECT_EQ(metric_.lacks(asked_.data), "exact formula \"mixture\"");
}

}  // namespace
}  // namespace ito::experiments
