// The laws of training times, by their moments; what stratifying keeps and what it changes.
#include "experiments/training/time_law.h"

#include <algorithm>
#include <cmath>

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

TEST(TimeLaw, NamesAreKnown) {
  for (const std::string& name : time_law_names())
    EXPECT_EQ(time_law_names()[static_cast<std::size_t>(time_law_from_name(name))], name);
  EXPECT_THROW(time_law_from_name("log_norma"), InputError);
}

}  // namespace
}  // namespace ito::experiments
