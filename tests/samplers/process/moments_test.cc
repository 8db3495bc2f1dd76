// The processes' means and variances on Gaussian data, as functions of time, against closed forms.
//
// Data N(m, s), marginal N(alpha m, V), V = alpha^2 s + sigma^2, rho = sigma^2/alpha^2. From x at time t:
//   forward SDE to s > t         mean (alpha_s/alpha_t) x,   variance sigma_s^2 - (alpha_s/alpha_t)^2 sigma_t^2
//   nu-family back to s < t      with q = (s + rho_s)/(s + rho_t):
//                                mean alpha_s m + sqrt(V_s/V_t) q^(nu^2/2) (x - alpha_t m),
//                                variance V_s (1 - q^(nu^2))
// The moments of Euler-Maruyama are known without sampling error: a process is affine in its state and noise, so its
// answers to one state or one noise of size one are its coefficients.
#include "autograd/arithmetic.h"
#include "samplers/exact/diagonal_gaussian.h"
#include "samplers/process/process.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr double kMean = 0.6, kVariance = 0.25, kStart = 1.4;

struct Moments {
  double mean, variance;
};

// Rows: kStart without noise, and one for each step's noise, from 0 at that step's size: differences are coefficients.
Moments euler_maruyama(const Process& process, const std::vector<double>& times) {
  const auto steps = static_cast<std::int64_t>(times.size()) - 1;
  const Tensor x = Tensor::full({steps + 1, 1}, kStart, DType::f64);
  const Tensor end = simulate(process, times, x, [&](const NoiseRequest& request) {
    Tensor z = Tensor::zeros_like(request.like);
    z.mutable_span<double>()[static_cast<std::size_t>(request.step + 1)] = 1.0;
    return z;
  });
  const auto values = end.span<double>();
  Moments moments{values[0], 0};
  for (std::size_t k = 1; k < values.size(); ++k) moments.variance += (values[k] - values[0]) * (values[k] - values[0]);
  return moments;
}

std::vector<double> evenly(double from, double to, int n) {
  std::vector<double> times;
  for (int i = 0; i <= n; ++i) times.push_back(i == n ? to : from + (to - from) * i / n);
  return times;
}

struct Span {
  const char* path;
  double quiet, noisy;
};
const Span kSpans[] = {{"vp", 0.3, 0.6}, {"flow", 0.2, 0.7}, {"edm", 0.3, 1.5}, {"trig", 0.2, 0.7}};

// First-order convergence of both moments to `exact`, and the finest within 1 %.
void expect_moments(const Process& process, double from, double to, const Moments& exact, const std::string& where) {
  std::vector<double> mean_errors, variance_errors;
  for (const int n : {128, 256, 512, 1024}) {
    const Moments found = euler_maruyama(process, evenly(from, to, n));
    mean_errors.push_back(std::abs(found.mean - exact.mean));
    variance_errors.push_back(std::abs(found.variance - exact.variance));
  }
  EXPECT_LT(mean_errors.back(), 0.01 * (1 + std::abs(exact.mean))) << where;
  // Euler's step is exact for the forward mean of flow (alpha is linear in t) and of edm (f = 0).
  if (mean_errors.front() > 1e-12) {
    EXPECT_NEAR(measured_order(mean_errors), 1.0, 0.15) << where << ": mean";
  }
  if (exact.variance == 0) {
    EXPECT_EQ(variance_errors.back(), 0.0) << where;
  } else {
    EXPECT_LT(variance_errors.back(), 0.01 * (1 + exact.variance)) << where;
    EXPECT_NEAR(measured_order(variance_errors), 1.0, 0.15) << where << ": variance";
  }
}

TEST(ProcessMoments, TheForwardSdeHasItsTransitionKernel) {
  const WithThreads one(1);
  for (const auto& [name, quiet, noisy] : kSpans) {
    const PathPtr path = make_path(name);
    const double a_t = path->alpha(Time(quiet)), b_t = path->sigma(Time(quiet));
    const double a_s = path->alpha(Time(noisy)), b_s = path->sigma(Time(noisy)), ratio = a_s / a_t;
    const Moments exact{ratio * kStart, b_s * b_s - ratio * ratio * b_t * b_t};
    expect_moments(forward_sde(path), quiet, noisy, exact, name);
  }
}

TEST(ProcessMoments, TheFamilyHasItsTransitionKernelAtEveryNu) {
  const WithThreads one(1);
  for (const auto& [name, quiet, noisy] : kSpans)
    for (const double nu : {0.0, 0.5, 1.0, 2.0}) {
      const PathPtr path = make_path(name);
      const double a_t = path->alpha(Time(noisy)), b_t = path->sigma(Time(noisy));
      const double a_s = path->alpha(Time(quiet)), b_s = path->sigma(Time(quiet));
      const double v_t = a_t * a_t * kVariance + b_t * b_t, v_s = a_s * a_s * kVariance + b_s * b_s;
      const double q = (v_s / (a_s * a_s)) / (v_t / (a_t * a_t));
      const Moments exact{a_s * kMean + std::sqrt(v_s / v_t) * std::pow(q, nu * nu / 2) * (kStart - a_t * kMean),
                          v_s * (1 - std::pow(q, nu * nu))};
      const Denoiser denoiser = diagonal_denoiser({{kMean}, {kVariance}}, path);
      expect_moments(reverse_sde(denoiser, path, {}, nu), noisy, quiet, exact,
                     std::string(name) + " nu " + std::to_string(nu));
    }
}

// What all of the family share: from the marginal at `noisy` the law is the marginal at every later time.
TEST(ProcessMoments, TheFamilyKeepsTheMarginals) {
  const WithThreads one(1);
  for (const auto& [name, quiet, noisy] : kSpans)
    for (const double nu : {0.0, 0.5, 1.0, 2.0})
      for (const double part : {0.4, 1.0}) {
        const PathPtr path = make_path(name);
        const double to = noisy + part * (quiet - noisy);
        const DiagonalGaussian data{{kMean}, {kVariance}};
        const auto marginal = [&](double t) { return diffused(data, {path->alpha(Time(t)), path->sigma(Time(t))}); };
        const Process process = reverse_sde(diagonal_denoiser(data, path), path, {}, nu);
        // x -> mean is affine: its slope from two starts.
        const std::vector<double> times = evenly(noisy, to, 512);
        const Moments from_start = euler_maruyama(process, times);
        const Tensor pair = Tensor::from(std::vector<double>{0.0, 1.0}, {2, 1});
        const Tensor ends = simulate(process, times, pair,
                                     [](const NoiseRequest& request) { return Tensor::zeros_like(request.like); });
        const double offset = ends.span<double>()[0], slope = ends.span<double>()[1] - offset;
        EXPECT_NEAR(from_start.mean, offset + slope * kStart, 1e-12) << name;
        const DiagonalGaussian start = marginal(noisy), end = marginal(to);
        EXPECT_NEAR(offset + slope * start.means[0], end.means[0], 6e-3 * (1 + nu * nu)) << name << nu;
        EXPECT_NEAR(slope * slope * start.variances[0] + from_start.variance, end.variances[0],
                    6e-3 * (1 + nu * nu) * end.variances[0])
            << name << nu;
      }
}

}  // namespace
}  // namespace ito
