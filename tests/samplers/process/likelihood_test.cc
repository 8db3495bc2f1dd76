#include "samplers/process/likelihood.h"

#include "autograd/arithmetic.h"
#include "tests/samplers/analytic.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using testing_support::message_of;

double worst(const std::vector<double>& a, const std::vector<double>& b) { return test::difference(a, b); }

// Where alpha(to) = 0 the prior is exact: the closed-form density of the data themselves.
TEST(Likelihood, OfAGaussianIsItsDensity) {
  for (const std::int64_t d : {1, 3, 8}) {
    const auto gaussian = test::random_gaussian(d, 4);
    const Tensor x = test::points(5, d, 11);
    const NoiseLevel clean{1, 0};
    for (const char* name : {"flow", "trig"}) {
      const Likelihood found =
          log_likelihood(gaussian_denoiser(gaussian, make_path(name)), x, Time(0), Time(1), {}, {.steps = 200});
      EXPECT_LT(worst(found.log_density, gaussian->log_density(x, {&clean, 1})), 1e-8) << name << d;
      EXPECT_LT(found.error, 1e-6);
      EXPECT_TRUE(found.standard_error.empty());
      EXPECT_EQ(found.products, found.evaluations * d);
    }
  }
}

// On paths that keep some of the data at t_max, or begin with some noise: with the marginal there as the prior.
TEST(Likelihood, HoldsBetweenAnyTwoTimesOfAPath) {
  const auto gaussian = test::random_gaussian(3, 5);
  const Tensor x = test::points(4, 3, 12);
  struct Case {
    const char* path;
    double from, to;
  };
  for (const auto& [name, from, to] :
       {Case{"vp", 0, 1}, Case{"vp", 0.2, 0.7}, Case{"edm", 0.01, 80}, Case{"ve", 0.1, 0.9}, Case{"sub_vp", 0.1, 1}}) {
    const PathPtr path = make_path(name);
    const auto level = [&](double t) { return NoiseLevel{path->alpha(Time(t)), path->sigma(Time(t))}; };
    const NoiseLevel low = level(from), high = level(to);
    LikelihoodOptions options{.steps = 100};
    options.prior = [&](const Tensor& latent) { return gaussian->log_density(latent, {&high, 1}); };
    const Likelihood found = log_likelihood(gaussian_denoiser(gaussian, path), x, Time(from), Time(to), {}, options);
    EXPECT_LT(worst(found.log_density, gaussian->log_density(x, {&low, 1})), 1e-8) << name << from;
    EXPECT_LT(test::difference(found.latent, gaussian->flow(x, low, high)), 1e-8 * high.sigma + 1e-8) << name;
  }
  // The default prior N(0, sigma^2 I) is nearly that on vp.
  const NoiseLevel clean{1, 0};
  const auto standard = log_likelihood(gaussian_denoiser(gaussian, make_path("vp")), x, Time(0), Time(1)).log_density;
  EXPECT_LT(worst(standard, gaussian->log_density(x, {&clean, 1})), 0.1);
}

TEST(Likelihood, OfAMixtureIsItsDensityAndThatOfItsClass) {
  const auto mixture = std::make_shared<const GaussianMixture>(test::random_components(2, 4, 2, 0.3), 2);
  const Tensor x = test::points(6, 2, 13, 1.0);
  const NoiseLevel clean{1, 0};
  const Denoiser denoiser = mixture_denoiser(mixture, make_path("flow"));
  const Likelihood found = log_likelihood(denoiser, x, Time(0), Time(1), {}, {.steps = 300});
  EXPECT_LT(worst(found.log_density, mixture->log_density(x, {&clean, 1})), 1e-8);
  const Tensor labels = Tensor::from(std::vector<std::int32_t>{0, 1, -1, 0, 1, 1}, {6});
  const Likelihood conditional = log_likelihood(denoiser, x, Time(0), Time(1), labels, {.steps = 300});
  EXPECT_LT(worst(conditional.log_density, mixture->log_density(x, {&clean, 1}, labels)), 1e-8);
}

// A denoiser that predicts eps, whose vjp is of eps.
TEST(Likelihood, ReadsWhateverTheModelPredicts) {
  const auto gaussian = test::random_gaussian(3, 6);
  const PathPtr path = make_path("flow");
  const Denoiser of_x0 = gaussian_denoiser(gaussian, path);
  Denoiser of_eps = of_x0;
  of_eps.prediction = Prediction::eps;
  of_eps.flow = {};
  of_eps.evaluate = [=](const Query& query) {
    const Tensor x0 = of_x0.evaluate(query).prediction;
    return Answer{convert(*path, query.times, query.x, x0, Prediction::sample, Prediction::eps), {}};
  };
  of_eps.vjp = [=](const Query& query, const Tensor& v) {
    const double alpha = path->alpha(Time(query.times[0])), sigma = path->sigma(Time(query.times[0]));
    return combine({{1 / sigma, v}, {-alpha / sigma, of_x0.vjp(query, v)}});
  };
  const Tensor x = test::points(4, 3, 14);
  const auto a = log_likelihood(of_x0, x, Time(0.02), Time(0.9)).log_density;
  EXPECT_LT(worst(a, log_likelihood(of_eps, x, Time(0.02), Time(0.9)).log_density), 1e-10);
}

TEST(Likelihood, HutchinsonsEstimateIsWithinItsStandardError) {
  const std::int64_t d = 24;
  const auto gaussian = test::random_gaussian(d, 7);
  const Tensor x = test::points(3, d, 15);
  const Denoiser denoiser = gaussian_denoiser(gaussian, make_path("flow"));
  const Likelihood exact = log_likelihood(denoiser, x, Time(0), Time(1), {}, {.steps = 48});
  double rademacher = 0, gaussian_error = 0;
  for (const ProbeLaw law : {ProbeLaw::rademacher, ProbeLaw::gaussian}) {
    const LikelihoodOptions options{.steps = 48, .probes = 64, .probe_law = law, .seed = 3};
    const Likelihood found = log_likelihood(denoiser, x, Time(0), Time(1), {}, options);
    ASSERT_EQ(found.standard_error.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GT(found.standard_error[i], 1e-3);
      EXPECT_LT(found.standard_error[i], 10.0);
      EXPECT_NEAR(found.log_density[i], exact.log_density[i], 4 * found.standard_error[i]);
    }
    (law == ProbeLaw::rademacher ? rademacher : gaussian_error) = found.standard_error[0];
  }
  EXPECT_LT(rademacher, gaussian_error);  // its variance leaves the diagonal out
}

TEST(Likelihood, OfASampleDoesNotDependOnItsBatch) {
  const auto gaussian = test::random_gaussian(5, 8);
  const Tensor x = test::points(6, 5, 16);
  const Denoiser denoiser = gaussian_denoiser(gaussian, make_path("flow"));
  for (const int probes : {0, 3}) {
    const auto all = log_likelihood(denoiser, x, Time(0), Time(1), {}, {.steps = 8, .probes = probes}).log_density;
    for (std::int64_t i = 0; i < 6; ++i) {
      const LikelihoodOptions options{.steps = 8, .probes = probes, .first_sample = i};
      const auto one = log_likelihood(denoiser, x.slice_first(i, i + 1), Time(0), Time(1), {}, options).log_density;
      EXPECT_EQ(one.front(), all[static_cast<std::size_t>(i)]) << probes;
    }
  }
}

TEST(Likelihood, BitsPerDimension) {
  // 256 values to a unit, density 1 on the unit cube: 8 bits; a density of 2^D: 7.
  const std::vector<double> densities = {0.0, 10 * std::log(2.0)};
  const std::vector<double> bits = bits_per_dimension(densities, 10, 256);
  EXPECT_NEAR(bits[0], 8.0, 1e-14);
  EXPECT_NEAR(bits[1], 7.0, 1e-14);
}

TEST(Likelihood, RefusesWhatHasNone) {
  const PathPtr path = make_path("flow");
  const Denoiser plain = testing_support::mixture_denoiser(testing_support::kTwoLumps, path);
  const Tensor x = test::points(2, 2, 17);
  EXPECT_EQ(message_of([&] { log_likelihood(plain, x, Time(0), Time(1)); }),
            "log_likelihood: denoiser 'mixture' has no vjp, of which the divergence is made");
  const Denoiser denoiser = gaussian_denoiser(test::random_gaussian(2, 9), path);
  EXPECT_EQ(message_of([&] { log_likelihood(denoiser, x, Time(0.5), Time(0.5)); }),
            "log_likelihood: from 0.5 to 0.5; expected rising times of path 'flow', 0 to 1");
}

}  // namespace
}  // namespace ito
