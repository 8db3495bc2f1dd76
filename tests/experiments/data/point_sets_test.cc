// The analytic two-dimensional sets: counted draws, unit scale, labels.
#include <map>
#include <set>

#include "experiments/data/dataset.h"
#include "experiments/data/point_law.h"
#include "samplers/exact/mixture.h"

namespace ito::experiments {
namespace {

std::shared_ptr<const Dataset> make(const std::string& name, const std::map<std::string, Value>& given = {}) {
  return maker<Dataset>(name)(Parameters(find_entry("data", name), given));
}

const char* const kPointSets[] = {"spiral", "eight_gaussians", "rings", "checkerboard", "moons", "gaussian"};

TEST(PointSets, AnExampleDependsOnItsNumberAlone) {
  for (const char* name : kPointSets) {
    const auto data = make(name);
    const Examples all = data->draw(7, 0, 100, -1), part = data->draw(7, 61, 9, -1);
    const std::span<const float> x = all.x.span<float>(), y = part.x.span<float>();
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], x[61 * 2 + i]) << name;
    for (std::size_t i = 0; data->classes > 0 && i < 9; ++i)
      EXPECT_EQ(part.labels.span<std::int32_t>()[i], all.labels.span<std::int32_t>()[61 + i]) << name;
    EXPECT_NE(data->draw(8, 0, 1, -1).x.span<float>()[0], x[0]) << name;
    EXPECT_EQ(data->draw(7, 3, 0, -1).x.shape(), Shape({0, 2})) << name;
  }
}

TEST(PointSets, NumbersBeyond32BitsAreNewExamples) {
  const auto data = make("moons");
  const std::int64_t border = std::int64_t{1} << 32;
  const Examples across = data->draw(1, border - 3, 6, -1);
  const Examples after = data->draw(1, border, 3, -1), begin = data->draw(1, 0, 3, -1);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(across.x.span<float>()[6 + i], after.x.span<float>()[i]);
    EXPECT_NE(after.x.span<float>()[i], begin.x.span<float>()[i]);
  }
}

// Mean 0 and mean square 1 a coordinate: within 6 standard errors, estimated from the same draws.
TEST(PointSets, AreOfUnitScale) {
  constexpr std::int64_t n = 40000;
  for (const char* name : kPointSets) {
    const Examples examples = make(name)->draw(3, 0, n, -1);
    double mean[2] = {}, square = 0, fourth = 0;
    const std::span<const float> x = examples.x.span<float>();
    for (std::size_t i = 0; i < x.size(); i += 2) {
      mean[0] += x[i];
      mean[1] += x[i + 1];
      const double s = (double{x[i]} * x[i] + double{x[i + 1]} * x[i + 1]) / 2;
      square += s;
      fourth += s * s;
    }
    square /= n;
    const double error = std::sqrt((fourth / n - square * square) / n);
    EXPECT_NEAR(mean[0] / n, 0, 6 * 1.2 / std::sqrt(double{n})) << name;
    EXPECT_NEAR(mean[1] / n, 0, 6 * 1.2 / std::sqrt(double{n})) << name;
    EXPECT_NEAR(square, 1, 6 * error) << name;
  }
}

TEST(PointSets, AClassCanBeAskedFor) {
  for (const char* name : kPointSets) {
    const auto data = make(name);
    EXPECT_EQ(data->class_names.size(), static_cast<std::size_t>(data->classes));
    EXPECT_THROW(data->draw(1, 0, 5, data->classes), InputError) << name;
    if (data->classes == 0) continue;
    const Examples one = data->draw(1, 0, 50, data->classes - 1);
    for (const std::int32_t label : one.labels.span<std::int32_t>()) EXPECT_EQ(label, data->classes - 1) << name;
    const Examples all = data->draw(1, 0, 3000, -1);
    std::set<std::int32_t> seen;
    for (const std::int32_t label : all.labels.span<std::int32_t>()) seen.insert(label);
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(data->classes)) << name;
  }
}

TEST(PointSets, HashNamesWhatDecidesTheNumbers) {
  std::set<std::string> hashes;
  for (const char* name : kPointSets) {
    EXPECT_EQ(make(name)->hash, make(name)->hash);
    EXPECT_EQ(make(name)->hash.size(), 64u);
    hashes.insert(make(name)->hash);
  }
  hashes.insert(make("spiral", {{"noise", 0.05}})->hash);
  hashes.insert(make("moons", {{"noise", 0.06}})->hash);
  EXPECT_EQ(hashes.size(), std::size(kPointSets) + 2);
  EXPECT_THROW(make("spiral", {{"noise", -1.0}}), InputError);
  EXPECT_THROW(make("spirl"), InputError);
}

// Each arm's points lie on the curve: turned back by theta(r) they all point one way.
TEST(Spiral, ArmsAreWhereTheFormulaSays) {
  const auto data = make("spiral", {{"noise", 1e-3}, {"turns", 1.0}});
  ASSERT_EQ(data->classes, 3);
  ASSERT_TRUE(data->mixture);
  const double pi = std::acos(-1.0);
  // The scale from the law itself: mean of (inner + (1 - inner) s)^2 / 2 under weights proportional to the speed.
  double weight = 0, square = 0;
  for (int k = 0; k < 100; ++k) {
    const double s = (k + 0.5) / 100, r = 0.1 + 0.9 * s, speed = std::hypot(0.9, 2 * pi * r);
    weight += speed;
    square += speed * r * r / 2;
  }
  const double scale = 1 / std::sqrt(square / weight + 1e-6);
  for (int arm = 0; arm < 3; ++arm) {
    const Examples examples = data->draw(5, 0, 200, arm);
    const std::span<const float> x = examples.x.span<float>();
    for (std::size_t i = 0; i < x.size(); i += 2) {
      const double r = std::hypot(x[i], x[i + 1]) / scale, s = (r - 0.1) / 0.9;
      double turn = std::atan2(x[i + 1], x[i]) / (2 * pi) - arm / 3.0 - s;
      turn -= std::nearbyint(turn);
      // 6 standard deviations: noise along the radius moves s, and with it the angle by 2 pi / 0.9 a unit.
      EXPECT_LT(std::abs(turn) * 2 * pi * r, 6e-3 * std::hypot(1, 2 * pi * r / 0.9)) << "arm " << arm;
    }
  }
}

TEST(GaussianSet, DrawsHaveTheExactCovariance) {
  const auto data = make("gaussian", {{"dim", std::int64_t{3}}, {"condition", 9.0}, {"mean", 2.0}});
  ASSERT_EQ(data->exact.size(), 1u);
  const std::int64_t n = 50000;
  const Examples examples = data->draw(1, 0, n, -1);
  const std::span<const float> x = examples.x.span<float>();
  // S = H diag(s) H, s = (9, 3, 1) 3/13, H = I - 2/3.
  const double s[3] = {27.0 / 13, 9.0 / 13, 3.0 / 13};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      double expected = 0, sum = 0;
      for (std::size_t k = 0; k < 3; ++k) expected += ((i == k) - 2.0 / 3) * s[k] * ((j == k) - 2.0 / 3);
      for (std::size_t row = 0; row < static_cast<std::size_t>(n); ++row)
        sum += (x[row * 3 + i] - 2.0) * (x[row * 3 + j] - 2.0);
      EXPECT_NEAR(sum / n, expected, 6 * 2.5 / std::sqrt(double{n}));
    }
}

TEST(Pick, InvertsACumulativeSum) {
  const std::vector<double> sums = cumulated({1, 0, 3});
  EXPECT_EQ(pick(sums, 0.0), 0u);
  EXPECT_EQ(pick(sums, 0.2499), 0u);
  EXPECT_EQ(pick(sums, 0.25), 2u);
  EXPECT_EQ(pick(sums, 0.9999), 2u);
}

}  // namespace
}  // namespace ito::experiments
