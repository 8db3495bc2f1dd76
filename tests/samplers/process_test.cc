#include "samplers/process/process.h"

#include "autograd/arithmetic.h"
#include "samplers/brownian.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr double kMean = 0.6, kVariance = 0.25;  // of the data N(m, S)

// Every element on its own: x_0-hat = m + alpha S/V (x - alpha m), V = alpha^2 S + sigma^2.
Denoiser gaussian(const PathPtr& path) {
  return make_denoiser(
      "gaussian", Prediction::sample, path, [path](const Tensor& x, std::span<const double> times, const Tensor&) {
        const double alpha = path->alpha(Time(times[0])), sigma = path->sigma(Time(times[0]));
        const double gain = alpha * kVariance / (alpha * alpha * kVariance + sigma * sigma);
        return combine({{gain, x}, {kMean * (1 - gain * alpha), Tensor::full(x.shape(), 1.0, DType::f64)}});
      });
}

double marginal_mean(const Path& path, double t) { return path.alpha(Time(t)) * kMean; }
double marginal_variance(const Path& path, double t) {
  return std::pow(path.alpha(Time(t)), 2) * kVariance + std::pow(path.sigma(Time(t)), 2);
}

std::vector<double> evenly(double from, double to, int n) {
  std::vector<double> times;
  for (int i = 0; i <= n; ++i) times.push_back(from + (to - from) * i / n);
  return times;
}

// Draws of N(mean, variance), and the two moments of a batch.
Tensor draws(std::int64_t count, double mean, double variance) {
  const Shape shape{count / 100, 100};
  return combine(
      {{1.0, Tensor::full(shape, mean, DType::f64)}, {std::sqrt(variance), initial_noise(shape, DType::f64, 11)}});
}

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments_of(const Tensor& x) {
  Moments m;
  const double n = static_cast<double>(x.size());
  for (const double value : x.span<double>()) m.mean += value / n;
  for (const double value : x.span<double>()) m.variance += (value - m.mean) * (value - m.mean) / (n - 1);
  return m;
}

// Four standard errors of n draws, and what one Euler step size leaves (the weak error is of order 1).
void expect_marginal(const Tensor& x, const Path& path, double t, double step_error, const std::string& where) {
  const double variance = marginal_variance(path, t), n = static_cast<double>(x.size());
  const Moments m = moments_of(x);
  EXPECT_NEAR(m.mean, marginal_mean(path, t), 4 * std::sqrt(variance / n) + step_error) << where;
  EXPECT_NEAR(m.variance, variance, 4 * variance * std::sqrt(2 / n) + step_error) << where;
}

struct Span {
  const char* path;
  double quiet, noisy;
};
const std::vector<Span> kSpans = {{"vp", 0.05, 0.5},     {"ddpm_linear", 0.05, 0.5}, {"cosine", 0.1, 0.7},
                                  {"flow", 0.1, 0.7},    {"edm", 0.1, 2.0},          {"scaled_linear", 0.05, 0.5},
                                  {"sigmoid", 0.1, 0.7}, {"laplace", 0.1, 0.7},      {"sub_vp", 0.05, 0.5},
                                  {"ve", 0.3, 0.6},      {"trig", 0.1, 0.7}};

TEST(Process, TheForwardSdeHasThePathsMarginals) {
  const WithThreads one(1);
  for (const auto& [name, quiet, noisy] : kSpans) {
    const PathPtr path = make_path(name);
    const Tensor x = draws(10000, marginal_mean(*path, quiet), marginal_variance(*path, quiet));
    expect_marginal(simulate(forward_sde(path), evenly(quiet, noisy, 200), x, counter_noise(5)), *path, noisy, 0.01,
                    name);
  }
}

TEST(Process, TheReverseSdeReturnsToTheMarginals) {
  const WithThreads one(1);
  for (const double nu : {0.5, 1.0})
    for (const auto& [name, quiet, noisy] : kSpans) {
      const PathPtr path = make_path(name);
      const Tensor x = draws(10000, marginal_mean(*path, noisy), marginal_variance(*path, noisy));
      const Process process = reverse_sde(gaussian(path), path, {}, nu);
      expect_marginal(simulate(process, evenly(noisy, quiet, 200), x, counter_noise(5)), *path, quiet, 0.01, name);
    }
}

// Without noise the law is carried by a map: mean and variance to the accuracy of the map, and there and back again.
TEST(Process, TheProbabilityFlowCarriesTheMarginals) {
  for (const auto& [name, quiet, noisy] : kSpans) {
    const PathPtr path = make_path(name);
    const Process flow = probability_flow(gaussian(path), path);
    const double V_t = marginal_variance(*path, noisy), V_s = marginal_variance(*path, quiet);
    const double m_t = marginal_mean(*path, noisy), m_s = marginal_mean(*path, quiet);
    const Tensor x = Tensor::from(std::vector<double>{m_t - 1.0, m_t, m_t + 2.0}, {3, 1});
    const Tensor down = simulate(flow, evenly(noisy, quiet, 2000), x, {});
    const Tensor up = simulate(flow, evenly(quiet, noisy, 2000), down, {});
    for (std::size_t i = 0; i < 3; ++i) {
      // The flow of a Gaussian: x_s = m_s + sqrt(V_s/V_t) (x_t - m_t).
      EXPECT_NEAR(down.span<double>()[i], m_s + std::sqrt(V_s / V_t) * (x.span<double>()[i] - m_t), 5e-3) << name;
      EXPECT_NEAR(up.span<double>()[i], x.span<double>()[i], 1e-2) << name;
    }
  }
}

// The weak error of the forward SDE by probes, without sampling error: order 1 in the step.
TEST(Process, SimulationIsWeakOrderOne) {
  for (const auto& [name, quiet, noisy] : kSpans) {
    const PathPtr path = make_path(name);
    std::vector<double> errors;
    for (int n = 16; n <= 512; n *= 2) {
      std::vector<double> start(static_cast<std::size_t>(n) + 1, 0.0);
      start[0] = std::sqrt(marginal_variance(*path, quiet));
      const Noise probe = [](const NoiseRequest& request) {
        Tensor z = Tensor::zeros_like(request.like);
        z.mutable_span<double>()[static_cast<std::size_t>(request.step) + 1] = 1.0;
        return z;
      };
      const Tensor end = simulate(forward_sde(path), evenly(quiet, noisy, n), Tensor::from(start, {n + 1, 1}), probe);
      double variance = 0;
      for (const double c : end.span<double>()) variance += c * c;
      errors.push_back(std::abs(variance - marginal_variance(*path, noisy)));
    }
    EXPECT_NEAR(measured_order(errors), 1.0, 0.08) << name << ", error at 512 steps " << errors.back();
  }
}

// Noise is asked for in the clock of this nu: on one Brownian path the simulation is Euler-Maruyama's walk, at nu = 1/2
// as well.
TEST(Process, OnOneBrownianPathItIsEulerMaruyama) {
  const PathPtr path = make_path("vp");
  const std::vector<double> times = evenly(0.8, 0.2, 12);
  const Tensor start = initial_noise({5, 3}, DType::f64, 4);
  for (const double nu : {0.5, 1.0, 2.0}) {
    const Tensor simulated = simulate(reverse_sde(gaussian(path), path, {}, nu), times, start, brownian_noise(path, 9));
    const Tensor walked = walk(*make_solver("euler_maruyama", {{"nu", nu}}), gaussian(path), path,
                               Grid(*path, times, "grid 'even'"), start, brownian_noise(path, 9));
    for (std::size_t i = 0; i < 15; ++i)
      EXPECT_NEAR(simulated.span<double>()[i], walked.span<double>()[i], 1e-12) << "nu " << nu;
  }
}

TEST(Process, AWalkBeginsWithTheDenoisersReset) {
  const PathPtr path = make_path("vp");
  std::vector<std::int64_t> resets;
  Denoiser model = gaussian(path);
  model.reset = [&](std::int64_t n) { resets.push_back(n); };
  const std::vector<double> times = {0.9, 0.5, 0.1};
  simulate(reverse_sde(model, path), times, Tensor::zeros({3, 1}, DType::f64), counter_noise(1));
  simulate(probability_flow(model, make_path("flow")), times, Tensor::zeros({2, 1}, DType::f64), {});
  EXPECT_EQ(resets, (std::vector<std::int64_t>{3, 2}));
}

TEST(Process, TimesMustSuitTheProcess) {
  const PathPtr path = make_path("vp");
  const Tensor x = Tensor::zeros({2, 1}, DType::f64);
  const auto message = [&](const Process& process, const std::vector<double>& times,
                           const Noise& noise = counter_noise(1)) {
    return message_of([&] { simulate(process, times, x, noise); });
  };
  const Process forward = forward_sde(path), reverse = reverse_sde(gaussian(path), path);
  EXPECT_EQ(message(forward, {0.1, 0.5, 0.9}), "no error");
  EXPECT_EQ(message(forward, {0.5}), "process 'forward SDE': it has 1 times; expected at least 2");
  EXPECT_EQ(message(forward, {0.5, 0.1}), "process 'forward SDE': its times must rise");
  EXPECT_EQ(message(reverse, {0.1, 0.5}), "process 'reverse SDE': its times must fall");
  EXPECT_EQ(message(forward, {0.5, 0.6, 0.6}), "process 'forward SDE': time 0.6 after 0.6 turns or repeats");
  EXPECT_EQ(message(forward, {0.5, 1.6}), "process 'forward SDE': time 1.6 is outside [0, 1]");
  EXPECT_EQ(message(forward, {0.1, 0.5}, {}), "simulating this process draws noise, and none was given");
  EXPECT_EQ(message_of([&] { reverse_sde(gaussian(path), path, {}, -1.0); }), "reverse SDE: nu is negative");
  // g is infinite where alpha = 0.
  EXPECT_EQ(message(reverse_sde(gaussian(make_path("flow")), make_path("flow")), {1.0, 0.5}),
            "process 'reverse SDE' diverged: a state is not finite after time 0.5 (step 1)");
}

}  // namespace
}  // namespace ito
