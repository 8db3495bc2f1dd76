#include <cfloat>
#include <numbers>

#include "samplers/factories.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using testing_support::all_paths;
using testing_support::message_of;

// Where sigma ~ sqrt t at t = 0.
const std::vector<std::string> kSteepAtZero = {
    "ddpm_linear", "scaled_linear", "cosine", "cosine_discrete", "discretised", "sigmoid", "zero_terminal_snr", "vp"};

// Independent statements of alpha and sigma in 64-bit mantissas, from libm's long double functions.
struct Marginal {
  long double alpha, sigma;
};

Marginal variance_preserving(long double log_alpha) { return {expl(log_alpha), sqrtl(-expm1l(2 * log_alpha))}; }

long double linspace(long double a, long double b, int i, int T) { return T == 1 ? a : a + i * (b - a) / (T - 1); }

long double beta_of(const std::string& schedule, int i, int T) {
  if (schedule == "ddpm_linear") return linspace(1e-4L, 0.02L, i, T);
  if (schedule == "cosine_discrete") {
    const auto f = [](long double t) {
      return powl(cosl((t + 0.008L) / 1.008L * std::numbers::pi_v<long double> / 2), 2);
    };
    return std::min(1 - f((i + 1.0L) / T) / f(static_cast<long double>(i) / T), 0.999L);
  }
  return powl(linspace(sqrtl(0.00085L), sqrtl(0.012L), i, T), 2);
}

// (S(p) - S(q)) cosh(p/2) cosh(q/2) = sinh((p - q)/2)/2 for the logistic S, so that no end cancels.
Marginal logistic(long double t, long double start, long double end, long double tau, long double clip) {
  const long double a = end / tau, b = (start + t * (end - start)) / tau, c = start / tau;
  const long double whole = sinhl((a - c) / 2) * coshl(b / 2);
  const long double abar = sinhl((end - start) / tau * (1 - t) / 2) * coshl(c / 2) / whole;
  if (abar < clip) return {sqrtl(clip), sqrtl(1 - clip)};
  return {sqrtl(abar), sqrtl(sinhl((end - start) / tau * t / 2) * coshl(a / 2) / whole)};
}

Marginal of_log_snr(long double log_snr) { return {sqrtl(1 / (1 + expl(-log_snr))), sqrtl(1 / (1 + expl(log_snr)))}; }

Marginal closed_form(const std::string& name, long double t) {
  const long double pi = std::numbers::pi_v<long double>;
  const long double log_alpha = -t * t * (20.0L - 0.1L) / 4 - t * 0.1L / 2;
  if (name == "vp") return variance_preserving(log_alpha);
  if (name == "sub_vp") return {expl(log_alpha), -expm1l(2 * log_alpha)};
  if (name == "ve") return {1, 0.01L * powl(50.0L / 0.01L, t)};
  if (name == "flow") return {1 - t, t};
  if (name == "trig") return {sinl(pi / 2 * (1 - t)), sinl(pi / 2 * t)};
  if (name == "edm") return {1, t};
  if (name == "sigmoid") return logistic(t, -3, 3, 1, 1e-9L);
  if (name == "laplace") {
    // -b sign(1/2 - t) log(1 - 2 |t - 1/2|)
    const long double log_snr = t < 0.5L ? -0.5L * logl(2 * t) : 0.5L * logl(2 * (1 - t));
    return of_log_snr(std::clamp(log_snr, -15.0L, 15.0L));
  }
  if (name == "cosine") {
    const auto root_f = [&](long double time) { return cosl((time + 0.008L) / 1.008L * pi / 2); };
    // 1 - cos^2 a/cos^2 b through tan: sigma^2 = (tan^2 a - tan^2 b)/(1 + tan^2 a)
    const long double a = (t + 0.008L) / 1.008L * pi / 2, b = 0.008L / 1.008L * pi / 2;
    const long double difference = sinl(t / 1.008L * pi / 2) / (cosl(a) * cosl(b)) * (tanl(a) + tanl(b));
    return {root_f(t) / root_f(0), sqrtl(difference) * cosl(a)};
  }
  if (name == "shifted") return {(1 - t) / (1 + 2 * t), 3 * t / (1 + 2 * t)};  // of flow, s = 3
  if (name == "discretised") {                                                 // of vp
    const auto knot = [](long double u) { return -u * u * (20.0L - 0.1L) / 4 - u * 0.1L / 2; };
    const long double cell = std::min(floorl(t * 1000), 999.0L);
    return variance_preserving(knot(cell / 1000) + (t * 1000 - cell) * (knot((cell + 1) / 1000) - knot(cell / 1000)));
  }
  if (name == "zero_terminal_snr") {  // of scaled_linear
    std::vector<long double> a = {1};
    for (int i = 0; i < 1000; ++i) a.push_back(a.back() * sqrtl(1 - beta_of("scaled_linear", i, 1000)));
    const long double last = a.back(), scale = a[1] / (a[1] - last);
    for (std::size_t i = 1; i <= 1000; ++i) a[i] = (a[i] - last) * scale;
    const auto cell = static_cast<std::size_t>(std::min(floorl(t * 1000), 999.0L));
    const long double fraction = t * 1000 - static_cast<long double>(cell);
    if (cell == 999) return {a[999] * (1 - fraction), sqrtl(1 - powl(a[999] * (1 - fraction), 2))};
    return variance_preserving(logl(a[cell]) + fraction * logl(a[cell + 1] / a[cell]));
  }
  if (name != "ddpm_linear" && name != "scaled_linear" && name != "cosine_discrete")
    throw InputError("paths_test has no closed form of path '" + name + "'");
  long double log_abar = 0;  // t = place / 1000
  const long double place = t * 1000;
  for (int i = 0; i < 1000; ++i)
    log_abar += std::min(std::max(place - i, 0.0L), 1.0L) * log1pl(-beta_of(name, i, 1000));
  return variance_preserving(log_abar / 2);
}

std::vector<double> probe_times(const std::string& name) {
  if (name == "edm") return {0.002, 0.0021, 0.05, 0.5, 1.0, 7.5, 79.0, 80.0};
  return {1e-9, 1e-6, 0.0004, 0.001, 0.0123, 0.1, 0.25, 0.5, 0.654321, 0.9, 0.999, 0.9999995};
}

TEST(Paths, AlphaAndSigmaEqualTheirClosedForms) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    for (const double t : probe_times(name)) {
      const auto [alpha, sigma] = closed_form(name, t);
      // log alpha, sin and the like are good to some ULP of double; near alpha = 0 the error is relative to log alpha
      // (at most 5), so 40 ULP cover all.
      const double tolerance = 40 * DBL_EPSILON;
      // An ULP of t near 1, or the difference of two sums of a thousand logarithms.
      const bool near_one = (name == "cosine" || name == "shifted") && t > 0.99;
      const bool sums = name == "zero_terminal_snr" || (name == "cosine_discrete" && t > 0.99);
      const double of_alpha = near_one ? 1e-9 : sums ? 1e-11 : tolerance;
      EXPECT_NEAR(static_cast<double>(path->alpha(Time(t)) / alpha), 1.0, of_alpha) << name << " " << t;
      EXPECT_NEAR(static_cast<double>(path->sigma(Time(t)) / sigma), 1.0, tolerance) << name << " " << t;
      EXPECT_NEAR(path->lambda(Time(t)).value, static_cast<double>(logl(alpha / sigma)),
                  std::max(of_alpha, 40 * DBL_EPSILON * (1 + std::abs(path->lambda(Time(t)).value))))
          << name << " " << t;
    }
  }
}

TEST(Paths, EndsAreExact) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    if (name != "edm") {
      EXPECT_EQ(path->t_min().value, 0.0) << name;
      EXPECT_EQ(path->t_max().value, 1.0) << name;
    }
    EXPECT_EQ(path->clean_at_min(), name != "edm" && name != "ve" && name != "laplace") << name;
    const Time clean = path->clean_end();
    EXPECT_EQ(path->clean_at_min(), clean.value == path->t_min().value) << name;
    EXPECT_EQ(path->alpha(clean), 1.0) << name;
    EXPECT_EQ(path->sigma(clean), 0.0) << name;
    EXPECT_EQ(path->lambda(clean).value, INFINITY) << name;
    if (path->clean_at_min()) {
      EXPECT_EQ(path->time(Lambda(INFINITY)).value, 0.0) << name;
    } else {
      EXPECT_LE(clean.value, path->t_min().value) << name;
      EXPECT_THROW(path->time(Lambda(INFINITY)), InputError) << name;
    }
    const bool pure_noise =
        name == "cosine" || name == "flow" || name == "trig" || name == "shifted" || name == "zero_terminal_snr";
    EXPECT_EQ(path->alpha(path->t_max()) == 0.0, pure_noise) << name;
    if (pure_noise) {
      EXPECT_NEAR(path->sigma(Time(1.0)), 1.0, 2 * DBL_EPSILON) << name;
      EXPECT_EQ(path->lambda(Time(1.0)).value, -INFINITY) << name;
      EXPECT_NEAR(path->time(Lambda(-INFINITY)).value, 1.0, 2 * DBL_EPSILON) << name;
    } else {
      EXPECT_NEAR(path->time(path->lambda(path->t_max())).value, path->t_max().value, 1e-13) << name;
    }
  }
  EXPECT_EQ(make_path("edm")->clean_end().value, 0.0);
  EXPECT_EQ(make_path("ve")->sigma(Time(0.0)), 0.01);
  EXPECT_EQ(make_path("ve")->sigma(Time(1.0)), 50.0);
}

// MATHS.md section 1: abar at the noisy end.
TEST(Paths, TerminalValuesAreThePublishedOnes) {
  const auto abar = [](const char* name) { return std::pow(make_path(name)->alpha(Time(1.0)), 2); };
  EXPECT_NEAR(abar("ddpm_linear"), 4.036e-5, 5e-9);
  EXPECT_NEAR(abar("vp"), 4.319e-5, 5e-9);
  EXPECT_EQ(abar("cosine"), 0.0);
  // Improved DDPM's capped discrete schedule ends at 2.4e-9: abar(998/1000) (1 - 0.999).
  EXPECT_NEAR(std::pow(make_path("cosine")->alpha(Time(0.999)), 2) * 0.001, 2.4e-9, 5e-11);
  // Stable Diffusion's sigma/alpha, from its first training time to its last.
  const PathPtr scaled = make_path("scaled_linear");
  EXPECT_NEAR(std::exp(-scaled->lambda(Time(0.001)).value), 0.02917, 5e-6);
  EXPECT_NEAR(std::exp(-scaled->lambda(Time(1.0)).value), 14.6146, 5e-5);
  EXPECT_DOUBLE_EQ(abar("sigmoid"), 1e-9);                                        // the clip
  EXPECT_DOUBLE_EQ(abar("laplace"), static_cast<double>(1 / (1 + expl(15.0L))));  // the clip
  EXPECT_DOUBLE_EQ(abar("sub_vp"), abar("vp"));
  // The betas are those of the discrete schedule: 1 - abar_i/abar_{i-1}.
  const PathPtr ddpm = make_path("ddpm_linear");
  for (int i = 0; i < 1000; i += 37) {
    const double log_ratio =
        2 * (std::log(ddpm->alpha(Time((i + 1) / 1000.0))) - std::log(ddpm->alpha(Time(i / 1000.0))));
    EXPECT_NEAR(-std::expm1(log_ratio), 1e-4 + i * (0.02 - 1e-4) / 999, 1e-14) << i;
  }
}

TEST(Paths, DerivativesEqualFiniteDifferences) {
  for (const std::string& name : all_paths()) {
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
    const bool steep = std::find(kSteepAtZero.begin(), kSteepAtZero.end(), name) != kSteepAtZero.end();
    EXPECT_EQ(path->d_sigma(Time(0.0)) == INFINITY, steep) << name;
    EXPECT_TRUE(std::isfinite(path->diffusion_squared(Time(0.0)))) << name;
  }
}

TEST(Paths, LambdaRoundTrips) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    double last = INFINITY;
    for (const double t : probe_times(name)) {
      const Lambda lambda = path->lambda(Time(t));
      EXPECT_LT(lambda.value, last) << name << ": lambda falls with time";
      last = lambda.value;
      // t moves by (dt/dlambda) times the rounding of lambda; |dt/dlambda| <= t (1 - t) .. t on these paths, 8 t at
      // most.
      // On ve it is 1/8.5 at every t.
      const double speed = name == "ve" ? 1.0 : t;
      EXPECT_NEAR(path->time(lambda).value, t, 100 * DBL_EPSILON * (1 + std::abs(lambda.value)) * speed)
          << name << " " << t;
    }
    EXPECT_THROW(path->time(Lambda(name == "edm" ? 7.0 : std::nan(""))), InputError);
  }
  EXPECT_THROW(make_path("vp")->time(Lambda(-6.0)), InputError);
  EXPECT_NO_THROW(make_path("vp")->time(Lambda(make_path("vp")->lambda(Time(1.0)).value - 1e-13)));
}

TEST(Paths, KnotsOfTheDiscreteSchedulesAreHit) {
  for (const char* name : {"ddpm_linear", "scaled_linear"})
    for (const int T : {1, 49, 1000}) {
      const PathPtr path = make_path(name, {{"T", std::int64_t{T}}});
      long double log_alpha = 0;
      for (int i = 0; i < T; ++i) {
        const long double beta = beta_of(name, i, T);
        log_alpha += log1pl(-beta) / 2;
        const Time t(static_cast<double>(i + 1) / static_cast<double>(T));
        EXPECT_NEAR(path->alpha(t), static_cast<double>(expl(log_alpha)), 1e-15) << name << " " << T << " " << i;
        // diffusers' alphas_cumprod, relative.
        EXPECT_NEAR(std::pow(path->alpha(t), 2) / static_cast<double>(expl(2 * log_alpha)), 1.0, 1e-12) << i;
        // The derivative at a knot is the cell's below.
        EXPECT_NEAR(path->drift(t), static_cast<double>(log1pl(-beta) / 2 * T), 1e-12 * T) << T << " " << i;
      }
    }
}

// score_sde's sde_lib.py: marginal_prob and sde of subVPSDE (N = 1000, beta 0.1 to 20) and VESDE (0.01 to 50).
TEST(Paths, SubVpAndVeAreScoreSdes) {
  const PathPtr sub_vp = make_path("sub_vp"), ve = make_path("ve");
  for (const double t : {1e-5, 0.01, 0.3, 0.77, 1.0}) {
    const long double time = t, b0 = 0.1L, b1 = 20.0L;
    const long double log_mean_coeff = -0.25L * time * time * (b1 - b0) - 0.5L * time * b0;
    const long double discount = -expm1l(-2 * b0 * time - (b1 - b0) * time * time);
    const auto relative = [](double ours, long double theirs) { return static_cast<double>(ours / theirs) - 1.0; };
    EXPECT_NEAR(relative(sub_vp->alpha(Time(t)), expl(log_mean_coeff)), 0, 1e-14) << t;
    EXPECT_NEAR(relative(sub_vp->sigma(Time(t)), -expm1l(2 * log_mean_coeff)), 0, 1e-14) << t;
    EXPECT_NEAR(relative(sub_vp->drift(Time(t)), -0.5L * (b0 + time * (b1 - b0))), 0, 1e-14) << t;
    EXPECT_NEAR(relative(sub_vp->diffusion_squared(Time(t)), (b0 + time * (b1 - b0)) * discount), 0, 1e-14) << t;
    const long double std = 0.01L * powl(5000.0L, time);
    EXPECT_NEAR(relative(ve->sigma(Time(t)), std), 0, 1e-14) << t;
    EXPECT_NEAR(relative(ve->diffusion_squared(Time(t)), std * std * 2 * (logl(50.0L) - logl(0.01L))), 0, 1e-14) << t;
  }
  // The sub-VP variance never exceeds the VP variance (Song et al. 2021, appendix B).
  for (double t = 0.05; t < 1.0; t += 0.05) EXPECT_LT(sub_vp->sigma(Time(t)), make_path("vp")->sigma(Time(t))) << t;
}

// u = (pi/2) v, at constant speed alpha'^2 + sigma'^2.
TEST(Paths, TrigRunsAtConstantSpeed) {
  const PathPtr path = make_path("trig");
  for (const double t : {0.0, 0.2, 0.5, 0.93, 1.0}) {
    EXPECT_NEAR(std::hypot(path->d_alpha(Time(t)), path->d_sigma(Time(t))), std::numbers::pi / 2, 1e-15) << t;
    EXPECT_NEAR(path->d_alpha(Time(t)), -std::numbers::pi / 2 * path->sigma(Time(t)), 1e-15) << t;
    EXPECT_NEAR(path->d_sigma(Time(t)), std::numbers::pi / 2 * path->alpha(Time(t)), 1e-15) << t;
  }
}

TEST(Paths, SigmoidFollowsItsFormulaForEveryParameter) {
  struct Setting {
    double start, end, tau, clip;
  };
  for (const auto& [start, end, tau, clip] : std::vector<Setting>{
           {-3, 3, 1, 1e-9}, {0, 3, 0.3, 1e-9}, {-3, 3, 0.9, 1e-4}, {-30, 40, 1, 1e-12}, {2, 2.5, 1.1, 1e-9}}) {
    const PathPtr path = make_path("sigmoid", {{"start", start}, {"end", end}, {"tau", tau}, {"clip", clip}});
    for (const double t : {1e-9, 1e-4, 0.1, 0.35, 0.5, 0.7, 0.95}) {
      const auto [alpha, sigma] = logistic(t, start, end, tau, clip);
      // b is good to an ULP of |start|/tau + |end|/tau.
      const double tolerance = 40 * DBL_EPSILON * (1 + (std::abs(start) + std::abs(end)) / tau);
      EXPECT_NEAR(static_cast<double>(path->alpha(Time(t)) / alpha), 1.0, tolerance) << start << " " << t;
      EXPECT_NEAR(static_cast<double>(path->sigma(Time(t)) / sigma), 1.0, tolerance) << start << " " << t;
      const bool held = path->d_alpha(Time(t)) == 0.0;
      EXPECT_EQ(held, alpha * alpha < clip * (1 + 1e-12L)) << start << " " << t;
      // lambda' is at least (d/2) e^(-d/2) in size over the whole clock.
      if (!held) {
        EXPECT_NEAR(path->time(path->lambda(Time(t))).value, t, 1e-10 * t) << start << " " << end << " " << t;
      }
    }
    EXPECT_EQ(path->time(path->lambda(Time(1.0))).value, 1.0);
  }
}

// What a clip makes of a path: lambda stands still, alpha' and g vanish, and the inverse is the end of the clock.
TEST(Paths, ClippedStretchesStandStill) {
  const auto expect_still = [](const Path& path, double t, double end) {
    EXPECT_EQ(path.lambda(Time(t)).value, path.lambda(Time(end)).value) << t;
    EXPECT_EQ(path.d_alpha(Time(t)), 0.0) << t;
    EXPECT_EQ(std::abs(path.d_sigma(Time(t))), 0.0) << t;
    EXPECT_EQ(path.diffusion_squared(Time(t)), 0.0) << t;
    EXPECT_EQ(path.time(path.lambda(Time(t))).value, end) << t;
  };
  const PathPtr steep = make_path("sigmoid", {{"tau", 0.1}});  // abar = 1e-9 at t = 0.845
  for (const double t : {0.85, 0.9, 1.0}) expect_still(*steep, t, 1.0);
  EXPECT_LT(steep->d_alpha(Time(0.84)), 0.0);
  const PathPtr laplace = make_path("laplace", {{"clip", 2.0}, {"mu", 0.5}});
  // 2 t = e^(-(2 - 0.5)/0.5) = e^-3 and 2 (1 - t) = e^(-(2 + 0.5)/0.5) = e^-5
  for (const double t : {0.0, 0.024}) expect_still(*laplace, t, 0.0);
  for (const double t : {0.997, 1.0}) expect_still(*laplace, t, 1.0);
  EXPECT_LT(laplace->d_alpha(Time(0.026)), 0.0);
  EXPECT_LT(laplace->d_alpha(Time(0.996)), 0.0);
  EXPECT_EQ(laplace->lambda(Time(0.0)).value, 1.0);
  EXPECT_EQ(laplace->lambda(Time(0.5)).value, 0.25);
  EXPECT_EQ(laplace->lambda(Time(1.0)).value, -1.0);
  // A step of no length is refused where a grid is made.
  EXPECT_EQ(message_of([&] { make_grid("uniform", *steep, 10); }),
            "grid 'uniform' on path 'sigmoid': the noise must fall, but lambda is " +
                value_text(steep->lambda(Time(1.0)).value) + " at time 1 and " +
                value_text(steep->lambda(Time(0.9)).value) + " at time 0.9; start the grid at a lower time (t_start)");
}

TEST(Paths, RefuseTimesOffTheClock) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    std::vector<double> times = {-1e-9, std::nan(""), INFINITY};
    if (path->clean_end().value != kBeyondTheClock) times.push_back(kBeyondTheClock);
    for (const double t : times) {
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
  EXPECT_THROW(make_path("scaled_linear", {{"beta_min", 0.03}}), InputError);
  EXPECT_THROW(make_path("sub_vp", {{"beta_min", 30.0}}), InputError);
  EXPECT_THROW(make_path("ve", {{"sigma_min", 50.0}}), InputError);
  EXPECT_EQ(message_of([] { make_path("sigmoid", {{"start", 3.0}}); }), "path 'sigmoid': start 3 is not below end 3");
  EXPECT_EQ(message_of([] {
              make_path("sigmoid", {{"tau", 0.001}});
            }),
            "path 'sigmoid': start/tau is -3000 and end/tau 3000; expected -700 to 700");
  EXPECT_EQ(message_of([] {
              make_path("laplace", {{"mu", 15.0}});
            }),
            "path 'laplace': mu 15 is not inside the clip, -15 to 15");
}

TEST(Paths, SignaturesTellParametersApart) {
  EXPECT_EQ(make_path("vp")->signature(), "vp(beta_max=20, beta_min=0.1)");
  EXPECT_EQ(make_path("flow")->signature(), "flow()");
  EXPECT_EQ(make_path("sigmoid")->signature(), "sigmoid(clip=1e-09, end=3, start=-3, tau=1)");
  EXPECT_NE(make_path("vp", {{"beta_max", 10.0}})->signature(), make_path("vp")->signature());
}

TEST(Paths, NetworkTimeIsInTheUnitInterval) {
  EXPECT_EQ(network_time(*make_path("vp"), Time(0.25)), 0.25);
  const PathPtr edm = make_path("edm");
  EXPECT_EQ(network_time(*edm, Time(0.002)), 0.0);
  EXPECT_EQ(network_time(*edm, Time(80.0)), 1.0);
  EXPECT_NEAR(network_time(*edm, Time(0.4)), 0.5, 1e-12);  // the geometric mean
  EXPECT_EQ(network_time(*edm, Time(0.0)), 0.0);
  EXPECT_EQ(network_time(*make_path("ve"), Time(0.25)), 0.25);
  EXPECT_EQ(network_time(*make_path("ve"), Time(kBeyondTheClock)), 0.0);
}

}  // namespace
}  // namespace ito
