#include <cfloat>
#include <numbers>

#include "samplers/factories.h"

namespace ito {
namespace {

const std::vector<std::string> kAllPaths = {"ddpm_linear", "cosine", "vp", "flow", "edm"};

// Independent statements of alpha and sigma in 64-bit mantissas, from libm's long double functions.
struct Marginal {
  long double alpha, sigma;
};

Marginal variance_preserving(long double log_alpha) { return {expl(log_alpha), sqrtl(-expm1l(2 * log_alpha))}; }

Marginal closed_form(const std::string& name, long double t) {
  const long double pi = std::numbers::pi_v<long double>;
  if (name == "vp") return variance_preserving(-t * t * (20.0L - 0.1L) / 4 - t * 0.1L / 2);
  if (name == "flow") return {1 - t, t};
  if (name == "edm") return {1, t};
  if (name == "cosine") {
    const auto root_f = [&](long double time) { return cosl((time + 0.008L) / 1.008L * pi / 2); };
    // 1 - cos^2 a/cos^2 b through tan: sigma^2 = (tan^2 a - tan^2 b)/(1 + tan^2 a)
    const long double a = (t + 0.008L) / 1.008L * pi / 2, b = 0.008L / 1.008L * pi / 2;
    const long double difference = sinl(t / 1.008L * pi / 2) / (cosl(a) * cosl(b)) * (tanl(a) + tanl(b));
    return {root_f(t) / root_f(0), sqrtl(difference) * cosl(a)};
  }
  long double log_abar = 0;  // ddpm_linear: t = place / 1000
  const long double place = t * 1000;
  for (int i = 0; i < 1000; ++i) {
    const long double part = std::min(std::max(place - i, 0.0L), 1.0L);
    log_abar += part * log1pl(-(1e-4L + i * (0.02L - 1e-4L) / 999));
  }
  return variance_preserving(log_abar / 2);
}

std::vector<double> probe_times(const std::string& name) {
  if (name == "edm") return {0.002, 0.0021, 0.05, 0.5, 1.0, 7.5, 79.0, 80.0};
  return {1e-9, 1e-6, 0.0004, 0.001, 0.0123, 0.1, 0.25, 0.5, 0.654321, 0.9, 0.999, 0.9999995};
}

TEST(Paths, AlphaAndSigmaEqualTheirClosedForms) {
  for (const std::string& name : kAllPaths) {
    const PathPtr path = make_path(name);
    for (const double t : probe_times(name)) {
      const auto [alpha, sigma] = closed_form(name, t);
      // log alpha, sin and the like are good to some ULP of double; near alpha = 0 the error is relative to log alpha
      // (at most 5), so 40 ULP cover all.
      const double tolerance = 40 * DBL_EPSILON;
      EXPECT_NEAR(static_cast<double>(path->alpha(Time(t)) / alpha), 1.0,
                  name == "cosine" && t > 0.99 ? 1e-9 : tolerance)
          << name << " " << t;
      EXPECT_NEAR(static_cast<double>(path->sigma(Time(t)) / sigma), 1.0, tolerance) << name << " " << t;
      EXPECT_NEAR(path->lambda(Time(t)).value, static_cast<double>(logl(alpha / sigma)),
                  name == "cosine" && t > 0.99 ? 1e-9 : 40 * DBL_EPSILON * (1 + std::abs(path->lambda(Time(t)).value)))
          << name << " " << t;
    }
  }
}

TEST(Paths, EndsAreExact) {
  for (const std::string name : {"ddpm_linear", "cosine", "vp", "flow"}) {
    const PathPtr path = make_path(name);
    EXPECT_EQ(path->t_min().value, 0.0);
    EXPECT_EQ(path->t_max().value, 1.0);
    EXPECT_EQ(path->alpha(Time(0.0)), 1.0) << name;
    EXPECT_EQ(path->sigma(Time(0.0)), 0.0) << name;
    EXPECT_TRUE(path->clean_at_min()) << name;
    EXPECT_EQ(path->lambda(Time(0.0)).value, INFINITY) << name;
    EXPECT_EQ(path->time(Lambda(INFINITY)).value, 0.0) << name;
  }
  for (const std::string name : {"cosine", "flow"}) {
    EXPECT_EQ(make_path(name)->alpha(Time(1.0)), 0.0) << name;
    EXPECT_NEAR(make_path(name)->sigma(Time(1.0)), 1.0, 2 * DBL_EPSILON) << name;
    EXPECT_EQ(make_path(name)->lambda(Time(1.0)).value, -INFINITY) << name;
    EXPECT_NEAR(make_path(name)->time(Lambda(-INFINITY)).value, 1.0, 2 * DBL_EPSILON) << name;
  }
  EXPECT_FALSE(make_path("edm")->clean_at_min());
  EXPECT_EQ(make_path("edm")->sigma(Time(0.0)), 0.0);
}

// MATHS.md section 1: abar at the noisy end.
TEST(Paths, TerminalValuesAreThePublishedOnes) {
  const auto abar = [](const char* name) { return std::pow(make_path(name)->alpha(Time(1.0)), 2); };
  EXPECT_NEAR(abar("ddpm_linear"), 4.036e-5, 5e-9);
  EXPECT_NEAR(abar("vp"), 4.319e-5, 5e-9);
  EXPECT_EQ(abar("cosine"), 0.0);
  // Improved DDPM's capped discrete schedule ends at 2.4e-9: abar(998/1000) (1 - 0.999).
  EXPECT_NEAR(std::pow(make_path("cosine")->alpha(Time(0.999)), 2) * 0.001, 2.4e-9, 5e-11);
  // The betas are those of the discrete schedule: 1 - abar_i/abar_{i-1}.
  const PathPtr ddpm = make_path("ddpm_linear");
  for (int i = 0; i < 1000; i += 37) {
    const double log_ratio =
        2 * (std::log(ddpm->alpha(Time((i + 1) / 1000.0))) - std::log(ddpm->alpha(Time(i / 1000.0))));
    EXPECT_NEAR(-std::expm1(log_ratio), 1e-4 + i * (0.02 - 1e-4) / 999, 1e-14) << i;
  }
}

TEST(Paths, DerivativesEqualFiniteDifferences) {
  for (const std::string& name : kAllPaths) {
    const PathPtr path = make_path(name);
    for (const double t : name == "edm" ? std::vector<double>{0.01, 0.5, 2.0, 60.0}
                                        : std::vector<double>{0.00055, 0.0205, 0.1503, 0.5004, 0.7506, 0.9897}) {
      const long double d = 1e-5L * (name == "edm" ? t : std::min(t, 1 - t));  // stays inside ddpm_linear's cell
      const auto slope = [&](auto f) {
        return static_cast<double>((f(closed_form(name, t + d)) - f(closed_form(name, t - d))) / (2 * d));
      };
      const double d_alpha = slope([](const Marginal& m) { return m.alpha; });
      const double d_sigma = slope([](const Marginal& m) { return m.sigma; });
      const double d_lambda = slope([](const Marginal& m) { return logl(m.alpha / m.sigma); });
      // Central differences: d^2/6 f''' is below 1e-9 of the value here.
      const double relative = 1e-8;
      EXPECT_NEAR(path->d_alpha(Time(t)), d_alpha, relative * std::abs(d_alpha)) << name << " " << t;
      EXPECT_NEAR(path->d_sigma(Time(t)), d_sigma, relative * std::abs(d_sigma)) << name << " " << t;
      EXPECT_NEAR(path->drift(Time(t)), d_alpha / path->alpha(Time(t)), relative * std::abs(path->drift(Time(t))));
      const double sigma = path->sigma(Time(t));
      EXPECT_NEAR(path->diffusion_squared(Time(t)), -2 * sigma * sigma * d_lambda,
                  relative * path->diffusion_squared(Time(t)))
          << name << " " << t;
    }
    if (name != "edm" && name != "flow") {
      EXPECT_EQ(path->d_sigma(Time(0.0)), INFINITY) << name;
      EXPECT_TRUE(std::isfinite(path->diffusion_squared(Time(0.0)))) << name;
    }
  }
}

TEST(Paths, LambdaRoundTrips) {
  for (const std::string& name : kAllPaths) {
    const PathPtr path = make_path(name);
    double last = INFINITY;
    for (const double t : probe_times(name)) {
      const Lambda lambda = path->lambda(Time(t));
      EXPECT_LT(lambda.value, last) << name << ": lambda falls with time";
      last = lambda.value;
      // t moves by (dt/dlambda) times the rounding of lambda; |dt/dlambda| <= t (1 - t) .. t on these paths, 8 t at
      // most.
      EXPECT_NEAR(path->time(lambda).value, t, 100 * DBL_EPSILON * (1 + std::abs(lambda.value)) * t)
          << name << " " << t;
    }
    EXPECT_THROW(path->time(Lambda(name == "edm" ? 7.0 : std::nan(""))), InputError);
  }
  EXPECT_THROW(make_path("vp")->time(Lambda(-6.0)), InputError);
  EXPECT_NO_THROW(make_path("vp")->time(Lambda(make_path("vp")->lambda(Time(1.0)).value - 1e-13)));
}

TEST(Paths, KnotsOfTheDiscreteScheduleAreHit) {
  for (const std::int64_t T : {1, 49, 1000}) {
    const PathPtr path = make_path("ddpm_linear", {{"T", T}});
    long double log_alpha = 0;
    for (std::int64_t i = 0; i < T; ++i) {
      const long double beta = T == 1 ? 1e-4L : 1e-4L + i * (0.02L - 1e-4L) / (T - 1);
      log_alpha += log1pl(-beta) / 2;
      const double t = static_cast<double>(i + 1) / static_cast<double>(T);
      EXPECT_NEAR(path->alpha(Time(t)), static_cast<double>(expl(log_alpha)), 1e-15) << T << " " << i;
      // The derivative at a knot is the cell's below.
      EXPECT_NEAR(path->drift(Time(t)), static_cast<double>(log1pl(-beta) / 2 * T), 1e-12 * T) << T << " " << i;
    }
  }
}

TEST(Paths, RefuseTimesOffTheClock) {
  for (const std::string& name : kAllPaths) {
    const PathPtr path = make_path(name);
    for (const double t : std::vector<double>{-1e-9, std::nan(""), INFINITY}) {
      EXPECT_THROW(path->alpha(Time(t)), InputError) << name << " " << t;
      EXPECT_THROW(path->sigma(Time(t)), InputError) << name << " " << t;
      EXPECT_THROW(path->d_alpha(Time(t)), InputError) << name << " " << t;
      EXPECT_THROW(path->lambda(Time(t)), InputError) << name << " " << t;
    }
    if (name != "edm") {
      EXPECT_THROW(path->alpha(Time(1.0000001)), InputError) << name;
    }
  }
  EXPECT_THROW(make_path("vp", {{"beta_min", 2.0}, {"beta_max", 1.0}}), InputError);
  EXPECT_THROW(make_path("ddpm_linear", {{"beta_min", 0.03}}), InputError);
  EXPECT_THROW(make_path("edm", {{"sigma_min", 80.0}}), InputError);
}

TEST(Paths, SignaturesTellParametersApart) {
  EXPECT_EQ(make_path("vp")->signature(), "vp(beta_max=20, beta_min=0.1)");
  EXPECT_EQ(make_path("flow")->signature(), "flow()");
  EXPECT_NE(make_path("vp", {{"beta_max", 10.0}})->signature(), make_path("vp")->signature());
}

TEST(Paths, NetworkTimeIsInTheUnitInterval) {
  EXPECT_EQ(network_time(*make_path("vp"), Time(0.25)), 0.25);
  const PathPtr edm = make_path("edm");
  EXPECT_EQ(network_time(*edm, Time(0.002)), 0.0);
  EXPECT_EQ(network_time(*edm, Time(80.0)), 1.0);
  EXPECT_NEAR(network_time(*edm, Time(0.4)), 0.5, 1e-12);  // the geometric mean
  EXPECT_EQ(network_time(*edm, Time(0.0)), 0.0);
}

}  // namespace
}  // namespace ito
