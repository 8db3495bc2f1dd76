// Paths made of another path: what they do to it, and what they refuse.
#include <cfloat>

#include "samplers/value_from_text.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using testing_support::message_of;
using Texts = std::vector<std::string>;

const std::vector<double> kTimes = {0.0, 1e-9, 0.0123, 0.2, 0.5, 0.77, 0.999, 1.0};
const std::vector<std::string> kWrappers = {"shifted", "discretised", "zero_terminal_snr"};

std::vector<std::string> paths_on_the_unit_clock() {
  std::vector<std::string> names = testing_support::all_paths();
  std::erase(names, "edm");
  return names;
}

GivenParameters of(const std::string& name, GivenParameters more = {}) {
  more["of"] = name;
  return more;
}

void expect_same(double a, double b, double tolerance, const std::string& where) {
  if (a == b) return;  // infinities
  EXPECT_NEAR(a, b, tolerance * (std::abs(a) + std::abs(b)) + 1e-300) << where;
}

// alpha(t) = alpha_of(tau), and the chain rule, on every path that has the clock [0, 1].
TEST(ShiftedPath, IsItsBaseOnAnotherClock) {
  for (const std::string& name : paths_on_the_unit_clock())
    for (const double s : {0.3, 1.0, 3.0, 16.0}) {
      const PathPtr base = make_path(name), path = make_path("shifted", of(name, {{"shift", s}}));
      for (const double t : kTimes) {
        const double tau = t == 1.0 ? 1.0 : s * t / (1 + (s - 1) * t);
        const double speed = s / ((1 + (s - 1) * t) * (1 + (s - 1) * t));
        const std::string where = name + " s " + value_text(s) + " t " + value_text(t);
        // tau is good to an ULP, which near 1 is as much of 1 - tau as 1 - tau is small.
        const double tolerance = 1e-12 + (tau < 1.0 ? 4 * DBL_EPSILON / (1 - tau) : 0.0);
        expect_same(path->alpha(Time(t)), base->alpha(Time(tau)), tolerance, where);
        expect_same(path->sigma(Time(t)), base->sigma(Time(tau)), tolerance, where);
        expect_same(path->d_alpha(Time(t)), base->d_alpha(Time(tau)) * speed, 1e-9, where);
        expect_same(path->d_sigma(Time(t)), base->d_sigma(Time(tau)) * speed, 1e-9, where);
        expect_same(path->drift(Time(t)), base->drift(Time(tau)) * speed, 1e-9, where);
        expect_same(path->diffusion_squared(Time(t)), base->diffusion_squared(Time(tau)) * speed, 1e-9, where);
        expect_same(path->lambda(Time(t)).value, base->lambda(Time(tau)).value, tolerance, where);
      }
      EXPECT_EQ(path->clean_end().value, base->clean_end().value) << name;
      EXPECT_EQ(path->sigma(path->clean_end()), 0.0) << name;
    }
}

// MATHS.md section 1: on flow lambda -> lambda - log s.
TEST(ShiftedPath, OnFlowLambdaMovesByLogS) {
  const PathPtr flow = make_path("flow");
  for (const double s : {0.25, 3.0, 5.0, 12.0}) {
    const PathPtr path = make_path("shifted", {{"shift", s}});
    for (const double t : {1e-6, 0.01, 0.3, 0.5, 0.9, 0.99})
      EXPECT_NEAR(path->lambda(Time(t)).value, flow->lambda(Time(t)).value - std::log(s),
                  8 * DBL_EPSILON * (5 + 1 / (1 - t) + s))
          << s << " " << t;
    EXPECT_EQ(path->lambda(Time(1.0)).value, -INFINITY);
    EXPECT_EQ(path->time(Lambda(-INFINITY)).value, 1.0);
    EXPECT_EQ(path->time(Lambda(INFINITY)).value, 0.0);
  }
}

// exp(mu), mu through (256, 0.5) and (4096, 1.15): diffusers 0.42.1's calculate_shift(1024) = 0.63.
TEST(ShiftedPath, TokensDecideADynamicShift) {
  const auto ratio = [](GivenParameters given) {  // sigma/alpha at t = 1/2 is s on flow
    return std::exp(-make_path("shifted", given)->lambda(Time(0.5)).value);
  };
  EXPECT_NEAR(ratio({{"tokens", std::int64_t{256}}}), std::exp(0.5), 1e-14);
  EXPECT_NEAR(ratio({{"tokens", std::int64_t{1024}}}), 1.8776105792643432, 1e-14);
  EXPECT_NEAR(ratio({{"tokens", std::int64_t{4096}}}), std::exp(1.15), 1e-14);
  EXPECT_NEAR(ratio({{"tokens", std::int64_t{8192}}, {"mu_line", std::vector<double>{256, 0.5, 8192, 0.9}}}),
              std::exp(0.9), 1e-14);
  EXPECT_NEAR(ratio({{"shift", 5.0}}), 5.0, 1e-14);
  EXPECT_EQ(
      message_of([&] {
        ratio({{"tokens", std::int64_t{9}}, {"mu_line", std::vector<double>{1, 2}}});
      }),
      "path 'shifted': mu_line is [1, 2]; expected [tokens, mu, tokens, mu] with two different numbers of tokens");
  EXPECT_EQ(message_of([&] { ratio({{"tokens", std::int64_t{100000}}}); }).substr(0, 24), "path 'shifted': mu is 17");
}

// Lin et al. 2024, algorithm 1, by diffusers 0.42.1's rescale_zero_terminal_snr on float64 betas of
// numpy.linspace(1e-4, 0.02, 1000) and numpy.linspace(0.00085**0.5, 0.012**0.5, 1000)**2: sqrt(abar_i).
TEST(ZeroTerminalSnr, IsThePublishedRescaling) {
  struct Value {
    int index;
    double alpha;
  };
  const std::vector<std::pair<std::string, std::vector<Value>>> published = {{"ddpm_linear",
                                                                              {{0, 0.9999499987499376},
                                                                               {1, 0.9998896566287467},
                                                                               {100, 0.9457750457455949},
                                                                               {500, 0.27431043673970323},
                                                                               {900, 0.010150786773343105},
                                                                               {998, 6.490964847453785e-05},
                                                                               {999, 0.0}}},
                                                                             {"scaled_linear",
                                                                              {{0, 0.9995749096490968},
                                                                               {1, 0.9991163326360861},
                                                                               {100, 0.9416800329737841},
                                                                               {500, 0.49093663823075556},
                                                                               {900, 0.05440949752479261},
                                                                               {998, 0.0004436088430837794},
                                                                               {999, 0.0}}}};
  for (const auto& [name, values] : published) {
    const PathPtr path = make_path("zero_terminal_snr", of(name)), base = make_path(name);
    for (const auto& [index, alpha] : values)
      EXPECT_NEAR(path->alpha(Time((index + 1) / 1000.0)), alpha, 2e-14 * alpha + 1e-15) << name << " " << index;
    EXPECT_EQ(path->alpha(Time(0.001)), base->alpha(Time(0.001)));
    EXPECT_EQ(path->alpha(Time(1.0)), 0.0);
    EXPECT_EQ(path->sigma(Time(1.0)), 1.0);
    // In the last cell alpha is a line, and its ends are those of the cells beside it.
    const double before = path->alpha(Time(0.999));
    EXPECT_NEAR(path->alpha(Time(0.99925)), 0.75 * before, 1e-12 * before);
    for (const double t : {0.9991, 0.9999, 1.0}) EXPECT_NEAR(path->d_alpha(Time(t)), -1000 * before, 1e-12 * before);
    EXPECT_EQ(path->d_sigma(Time(1.0)), 0.0);
    EXPECT_EQ(path->diffusion_squared(Time(1.0)), INFINITY);
    EXPECT_NEAR(path->time(path->lambda(Time(0.99925))).value, 0.99925, 1e-15);
  }
  // What is pure noise already is left as it is; the table may be that of a continuous path.
  const PathPtr twice = make_path("zero_terminal_snr", of("zero_terminal_snr")), once = make_path("zero_terminal_snr");
  const PathPtr table = make_path("zero_terminal_snr", of("discretised"));
  for (const double t : {0.0, 0.3, 0.9, 0.9996, 1.0}) EXPECT_EQ(twice->alpha(Time(t)), once->alpha(Time(t))) << t;
  EXPECT_EQ(table->alpha(Time(1.0)), 0.0);
  EXPECT_EQ(table->alpha(Time(0.001)), make_path("discretised")->alpha(Time(0.001)));
}

// Exact at the knots, log alpha a line between them, on every path that preserves variance; others are themselves.
TEST(Discretised, InterpolatesLogAlphaWhereVarianceIsPreserved) {
  for (const std::string& name : paths_on_the_unit_clock())
    for (const std::int64_t T : {1, 10, 1000}) {
      const PathPtr base = make_path(name), path = make_path("discretised", of(name, {{"T", T}}));
      const bool preserving = name != "flow" && name != "ve" && name != "sub_vp" && name != "shifted";
      EXPECT_EQ(path->clean_end().value, base->clean_end().value) << name;
      for (std::int64_t i = std::max(std::int64_t{0}, T - 12); i < T; ++i) {
        const Time low(static_cast<double>(i) / static_cast<double>(T)),
            high(static_cast<double>(i + 1) / static_cast<double>(T)), middle(0.5 * (low.value + high.value));
        const std::string where = name + " T " + value_text(T) + " i " + value_text(i);
        expect_same(path->alpha(high), base->alpha(high), 1e-12, where);
        expect_same(path->sigma(high), base->sigma(high), 1e-12, where);
        if (!preserving) {
          EXPECT_EQ(path->alpha(middle), base->alpha(middle)) << where;
          EXPECT_EQ(path->d_sigma(middle), base->d_sigma(middle)) << where;
          EXPECT_EQ(path->lambda(middle).value, base->lambda(middle).value) << where;
          continue;
        }
        const double a = base->alpha(low), b = base->alpha(high);
        const double expected = b == 0.0 ? 0.5 * (a + b) : std::sqrt(a * b);
        expect_same(path->alpha(middle), expected, 1e-12, where);
        EXPECT_NEAR(std::hypot(path->alpha(middle), path->sigma(middle)), 1.0, 1e-15) << where;
        EXPECT_NEAR(path->time(path->lambda(middle)).value, middle.value, 1e-10) << where;
      }
    }
}

// The convention of dpm-solver's NoiseScheduleVP("discrete"): log alpha linear between t = (i + 1)/T. k-diffusion's
// interpolation of log(sigma/alpha) is another path: at the middle of the first inner cell of SD's schedule they
// differ.
TEST(Discretised, IsNotKDiffusionsInterpolation) {
  const PathPtr path = make_path("scaled_linear");
  const double inner = path->lambda(Time(0.0015)).value;
  const double k_diffusion = 0.5 * (path->lambda(Time(0.001)).value + path->lambda(Time(0.002)).value);
  EXPECT_GT(std::abs(inner - k_diffusion), 0.02);
  EXPECT_NEAR(std::pow(path->alpha(Time(0.0015)), 2), path->alpha(Time(0.001)) * path->alpha(Time(0.002)), 1e-15);
}

// Knots that a clip makes equal stand still, as the path itself does.
TEST(Discretised, ClippedStretchesStandStill) {
  const PathPtr steep = make_path("discretised", of("sigmoid", {{"with", Texts{"tau=0.1"}}}));  // still from 0.845
  const PathPtr both = make_path("discretised", of("laplace", {{"with", Texts{"clip=2", "mu=0.5"}}}));
  for (const double t : {0.8505, 0.9, 1.0}) {
    EXPECT_EQ(steep->time(steep->lambda(Time(t))).value, 1.0) << t;
    EXPECT_EQ(steep->d_alpha(Time(t)), 0.0) << t;
    EXPECT_EQ(std::abs(steep->d_sigma(Time(t))), 0.0) << t;
  }
  EXPECT_NEAR(steep->time(steep->lambda(Time(0.8305))).value, 0.8305, 1e-9);
  for (const double t : {0.0, 0.01}) EXPECT_EQ(both->time(both->lambda(Time(t))).value, 0.0) << t;
  for (const double t : {0.9985, 1.0}) EXPECT_EQ(both->time(both->lambda(Time(t))).value, 1.0) << t;
  EXPECT_NEAR(both->time(both->lambda(Time(0.0305))).value, 0.0305, 1e-12);
  EXPECT_EQ(both->clean_end().value, kBeyondTheClock);
  EXPECT_EQ(both->alpha(both->clean_end()), 1.0);
  EXPECT_EQ(both->lambda(both->clean_end()).value, INFINITY);
}

// alpha' jumps at the knots, where the derivative is that of the cell below. The midpoint rule in t keeps its order
// where its grid holds the knots, for it reads slopes at the start and inside of its steps; Heun's method reads one at
// the end, which at a knot is the next cell's, and so has order 1 there too. Beside the knots both have order 1.
TEST(Discretised, MethodsInTimeNeedTheKnotsOnTheirGrid) {
  using namespace testing_support;
  const WithThreads one(1);
  const PathPtr path = make_path("discretised", {{"T", std::int64_t{8}}});
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  const std::vector<double> start = {0.9, 0.2};
  const std::vector<long double> exact =
      exact_flow(kTwoLumps, *path, Time(0.75), Time(0.25), {start[0], start[1]}, 2000);
  const auto error_of = [&](const char* solver, int n) {
    const Grid grid = make_grid("uniform", *path, n, {{"t_start", 0.75}, {"t_end", 0.25}});
    const Tensor x = walk(*make_solver(solver), denoiser, path, grid, Tensor::from(start, {1, 2}));
    return std::hypot(x.span<double>()[0] - static_cast<double>(exact[0]),
                      x.span<double>()[1] - static_cast<double>(exact[1]));
  };
  const auto order_of = [&](const char* solver, int more) {
    std::vector<double> errors;
    for (int n = 16; n <= 512; n *= 2) errors.push_back(error_of(solver, n + more));
    return measured_order(errors);
  };
  // n: four cells of n/4 steps; n + 1: each knot stands a quarter, a half or three quarters inside a step.
  EXPECT_NEAR(order_of("midpoint", 0), 2.0, 0.15);
  EXPECT_GT(error_of("midpoint", 513), 10 * error_of("midpoint", 512));
  EXPECT_NEAR(order_of("heun", 0), 1.0, 0.15);
  EXPECT_NEAR(order_of("heun", 1), 1.0, 0.2);
}

// A discrete schedule is its own discretisation.
TEST(Discretised, OfADiscreteScheduleIsThatSchedule) {
  for (const char* name : {"ddpm_linear", "scaled_linear", "cosine_discrete", "zero_terminal_snr"}) {
    const PathPtr base = make_path(name), path = make_path("discretised", of(name));
    for (const double t : {0.0004, 0.0015, 0.3333, 0.77777, 0.9996}) {
      expect_same(path->alpha(Time(t)), base->alpha(Time(t)), 1e-11, name);
      expect_same(path->sigma(Time(t)), base->sigma(Time(t)), 1e-11, name);
      expect_same(path->d_alpha(Time(t)), base->d_alpha(Time(t)), 1e-9, name);
    }
  }
}

// abar_i by numpy 2.4 in float64 from diffusers 0.42.1's betas_for_alpha_bar formula (squaredcos_cap_v2).
TEST(CosineDiscrete, IsTheCappedSchedule) {
  const PathPtr path = make_path("cosine_discrete");
  const std::vector<std::pair<int, double>> published = {{0, 0.999958715775178},        {1, 0.9999125759273678},
                                                         {100, 0.9715756818078386},     {500, 0.49228517244880304},
                                                         {900, 0.023616108794393863},   {997, 9.715044036169872e-06},
                                                         {998, 2.4287669070348544e-06}, {999, 2.4287669070348567e-09}};
  for (const auto& [index, abar] : published)
    EXPECT_NEAR(std::pow(path->alpha(Time((index + 1) / 1000.0)), 2) / abar, 1.0, 1e-12) << index;
  EXPECT_NEAR(std::exp(-path->lambda(Time(1.0)).value), 20291.169610019886, 1e-7);
  // Only the last beta is capped, so every other time is that of the continuous path.
  const PathPtr cosine = make_path("cosine");
  for (const int i : {0, 17, 500, 998})
    EXPECT_NEAR(path->alpha(Time((i + 1) / 1000.0)) / cosine->alpha(Time((i + 1) / 1000.0)), 1.0, 1e-11) << i;
  // With few steps more are capped.
  const PathPtr low = make_path("cosine_discrete", {{"beta_cap", 0.1}, {"T", std::int64_t{10}}});
  EXPECT_NEAR(std::pow(low->alpha(Time(1.0)) / low->alpha(Time(0.9)), 2), 0.9, 1e-14);
}

TEST(Wrappers, TakeTheBasesParametersByName) {
  const PathPtr path =
      make_path("shifted", of("vp", {{"shift", 2.0}, {"with", Texts{"beta_max=10", "beta_min= 0.2"}}}));
  const PathPtr base = make_path("vp", {{"beta_max", 10.0}, {"beta_min", 0.2}});
  EXPECT_EQ(path->alpha(Time(0.5)), base->alpha(Time(2.0 / 3.0)));
  EXPECT_EQ(path->signature(), "shifted(of=vp(beta_max=10, beta_min=0.2), s=2)");
  EXPECT_EQ(make_path("shifted")->signature(), "shifted(of=flow(), s=3)");
  EXPECT_EQ(make_path("discretised")->signature(), "discretised(T=1000, of=vp(beta_max=20, beta_min=0.1))");
  EXPECT_EQ(make_path("zero_terminal_snr", of("ddpm_linear", {{"with", Texts{"T=20"}}}))->signature(),
            "zero_terminal_snr(of=ddpm_linear(T=20, beta_max=0.02, beta_min=1e-04))");
  // A wrapper of a wrapper.
  EXPECT_EQ(make_path("shifted", of("zero_terminal_snr"))->signature(),
            "shifted(of=" + make_path("zero_terminal_snr")->signature() + ", s=3)");
  EXPECT_EQ(make_path("discretised", of("shifted", {{"with", Texts{"of=cosine", "shift=0.5"}}}))->signature(),
            "discretised(T=1000, of=shifted(of=cosine(s=0.008), s=0.5))");
  for (const std::string& outer : kWrappers)
    for (const std::string& inner : kWrappers) {
      if (outer == "zero_terminal_snr" && inner == "shifted") continue;  // no table
      EXPECT_NEAR(make_path(outer, of(inner))->sigma(Time(1.0)), 1.0, 1e-4) << outer << " of " << inner;
    }
}

TEST(Wrappers, RefuseWhatTheyCannotWrap) {
  const auto message = [](const char* wrapper, const GivenParameters& given) {
    return message_of([&] { make_path(wrapper, given); });
  };
  EXPECT_EQ(message("shifted", of("vpp")), "no path is called 'vpp'; nearest: vp");
  EXPECT_EQ(message("shifted", of("edm")),
            "path 'shifted': it needs a path whose clock is [0, 1]; that of 'edm' runs from 0.002 to 80");
  EXPECT_EQ(message("shifted", of("vp", {{"with", Texts{"beta_mx=10"}}})),
            "path 'vp': unknown parameter 'beta_mx'; nearest: beta_max");
  EXPECT_EQ(message("shifted", of("vp", {{"with", Texts{"beta_max"}}})),
            "path 'shifted': with has \"beta_max\"; expected \"name=value\", a parameter of path 'vp'");
  EXPECT_EQ(message("discretised", of("vp", {{"with", Texts{"beta_max=ten"}}})),
            "path 'discretised': with has \"beta_max=ten\": 'ten' is no number");
  EXPECT_EQ(message("discretised", of("shifted", {{"with", Texts{"with=[a=b]"}}})),
            "path 'discretised': with has \"with=[a=b]\": '[a=b]' is no list of texts");
  EXPECT_EQ(message("discretised", of("vp", {{"with", Texts{"beta_max=-1"}}})),
            "path 'vp': parameter 'beta_max' is -1; expected 1e-06 to 10000");
  EXPECT_EQ(message("zero_terminal_snr", of("vp")).substr(0, 92),
            "path 'zero_terminal_snr': it rescales a table of training times, and path 'vp' has none; exp");
  EXPECT_EQ(message("zero_terminal_snr", of("ddpm_linear", {{"with", Texts{"T=1"}}})),
            "path 'zero_terminal_snr': path 'ddpm_linear' has one training time (T = 1); expected at least 2");
}

TEST(ValueFromText, IsTheInverseOfValueText) {
  for (const Value& value : std::vector<Value>{true, false, std::int64_t{-12}, 0.1, 5e-324, 1e300, std::string("a b"),
                                               std::vector<double>{1, 2.5, -1e-9}, std::vector<double>{}})
    EXPECT_EQ(value_from_text(value_text(value), value), value) << value_text(value);
  EXPECT_EQ(value_from_text(" 3 ", 1.0), Value(3.0));
  for (const char* text : {"", "x", "1 2", "1e", "[1"})
    for (const Value& like : std::vector<Value>{1.0, std::int64_t{1}, true, std::vector<double>{}})
      EXPECT_THROW(value_from_text(text, like), InputError) << text;
  EXPECT_THROW(value_from_text("[1,,2]", std::vector<double>{}), InputError);
  EXPECT_THROW(value_from_text("2.5", std::int64_t{1}), InputError);
}

}  // namespace
}  // namespace ito
