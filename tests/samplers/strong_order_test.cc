// Measured strong orders: rms over samples of the distance, on one Brownian path, to the SDE's solution at a much finer
// step, on data that is not Gaussian. Every "strong" claim in the registry is measured, for solvers yet to be written
// as well.
//
// The reference is the exact step of the nu-family with x_0 held (MATHS.md section 3) on x/alpha, which all paths share
// between equal lambdas, in plain doubles and without any of the solvers' code; its noise is brownian_noise's.
#include <cstdio>
#include <map>

#include "autograd/arithmetic.h"
#include "samplers/brownian.h"
#include "tests/samplers/stochastic.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr std::int64_t kSamples = 1000;
constexpr double kFrom = -1, kTo = 1;  // lambda
constexpr int kFinest = 8192;

// E[x_0 | x_0 + ratio eps = y] of kThreeLumps, in double.
double posterior(double ratio, double y) {
  double total = 0, mean = 0;
  for (const Component& c : kThreeLumps) {
    const double m = static_cast<double>(c.mean[0]), s = static_cast<double>(c.deviation);
    const double V = s * s + ratio * ratio;
    const double weight = static_cast<double>(c.weight) / std::sqrt(V) * std::exp(-(y - m) * (y - m) / (2 * V));
    total += weight;
    mean += weight * (m + s * s / V * (y - m));
  }
  return mean / total;
}

Denoiser lumps(const PathPtr& path) {
  return make_denoiser("lumps", Prediction::sample, path,
                       [path](const Tensor& x, std::span<const double> times, const Tensor&) {
                         const double alpha = path->alpha(Time(times[0]));
                         const double ratio = path->sigma(Time(times[0])) / alpha;
                         Tensor x0 = Tensor::like(x);
                         const auto in = x.span<double>();
                         const auto out = x0.mutable_span<double>();
                         for (std::size_t i = 0; i < in.size(); ++i) out[i] = posterior(ratio, in[i] / alpha);
                         return x0;
                       });
}

// brownian_noise, its answers remembered: every path asks for the same increments of lambda.
Tensor increment(const Path& path, const NoiseRequest& request) {
  static const PathPtr edm = make_path("edm");
  static const Noise noise = brownian_noise(edm, 21);
  static std::map<std::tuple<std::int64_t, std::int64_t, double>, Tensor> known;
  const auto place = [&](Time t) { return std::llround(path.lambda(t).value * 1e9); };
  const auto key = std::tuple(place(request.from), place(request.to), request.nu);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const auto at = [&](std::int64_t billionths) { return edm->time(Lambda(static_cast<double>(billionths) * 1e-9)); };
  return known[key] = noise({request.like, 0, 0, at(std::get<0>(key)), at(std::get<1>(key)), request.nu});
}

// x/alpha at kFrom.
std::vector<double> start() {
  const Tensor z = initial_noise({kSamples, 1}, DType::f64, 5);
  std::vector<double> y(z.span<double>().begin(), z.span<double>().end());
  for (double& value : y) value *= std::exp(-kFrom);
  return y;
}

// x/alpha at kTo.
const std::vector<double>& solution(double nu) {
  static std::map<double, std::vector<double>> known;
  if (const auto found = known.find(nu); found != known.end()) return found->second;
  const PathPtr edm = make_path("edm");
  const Noise noise = brownian_noise(edm, 21);
  const Tensor like = Tensor::zeros({kSamples, 1}, DType::f64);
  std::vector<double> y = start();
  const double h = (kTo - kFrom) / kFinest, k = nu * nu;
  for (int i = 0; i < kFinest; ++i) {
    const double t = kFrom + i * h, s = kFrom + (i + 1) * h;
    const Tensor z = noise({like, 0, 0, edm->time(Lambda(t)), edm->time(Lambda(s)), nu});
    for (std::size_t j = 0; j < y.size(); ++j)
      y[j] = std::exp(-(1 + k) * h) * y[j] - std::expm1(-(1 + k) * h) * posterior(std::exp(-t), y[j]) +
             std::exp(-s) * std::sqrt(-std::expm1(-2 * k * h)) * z.span<double>()[j];
  }
  return known[nu] = y;
}

double rms_error(const std::string& solver, const GivenParameters& given, const PathPtr& path, const std::string& clock,
                 double nu, int n) {
  const Grid grid = equal_in(*path, kFrom, kTo, n, clock);
  const double alpha_t = path->alpha(grid.front()), alpha_s = path->alpha(grid.back());
  std::vector<double> x = start();
  for (double& value : x) value *= alpha_t;
  const Tensor end = walk(*make_solver(solver, given), lumps(path), path, grid, Tensor::from(x, {kSamples, 1}),
                          [&](const NoiseRequest& request) { return increment(*path, request); });
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    squares += std::pow(end.span<double>()[i] / alpha_s - solution(nu)[i], 2) / static_cast<double>(kSamples);
  return std::sqrt(squares);
}

TEST(StrongOrder, EverySolverHasThoseThatItClaims) {
  const WithThreads one(1);
  int seen = 0;
  for (const Entry* entry : entries_of("solver"))
    for (const OrderClaim& claim : entry->orders) {
      if (claim.kind != "strong") continue;
      EXPECT_LE(claim.order, 1) << entry->name << ": no solver here integrates Brownian paths' areas";
      int walked = 0;
      for (const char* name : {"vp", "flow", "edm"}) {
        if (!walks(entry->name, make_path(name))) continue;
        ++walked;
        std::vector<double> errors;
        for (int n = 8; n <= 256; n *= 2)
          errors.push_back(rms_error(entry->name, claim.parameters, make_path(name), claim.clock, claim.nu, n));
        EXPECT_NEAR(measured_order(errors), claim.order, 0.15)
            << entry->name << " nu " << claim.nu << " on " << name << ", at 8 steps " << errors.front() << ", at 256 "
            << errors.back();
        if (std::getenv("ITO_PRINT_ORDERS"))
          std::printf("strong %-28s nu %.2f %-5s %.2f at 8: %.2e at 256: %.2e\n", entry->name.c_str(), claim.nu, name,
                      measured_order(errors), errors.front(), errors.back());
      }
      EXPECT_GE(walked, 1) << entry->name;
      ++seen;
    }
  EXPECT_GE(seen, 8);
}

// Noise that is fresh at every step is not one path: nothing converges.
TEST(StrongOrder, CounterNoiseHasNone) {
  const WithThreads one(1);
  const PathPtr path = make_path("edm");
  const auto end = [&](int n) {
    return walk(*make_solver("ddpm"), lumps(path), path, equal_in(*path, kFrom, kTo, n, "lambda"),
                combine({{std::exp(-kFrom), initial_noise({kSamples, 1}, DType::f64, 5)}}), counter_noise(21));
  };
  double squares = 0;
  const Tensor coarse = end(64), fine = end(128);
  for (std::size_t i = 0; i < kSamples; ++i)
    squares += std::pow(coarse.span<double>()[i] - fine.span<double>()[i], 2) / static_cast<double>(kSamples);
  EXPECT_GT(std::sqrt(squares), 0.3);
}

}  // namespace
}  // namespace ito
