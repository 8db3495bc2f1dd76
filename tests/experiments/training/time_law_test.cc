// The laws of training times, by their moments; what stratifying keeps and what it changes.
#include "experiments/training/time_law.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "kernels/core/error.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kCount = 20000;
constexpr double kLowest = 1e-3;

std::vector<double> drawn(const TimeLawOptions& options, const Path& path) {
  return training_times(options, path, kLowest, 1, 1, 3, 0, kCount, kCount);
}

template <class F>
double mean(const std::vector<double>& times, const F& f) {
  double sum = 0;
  for (const double t : times) sum += f(t);
  return sum / static_cast<double>(times.size());
}

TEST(TimeLaw, TimesFollowTheirLaw) {
  const PathPtr path = make_path("vp");
  const double most = path->lambda(Time(kLowest)).value, least = path->lambda(Time(1)).value;
  const double root = std::sqrt(static_cast<double>(kCount));
  const auto lambda = [&](double t) { return path->lambda(Time(t)).value; };
  const auto same = [](double t) { return t; };
  for (const bool stratified : {false, true}) {
    const auto times_of = [&](TimeLaw law) {
      const std::vector<double> times = drawn({.law = law, .stratified = stratified}, *path);
      for (const double t : times) EXPECT_TRUE(t >= kLowest && t <= 1) << t;
      return times;
    };
    EXPECT_NEAR(mean(times_of(TimeLaw::uniform), same), (kLowest + 1) / 2, 6 / std::sqrt(12.0) / root);
    EXPECT_NEAR(mean(times_of(TimeLaw::discrete), same), 1001.0 / 2000, 6 / std::sqrt(12.0) / root);
    EXPECT_NEAR(mean(times_of(TimeLaw::lambda), lambda), (most + least) / 2,
                6 * (most - least) / std::sqrt(12.0) / root);
    // Held inside the range: the tails beyond -5 and 4.6 shift the mean by less than 0.01.
    EXPECT_NEAR(mean(times_of(TimeLaw::log_normal), lambda), 1.2, 6 * 1.2 / root + 0.01);
    EXPECT_NEAR(mean(times_of(TimeLaw::logit_normal), same), 0.5, 6 * 0.21 / root);
    // The variance of the logit-normal(0, 1) is 0.0433 (by quadrature).
    EXPECT_NEAR(mean(times_of(TimeLaw::logit_normal), [](double t) { return (t - 0.5) * (t - 0.5); }), 0.0433, 0.0025);
  }
}

TEST(TimeLaw, ParametersMoveIt) {
  const PathPtr path = make_path("flow");
  const auto log_sigma = [&](double t) { return -path->lambda(Time(t)).value; };
  EXPECT_NEAR(
      mean(drawn({.law = TimeLaw::log_normal, .log_normal_mean = 0.5, .log_normal_std = 0.25}, *path), log_sigma), 0.5,
      6 * 0.25 / std::sqrt(static_cast<double>(kCount)));
  const auto logit = [](double t) { return std::log(t / (1 - t)); };
  EXPECT_NEAR(
      mean(drawn({.law = TimeLaw::logit_normal, .logit_normal_mean = -1, .logit_normal_std = 0.5}, *path), logit), -1,
      6 * 0.5 / std::sqrt(static_cast<double>(kCount)));
}

TEST(TimeLaw, DiscreteTimesAreThoseOfDdpm) {
  const PathPtr path = make_path("ddpm_linear");
  std::vector<int> seen(11);
  for (const double t : drawn({.law = TimeLaw::discrete, .timesteps = 10}, *path)) {
    const double i = t * 10;
    ASSERT_NEAR(i, std::round(i), 1e-12);
    ++seen[static_cast<std::size_t>(std::lround(i))];
  }
  EXPECT_EQ(seen[0], 0);
  for (std::size_t i = 1; i <= 10; ++i) EXPECT_NEAR(seen[i], kCount / 10, 6 * std::sqrt(kCount * 0.09));
}

TEST(TimeLaw, StrataShareOutTheBatch) {
  const PathPtr path = make_path("vp");
  std::vector<double> times =
      training_times({.law = TimeLaw::uniform, .stratified = true}, *path, 0.25, 1, 7, 2, 0, 40, 40);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_GE(times[i], 0.25 + 0.75 * static_cast<double>(i) / 40);
    EXPECT_LE(times[i], 0.25 + 0.75 * static_cast<double>(i + 1) / 40);
  }
  // A shard of the batch is the same numbers.
  const std::vector<double> shard =
      training_times({.law = TimeLaw::uniform, .stratified = true}, *path, 0.25, 1, 7, 2, 16, 8, 40);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(shard[i], times[16 + i]);
}

// Stratified, the k-th smallest of N times is the law's quantile at a number in [(k - 1)/N, k/N]: every quantile of the
// closed form is met to 1/N.
TEST(TimeLaw, StratifiedTimesAreTheQuantiles) {
  const PathPtr path = make_path("flow");
  const double lowest = 0.02, highest = 0.98;
  const auto standard_normal = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const auto log_ratio = [](double t) { return std::log(t / (1 - t)); };  // log(sigma/alpha), and logit
  struct Law {
    TimeLawOptions options;
    std::function<double(double)> cumulative;  // probability of a time below t, inside the range
  };
  const std::vector<Law> laws = {
      {{.law = TimeLaw::uniform}, [&](double t) { return (t - lowest) / (highest - lowest); }},
      {{.law = TimeLaw::lambda},
       [&](double t) { return (log_ratio(t) - log_ratio(lowest)) / (log_ratio(highest) - log_ratio(lowest)); }},
      {{.law = TimeLaw::log_normal, .log_normal_mean = -0.4, .log_normal_std = 1.0},
       [&](double t) { return standard_normal((log_ratio(t) + 0.4) / 1.0); }},
      {{.law = TimeLaw::logit_normal, .logit_normal_mean = 0.3, .logit_normal_std = 0.8},
       [&](double t) { return standard_normal((log_ratio(t) - 0.3) / 0.8); }}};
  constexpr std::int64_t kStrata = 1000;
  for (Law law : laws) {
    law.options.stratified = true;
    std::vector<double> times = training_times(law.options, *path, lowest, highest, 11, 4, 0, kStrata, kStrata);
    std::sort(times.begin(), times.end());
    const std::string& name = time_law_names()[static_cast<std::size_t>(law.options.law)];
    for (std::int64_t k = 0; k < kStrata; ++k) {
      const double t = times[static_cast<std::size_t>(k)];
      if (t == lowest || t == highest) continue;  // held inside the range
      EXPECT_GE(law.cumulative(t), static_cast<double>(k) / kStrata - 1e-9) << name << " " << k;
      EXPECT_LE(law.cumulative(t), static_cast<double>(k + 1) / kStrata + 1e-9) << name << " " << k;
    }
  }
  std::vector<double> discrete = training_times({.law = TimeLaw::discrete, .stratified = true, .timesteps = 20}, *path,
                                                1e-9, 1, 3, 1, 0, 200, 200);
  std::sort(discrete.begin(), discrete.end());
  for (std::size_t k = 0; k < 200; ++k) EXPECT_EQ(discrete[k], static_cast<double>(k / 10 + 1) / 20);
}

// What is listed is what a recipe may name, with the parameters of training.* and their defaults.
TEST(TimeLaw, EveryLawIsListed) {
  std::vector<std::string> listed, known = time_law_names();
  for (const Entry* entry : entries_of("training_time")) {
    listed.push_back(entry->name);
    EXPECT_FALSE(entry->summary.empty() || entry->formula.empty() || entry->paper.empty()) << entry->name;
  }
  known.push_back("stratified");
  std::sort(known.begin(), known.end());
  EXPECT_EQ(listed, known);
  EXPECT_EQ(maker<TimeLaw>("log_normal"), TimeLaw::log_normal);
  EXPECT_EQ(maker<TimeLaw>("stratified"), std::nullopt);
  const Parameters log_normal(find_entry("training_time", "log_normal"), {});
  EXPECT_EQ(log_normal.number("log_normal_mean"), TimeLawOptions{}.log_normal_mean);
  EXPECT_FALSE(log_normal.boolean("stratified"));
  EXPECT_THROW(time_law_from_name("stratified"), InputError);
}

TEST(TimeLaw, NamesAreKnown) {
  for (const std::string& name : time_law_names())
    EXPECT_EQ(time_law_names()[static_cast<std::size_t>(time_law_from_name(name))], name);
  EXPECT_THROW(time_law_from_name("log_norma"), InputError);
}

}  // namespace
}  // namespace ito::experiments
