#include "kernels/core/error.h"
#include "samplers/exact/gaussian.h"
#include "samplers/exact/reference_solution.h"
#include "tests/experiments/metrics/support.h"
#include "tests/samplers/analytic.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// tests/samplers/analytic.h's own mixture, as the library's.
std::shared_ptr<const GaussianMixture> as_law(const testing_support::Mixture& mixture) {
  std::vector<FullComponent> components;
  for (std::size_t k = 0; k < mixture.size(); ++k) {
    const double v = static_cast<double>(mixture[k].deviation * mixture[k].deviation);
    components.push_back({static_cast<double>(mixture[k].weight),
                          static_cast<std::int32_t>(k),
                          {mixture[k].mean.begin(), mixture[k].mean.end()},
                          {v, 0, 0, v}});
  }
  return std::make_shared<const GaussianMixture>(components, static_cast<int>(mixture.size()));
}

class ExactError : public testing::Test {
 protected:
  ExactError() {
    asked_.data.hash = "law";
    asked_.samples = some_points(kCount, 2, 1);
    start_ = some_points(kCount, 2, 2);
  }

  MetricInput input(const Denoiser& exact) const {
    MetricInput input = asked_.input();
    input.exact = &exact;
    input.path = exact.path;
    input.grid = &grid_;
    input.start = &start_;
    return input;
  }
  MetricValue of(const Metric& metric, const Denoiser& exact) { return measured(metric, input(exact))["exact_error"]; }
  // rms over the first n samples of |x_i - (where sample i's noise is carried)|, by `carry`.
  double plain(const std::function<std::vector<long double>(std::vector<long double>, int)>& carry, int n) const {
    const auto x = exactly(asked_.samples), begin = exactly(start_);
    long double sum = 0;
    for (int i = 0; i < n; ++i) sum += square(x, i, carry({begin[2 * i], begin[2 * i + 1]}, i), 0, 2);
    return static_cast<double>(std::sqrt(sum / n));
  }

  static constexpr int kCount = 12;
  const PathPtr vp_ = make_path("vp");
  Grid grid_{*vp_, {0.9, 0.5, 0.1}, "grid 'test'"};
  Tensor start_;
  Asked asked_;
};

// N(m, S I): x_s = alpha_s m + sqrt(V_s / V_t) (x_t - alpha_t m).
TEST_F(ExactError, OnAGaussianIsTheClosedForm) {
  const double m[] = {0.6, -0.3}, variance = 0.25;
  const Denoiser exact = gaussian_denoiser(
      std::make_shared<const Gaussian>(std::vector<double>{m[0], m[1]}, std::vector<double>{variance, 0, 0, variance}),
      vp_);
  const auto carry = [&](std::vector<long double> x, int) {
    const auto v = [&](Time t) { return std::pow(vp_->alpha(t), 2) * variance + std::pow(vp_->sigma(t), 2); };
    const Time t(0.9), s(0.1);
    for (int e = 0; e < 2; ++e) x[e] = vp_->alpha(s) * m[e] + std::sqrt(v(s) / v(t)) * (x[e] - vp_->alpha(t) * m[e]);
    return x;
  };
  const MetricValue found = of(metric_of("exact_error"), exact);
  EXPECT_NEAR(found.value, plain(carry, kCount), 1e-12);
  EXPECT_EQ(*found.floor, 0) << "a closed form has no error of its own";
  EXPECT_TRUE(found.distance);
  EXPECT_NEAR(of(metric_of("exact_error", {{"compared", std::int64_t{5}}}), exact).value, plain(carry, 5), 1e-12);
}

// A mixture, conditioned and not, against the long double integrator in lambda of tests/samplers/analytic.h.
TEST_F(ExactError, OnAMixtureIsWithinItsFloorOfTheTruth) {
  using testing_support::kTwoLumps;
  const Denoiser exact = mixture_denoiser(as_law(kTwoLumps), vp_);
  for (const bool conditioned : {false, true}) {
    std::vector<std::int32_t> asked;
    for (int i = 0; i < kCount; ++i) asked.push_back(i % 2);
    asked_.condition = conditioned ? labels(asked) : Tensor();
    const double truth = plain(
        [&](std::vector<long double> x, int i) {
          const testing_support::Mixture one = {kTwoLumps[i % 2]};
          return testing_support::exact_flow(conditioned ? one : kTwoLumps, *vp_, Time(0.9), Time(0.1), x);
        },
        kCount);
    const MetricValue fine = of(metric_of("exact_error"), exact);
    EXPECT_NEAR(fine.value, truth, std::min(*fine.floor, 1e-7)) << conditioned;
    EXPECT_LT(*fine.floor, 1e-6);
    const MetricValue coarse = of(metric_of("exact_error", {{"tolerance", 1e-4}}), exact);
    EXPECT_LT(std::abs(coarse.value - truth), *coarse.floor);
    EXPECT_GT(*coarse.floor, *fine.floor);
  }
}

// The floor is the length of the reference's error, as the value is a length: sqrt(D) times its rms over elements.
TEST_F(ExactError, TheFloorIsTheReferencesOwnError) {
  const Denoiser exact = mixture_denoiser(as_law(testing_support::kTwoLumps), vp_);
  const ReferenceSolution solved = reference_solution(exact, start_, Time(0.9), Time(0.1), {}, {.tolerance = 1e-5});
  asked_.samples = solved.x.to(DType::f32);
  const MetricValue found = of(metric_of("exact_error", {{"tolerance", 1e-5}}), exact);
  EXPECT_EQ(*found.floor, solved.error * std::sqrt(2.0));
  EXPECT_LT(found.value, 1e-6) << "the reference itself, rounded to float";
}

TEST_F(ExactError, HoldsAGuidedSamplerAgainstTheGuidedSolution) {
  const Denoiser exact = mixture_denoiser(as_law(testing_support::kTwoLumps), vp_);
  const Denoiser guided = make_guidance("cfg", exact, {{"w", 3.0}});
  asked_.condition = labels(std::vector<std::int32_t>(kCount, 1));
  asked_.samples = reference_solution(guided, start_, Time(0.9), Time(0.1), asked_.condition).x.to(DType::f32);
  MetricInput with = input(exact);
  with.exact_guided = &guided;
  with.exact_key = "w 3";
  const Metric metric = metric_of("exact_error");
  EXPECT_LT(measured(metric, with)["exact_error"].value, 1e-6);
  EXPECT_GT(of(metric, exact).value, 0.1) << "without the guidance the samples are elsewhere";
  // Another weight is another solution, whether it is remembered under its own key or under none.
  Denoiser stronger = make_guidance("cfg", exact, {{"w", 5.0}});
  stronger.name = guided.name;  // a rule need not tell its parameters in its name
  for (const char* key : {"w 5", ""}) {
    with.exact_guided = &stronger;
    with.exact_key = key;
    EXPECT_GT(measured(metric, with)["exact_error"].value, 0.1) << key;
  }
}

// Paths whose clock ends above sigma = 0 are solved on one that does not, down to the clean end itself.
TEST_F(ExactError, ReachesTheCleanEndOfEveryPath) {
  const testing_support::Mixture gaussian = {{1.0L, {0.6L, -0.3L}, 0.5L}};
  const Denoiser whole = mixture_denoiser(as_law(gaussian), make_path("trig"));  // no closed flow: integrated
  for (const char* name : {"edm", "ve", "laplace", "vp"}) {
    const PathPtr path = make_path(name);
    const Time from(name == std::string("edm") ? 3.0 : 0.7);
    const Grid grid(*path, {from.value, path->clean_end().value}, "grid 'test'");
    const double a = path->alpha(from), v = a * a * 0.25 + path->sigma(from) * path->sigma(from);
    const auto carry = [&](std::vector<long double> x, int) {
      for (int e = 0; e < 2; ++e) {
        const double m = e == 0 ? 0.6 : -0.3;
        x[e] = m + std::sqrt(0.25 / v) * (x[e] - a * m);
      }
      return x;
    };
    MetricInput with = input(whole);
    with.exact_guided = &whole;
    with.path = path;
    with.grid = &grid;
    const MetricValue found = measured(metric_of("exact_error"), with)["exact_error"];
    EXPECT_NEAR(found.value, plain(carry, kCount), 1e-8) << name;
    EXPECT_LT(*found.floor, 1e-6) << name;
  }
}

TEST_F(ExactError, WhatIsRememberedIsTheRightSolution) {
  const Metric metric = metric_of("exact_error");
  const Denoiser exact = mixture_denoiser(as_law(testing_support::kTwoLumps), vp_);
  std::vector<double> found{of(metric, exact).value};
  const auto again = [&] { found.push_back(of(metric, exact).value); };
  asked_.data.hash = "another law";
  again();
  EXPECT_EQ(found[0], found[1]) << "the name alone changed";
  const Tensor start = start_;
  start_ = some_points(kCount, 2, 7);
  again();
  start_ = start;
  grid_ = Grid(*vp_, {0.9, 0.2}, "grid 'test'");
  again();
  grid_ = Grid(*vp_, {0.8, 0.1}, "grid 'test'");
  again();
  asked_.condition = labels(std::vector<std::int32_t>(kCount, 0));
  again();
  for (std::size_t i = 1; i < found.size(); ++i)
    for (std::size_t j = i + 1; j < found.size(); ++j) EXPECT_NE(found[i], found[j]) << i << " " << j;
}

TEST_F(ExactError, SaysWhatIsMissing) {
  const Metric metric = metric_of("exact_error");
  EXPECT_EQ(metric.lacks(asked_.data), "exact formula");
  EXPECT_EQ(refusal([&] { metric(asked_.input()); }),
            "exact_error: the noise that the samples started from is not known; a run knows its own");
  const Denoiser unlabelled = gaussian_denoiser(test::random_gaussian(2), vp_);
  asked_.condition = labels(std::vector<std::int32_t>(kCount, 0));
  EXPECT_EQ(refusal([&] { of(metric, unlabelled); }),
            "exact_error: the samples were asked for by class, and the formula 'gaussian' knows none; expected "
            "sampling.condition = \"none\"");
}

}  // namespace
}  // namespace ito::experiments
