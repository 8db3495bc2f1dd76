#include "samplers/prediction.h"

#include "autograd/arithmetic.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

constexpr Prediction kAll[] = {Prediction::eps, Prediction::sample, Prediction::v, Prediction::score,
                               Prediction::velocity};

// What each prediction is for a known x_0 and eps.
double value_of(Prediction kind, const Path& path, Time t, double x0, double eps) {
  switch (kind) {
    case Prediction::eps:
      return eps;
    case Prediction::sample:
      return x0;
    case Prediction::v:
      return path.alpha(t) * eps - path.sigma(t) * x0;
    case Prediction::score:
      return -eps / path.sigma(t);
    case Prediction::velocity:
      return path.d_alpha(t) * x0 + path.d_sigma(t) * eps;
  }
  return 0;
}

std::vector<double> inner_times(const std::string& path) {
  if (path == "edm") return {0.002, 0.1, 1.0, 80.0};
  return {1e-6, 0.0017, 0.1, 0.5, 0.9, 0.999};
}

TEST(Prediction, NamesRoundTrip) {
  for (const Prediction kind : kAll) EXPECT_EQ(prediction_from_name(prediction_name(kind)), kind);
  EXPECT_EQ(prediction_from_name("x0"), Prediction::sample);
  EXPECT_EQ(prediction_from_name("u"), Prediction::velocity);
  EXPECT_FALSE(prediction_from_name("epsilon").has_value());
}

TEST(Prediction, EveryConversionTellsTheTruthOnEveryPath) {
  const double x0 = 0.7, eps = -1.3;
  for (const std::string& name : testing_support::all_paths()) {
    const PathPtr path = make_path(name);
    for (const double time : inner_times(name))
      for (const Prediction from : kAll)
        for (const Prediction to : kAll) {
          const Time t(time);
          const double x = path->alpha(t) * x0 + path->sigma(t) * eps;
          const double given = value_of(from, *path, t, x0, eps);
          const double expected = value_of(to, *path, t, x0, eps);
          const Conversion c = conversion(*path, t, from, to);
          // The error of a linear form: a few ULP of each of its terms, which may cancel.
          const double terms = std::abs(c.x * x) + std::abs(c.prediction * given) + std::abs(expected);
          EXPECT_NEAR(c.x * x + c.prediction * given, expected, 1e-14 * terms)
              << name << " t " << time << " " << prediction_name(from) << " -> " << prediction_name(to);
        }
  }
}

TEST(Prediction, RoundTripsAreTheIdentity) {
  for (const std::string& name : testing_support::all_paths()) {
    const PathPtr path = make_path(name);
    for (const double time : inner_times(name))
      for (const Prediction from : kAll)
        for (const Prediction to : kAll) {
          const Conversion there = conversion(*path, Time(time), from, to);
          const Conversion back = conversion(*path, Time(time), to, from);
          const double of_x = back.x + back.prediction * there.x;
          const double of_p = back.prediction * there.prediction;
          EXPECT_NEAR(of_p, 1.0, 1e-13) << name << time << prediction_name(from) << prediction_name(to);
          EXPECT_NEAR(of_x, 0.0, 1e-13 * (1 + std::abs(back.x)))
              << name << time << prediction_name(from) << prediction_name(to);
        }
  }
}

// "-" refused; otherwise what the form is, from a clean start x = x_0 (sigma = 0) or pure noise x = eps (alpha = 0).
TEST(Prediction, LimitsAtTheEnds) {
  const auto defined = [](const char* path, double t, Prediction from) {
    std::string row;
    for (const Prediction to : kAll) {
      try {
        const Conversion c = conversion(*make_path(path), Time(t), from, to);
        row += std::isfinite(c.x) && std::isfinite(c.prediction) ? '+' : '!';
      } catch (const InputError&) {
        row += '-';
      }
    }
    return row;
  };
  // columns: eps, sample, v, score, velocity
  for (const char* path : {"vp", "cosine", "ddpm_linear", "scaled_linear", "sigmoid"}) {  // sigma' infinite
    EXPECT_EQ(defined(path, 0.0, Prediction::eps), "+++--") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::sample), "-+---") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::v), "+++--") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::score), "+++++") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::velocity), "-+--+") << path;
  }
  for (const char* path : {"flow", "edm", "sub_vp", "trig"}) {  // sigma' finite
    EXPECT_EQ(defined(path, 0.0, Prediction::eps), "+++-+") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::sample), "-+---") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::v), "+++-+") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::score), "+++++") << path;
    EXPECT_EQ(defined(path, 0.0, Prediction::velocity), "+++-+") << path;
  }
  for (const char* path : {"flow", "cosine", "trig"}) {  // alpha = 0
    EXPECT_EQ(defined(path, 1.0, Prediction::eps), "+--+-") << path;
    EXPECT_EQ(defined(path, 1.0, Prediction::sample), "+++++") << path;
    EXPECT_EQ(defined(path, 1.0, Prediction::v), "+++++") << path;
    EXPECT_EQ(defined(path, 1.0, Prediction::score), "+--+-") << path;
    EXPECT_EQ(defined(path, 1.0, Prediction::velocity), "+++++") << path;
  }
  // x_0 of a clean state is the state itself.
  for (const Prediction from : {Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity}) {
    const Conversion c = conversion(*make_path("vp"), Time(0.0), from, Prediction::sample);
    EXPECT_EQ(c.x, 1.0);
    EXPECT_EQ(c.prediction, 0.0);
  }
  // u from the score at t = 0 of vp: f x - beta_min/2 score.
  const Conversion u = conversion(*make_path("vp"), Time(0.0), Prediction::score, Prediction::velocity);
  EXPECT_DOUBLE_EQ(u.x, -0.05);
  EXPECT_DOUBLE_EQ(u.prediction, -0.05);
}

TEST(Prediction, RefusalsNameConversionPathAndTime) {
  try {
    conversion(*make_path("flow"), Time(1.0), Prediction::eps, Prediction::sample);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "on path 'flow' at time 1 (alpha 0, sigma 1) a predicted eps does not determine sample");
  }
}

TEST(Prediction, ConvertsBatchesAtOneTimeOrMany) {
  const PathPtr path = make_path("vp");
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor p = Tensor::from(std::vector<float>{-1, 0.5f, 2, 0.25f, -3, 1}, {3, 2});
  const std::vector<double> times = {0.1, 0.5, 0.9};
  const Tensor each = convert(*path, times, x, p, Prediction::eps, Prediction::sample);
  for (int n = 0; n < 3; ++n) {
    // One time for the whole batch gives sample n the same bits.
    const Tensor common =
        convert(*path, {&times[static_cast<std::size_t>(n)], 1}, x, p, Prediction::eps, Prediction::sample);
    for (int e = 2 * n; e < 2 * n + 2; ++e)
      EXPECT_EQ(each.span<float>()[static_cast<std::size_t>(e)], common.span<float>()[static_cast<std::size_t>(e)]);
  }
  EXPECT_THROW(convert(*path, {times.data(), 2}, x, p, Prediction::eps, Prediction::sample), InputError);
}

}  // namespace
}  // namespace ito
