// Brownian paths against Levy's bridge written in tau itself, in long double and one number at a time; against their
// own law; and for what they promise: increments that add up, whatever is asked first and in whatever batch.
#include "samplers/brownian.h"

#include <map>

#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

// On edm's clock sigma = e^(-lambda): any lambda in [-4.3, 6.2] is a time.
Time at(double lambda) { return make_path("edm")->time(Lambda(lambda)); }

std::vector<double> draw(const Noise& noise, double from, double to, double nu, const Shape& shape = {3, 2}) {
  const Tensor z = noise({Tensor::zeros(shape, DType::f64), 5, 1, at(from), at(to), nu});
  return {z.span<double>().begin(), z.span<double>().end()};
}

// B(tau(lambda)) for nu = 1 by halving [-32, 32], the bridge's mean and variance in tau.
long double bridge(std::uint64_t seed, std::uint32_t sample, std::uint32_t element, long double lambda) {
  const auto normal = [&](std::uint32_t number, std::uint32_t substep = 0) {
    std::vector<double> z(element + 1);
    kernels::reference::normal<double>(RandomKey(seed, number, Stream::brownian, substep), sample, 1, element + 1,
                                       z.data());
    return static_cast<long double>(z[element]);
  };
  const auto tau = [](long double place) { return expl(2 * place); };
  long double l = -32, r = 32;
  long double B_l = sqrtl(tau(l)) * normal(0), B_r = B_l + sqrtl(tau(r) - tau(l)) * normal(0, 1);
  std::uint32_t number = 1;
  for (int depth = 0; depth <= 31; ++depth) {
    const long double m = (l + r) / 2, share = (tau(m) - tau(l)) / (tau(r) - tau(l));
    const long double B_m = B_l + share * (B_r - B_l) + sqrtl(share * (tau(r) - tau(m))) * normal(number);
    const bool right = lambda >= m;
    (right ? l : r) = m;
    (right ? B_l : B_r) = B_m;
    number = 2 * number + right;
  }
  return B_l + (tau(lambda) - tau(l)) / (tau(r) - tau(l)) * (B_r - B_l);
}

TEST(Brownian, IsLevysBridgeInTau) {
  const Noise noise = brownian_noise(make_path("edm"), 11, 4);
  for (const auto& [from, to] : std::vector<std::pair<double, double>>{{-2.5, -1.75}, {-1.3, 0.4}, {0.4, 0.47}}) {
    const std::vector<double> z = draw(noise, from, to, 1);
    const long double a = make_path("edm")->lambda(at(from)).value, b = make_path("edm")->lambda(at(to)).value;
    for (std::uint32_t i = 0; i < 6; ++i) {
      const long double increment = bridge(11, 4 + i / 2, i % 2, b) - bridge(11, 4 + i / 2, i % 2, a);
      EXPECT_NEAR(z[i], static_cast<double>(increment / sqrtl(expl(2 * b) - expl(2 * a))), 1e-12) << from;
    }
  }
}

// sqrt(tau_s - tau_t) z is B(tau_s) - B(tau_t): that of a step is the sum of those of its parts.
TEST(Brownian, PartsAddUpToTheWhole) {
  for (const double nu : {0.1, 1.0, 3.0}) {
    const Noise noise = brownian_noise(make_path("edm"), 2);
    const auto increments = [&](double from, double to) {
      std::vector<double> z = draw(noise, from, to, nu);
      // In units of sqrt(tau) at lambda = 2, where all parts end.
      for (double& value : z)
        value *= std::exp(nu * nu * (to - 2)) * std::sqrt(-std::expm1(-2 * nu * nu * (to - from)));
      return z;
    };
    const std::vector<double> whole = increments(-1.5, 2);
    for (const int n : {2, 7, 64}) {
      std::vector<double> sum(6, 0.0);
      for (int i = 0; i < n; ++i) {
        const std::vector<double> part = increments(-1.5 + 3.5 * i / n, i + 1 == n ? 2.0 : -1.5 + 3.5 * (i + 1) / n);
        for (std::size_t j = 0; j < 6; ++j) sum[j] += part[j];
      }
      for (std::size_t j = 0; j < 6; ++j) EXPECT_NEAR(sum[j], whole[j], 1e-12) << nu << " in " << n;
    }
  }
}

// Means, variances and covariances of increments over four stretches, two of which overlap, and of two elements.
TEST(Brownian, IncrementsHaveTheirLaw) {
  constexpr int kSamples = 40000;
  for (const double nu : {0.5, 1.0}) {
    const Noise noise = brownian_noise(make_path("edm"), 3);
    const std::vector<std::pair<double, double>> stretches = {{-3, -1}, {-1, -0.9}, {-0.9, 1.6}, {-2, 1}};
    std::vector<std::vector<double>> z;
    for (const auto& [from, to] : stretches) {
      const std::vector<double> both = draw(noise, from, to, nu, {kSamples, 2});
      z.emplace_back(), z.emplace_back();
      for (std::size_t i = 0; i < both.size(); ++i) z[z.size() - 2 + i % 2].push_back(both[i]);
    }
    const auto tau = [&](double lambda) { return std::exp(2 * nu * nu * lambda); };
    for (std::size_t a = 0; a < z.size(); ++a) {
      double mean = 0;
      for (const double value : z[a]) mean += value / kSamples;
      EXPECT_NEAR(mean, 0, 4 / std::sqrt(kSamples));
      for (std::size_t b = a; b < z.size(); ++b) {
        double covariance = 0;
        for (std::size_t i = 0; i < kSamples; ++i) covariance += z[a][i] * z[b][i] / kSamples;
        const auto [from_a, to_a] = stretches[a / 2];
        const auto [from_b, to_b] = stretches[b / 2];
        const double shared = std::max(0.0, tau(std::min(to_a, to_b)) - tau(std::max(from_a, from_b)));
        const double expected =
            a % 2 == b % 2 ? shared / std::sqrt((tau(to_a) - tau(from_a)) * (tau(to_b) - tau(from_b))) : 0;
        EXPECT_NEAR(covariance, expected, 4 * std::sqrt((1 + expected * expected) / kSamples)) << a << " " << b;
      }
    }
  }
}

TEST(Brownian, NeitherTheBatchNorTheOrderOfRequestsChangesABit) {
  const std::vector<std::pair<double, double>> stretches = {{-1.5, -1}, {-1, 0.3}, {-1, -0.2}, {1.9, 5}, {-1.5, -1.25}};
  std::vector<std::vector<double>> alone;
  for (const auto& [from, to] : stretches)
    alone.push_back(draw(brownian_noise(make_path("edm"), 8), from, to, 1, {7, 3}));
  const Noise forwards = brownian_noise(make_path("edm"), 8), tail = brownian_noise(make_path("edm"), 8, 5);
  for (const std::size_t i : {3, 0, 1, 2, 4, 1, 3}) {
    EXPECT_EQ(draw(forwards, stretches[i].first, stretches[i].second, 1, {7, 3}), alone[i]) << i;
    if (i == 2) draw(forwards, -1, 0, 0.5, {7, 3});  // another nu between
    EXPECT_EQ(draw(tail, stretches[i].first, stretches[i].second, 1, {2, 3}),
              std::vector<double>(alone[i].begin() + 15, alone[i].end()))
        << i;
  }
  EXPECT_NE(draw(brownian_noise(make_path("edm"), 9), -1.5, -1, 1, {7, 3}), alone[0]);
}

// One path in lambda serves every Gaussian path.
TEST(Brownian, IsTheSameOnEveryPath) {
  const Tensor like = Tensor::zeros({4, 2}, DType::f64);
  std::vector<double> first;
  for (const char* name : {"vp", "flow", "cosine", "edm"}) {
    const PathPtr path = make_path(name);
    const Tensor z = brownian_noise(path, 6)({like, 0, 0, path->time(Lambda(-0.7)), path->time(Lambda(0.9)), 1});
    const std::vector<double> values(z.span<double>().begin(), z.span<double>().end());
    if (first.empty()) first = values;
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], first[i], 1e-6) << name;
  }
}

TEST(Brownian, StartsFromPureNoiseAndRoundsToFloat) {
  const PathPtr flow = make_path("flow");
  const Tensor like = Tensor::zeros({300, 4}, DType::f64);
  const Tensor d = brownian_noise(flow, 1)({like, 0, 0, Time(1), Time(0.4), 1});
  const Tensor f = brownian_noise(flow, 1)({like.to(DType::f32), 0, 0, Time(1), Time(0.4), 1});
  EXPECT_EQ(f.dtype(), DType::f32);
  double squares = 0;
  for (std::size_t i = 0; i < 1200; ++i) {
    EXPECT_EQ(f.span<float>()[i], static_cast<float>(d.span<double>()[i]));
    squares += d.span<double>()[i] * d.span<double>()[i] / 1200;
  }
  EXPECT_NEAR(squares, 1, 4 * std::sqrt(2.0 / 1200));
}

// What leads back up is no part of the path.
TEST(Brownian, RenoisingIsFresh) {
  const PathPtr flow = make_path("flow");
  const Tensor like = Tensor::zeros({3, 2}, DType::f64);
  const Noise brownian = brownian_noise(flow, 1, 2), counter = counter_noise(1, 2);
  for (const double to : {0.5, 0.7}) {
    const NoiseRequest request{like, 3, 1, Time(0.5), Time(to), 1};
    const Tensor a = brownian(request), b = counter(request);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(a.span<double>()[i], b.span<double>()[i]);
  }
}

TEST(Brownian, RefusesWhatItDoesNotKnow) {
  const PathPtr flow = make_path("flow");
  const Tensor like = Tensor::zeros({1, 1}, DType::f64);
  const auto said = [&](double from, double to, double nu) {
    return message_of([&] { brownian_noise(flow, 1)({like, 0, 0, Time(from), Time(to), nu}); });
  };
  EXPECT_EQ(said(0.5, 0.25, 1), "no error");
  EXPECT_EQ(said(0.5, 0.25, 0), "Brownian noise is asked for with nu = 0, where the process has none");
  EXPECT_EQ(said(0.5, 0, 1),
            "Brownian noise is known for lambda from -32 to 32; path 'flow' at time 0 asks for lambda inf");
  const Grid deep(*flow, {0.5, 1e-15, 0}, "grid 'deep'");
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, flow);
  EXPECT_EQ(message_of([&] {
              sample(denoiser, flow, deep, *make_solver("ddpm"), {.shape = {2}, .dtype = DType::f64, .brownian = true});
            }).substr(0, 90),
            "Brownian noise is known for lambda from -32 to 32; path 'flow' at time 1e-15 asks for lamb");
}

// A nu whose square is no number above zero, or whose noise rounding would swallow: the walk is that of nu = 0.
TEST(Brownian, NoiseTooSmallToTellFromNoneIsNone) {
  const PathPtr path = make_path("vp");
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  const Grid grid = make_grid("lambda", *path, 5);
  int walked = 0;
  for (const Entry* entry : entries_of("solver"))
    for (const Parameter& parameter : entry->parameters) {
      if (parameter.name != "eta" && parameter.name != "nu") continue;
      for (const DType dtype : {DType::f32, DType::f64}) {
        const auto end = [&](double nu) {
          const SampleRequest request{.seed = 4, .count = 3, .shape = {2}, .dtype = dtype, .brownian = true};
          return sample(denoiser, path, grid, *make_solver(entry->name, {{parameter.name, nu}}), request)
              .samples.to(DType::f64);
        };
        const Tensor none = end(0);
        for (const double nu : {4.9406564584124654e-324, 1e-170, 1e-154, 1e-60, 1e-29}) {
          const Tensor found = end(nu);
          for (std::size_t i = 0; i < 6; ++i)
            EXPECT_NEAR(found.span<double>()[i], none.span<double>()[i], dtype == DType::f32 ? 1e-5 : 1e-12)
                << entry->name << " " << nu;
        }
      }
      ++walked;
    }
  EXPECT_GE(walked, 8);
}

// A step of DDPM to s and one through any time between draw the same path: on data N(0, 0), where the posterior step
// is exact, they end at one place.
TEST(Brownian, OneWalkAtAnyNumberOfSteps) {
  const PathPtr path = make_path("vp");
  const Denoiser origin = make_denoiser("origin", Prediction::sample, path,
                                        [](const Tensor& x, auto, const Tensor&) { return Tensor::zeros_like(x); });
  std::vector<double> first;
  for (const int n : {1, 5, 40}) {
    for (const std::int64_t batch : {0, 4}) {
      const Grid grid = make_grid("lambda", *path, n, {{"t_end", 0.05}});
      SampleRequest request{.seed = 4, .count = 9, .batch = batch, .shape = {2}, .dtype = DType::f64, .brownian = true};
      const Tensor x = sample(origin, path, grid, *make_solver("ddpm"), request).samples;
      const std::vector<double> values(x.span<double>().begin(), x.span<double>().end());
      if (first.empty()) first = values;
      for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], first[i], 1e-12) << n;
    }
  }
}

}  // namespace
}  // namespace ito
