// Measured weak orders: mean and variance on Gaussian data, without sampling error, against the closed form of the
// nu-family (MATHS.md sections 3 and 7). Every "weak" claim in the registry is measured, for solvers yet to be written
// as well: the slowest of gain, mean and variance has the order that is claimed. Elsewhere x_0-hat is not affine and
// Ito terms appear: one step's moments are measured on a mixture as well.
#include <cstdio>

#include "autograd/arithmetic.h"
#include "tests/samplers/stochastic.h"

namespace ito {
namespace {

using namespace testing_support;

struct Orders {
  double gain, mean, variance;
  double slowest() const { return std::min({gain, mean, variance}); }
};

Orders weak_orders(const std::string& solver, const GivenParameters& given, const std::string& path_name,
                   const std::string& clock, double nu, int coarsest) {
  const PathPtr path = make_path(path_name);
  std::vector<double> gain, mean, variance;
  for (int n = coarsest; n <= 32 * coarsest; n *= 2) {
    const LawErrors errors = law_errors(*make_solver(solver, given), path, equal_in(*path, -1, 1, n, clock), nu);
    gain.push_back(errors.gain);
    mean.push_back(errors.mean);
    variance.push_back(errors.variance);
  }
  return {order_or_exact(gain), order_or_exact(mean), order_or_exact(variance)};
}

std::string text_of(const GivenParameters& given) {
  std::string text;
  for (const auto& [name, value] : given) text += " " + name + "=" + value_text(value);
  return text;
}

TEST(WeakOrder, EverySolverHasThoseThatItClaims) {
  const WithThreads one(1);
  int seen = 0;
  for (const Entry* entry : entries_of("solver"))
    for (const OrderClaim& claim : entry->orders) {
      if (claim.kind != "weak") continue;
      int walked = 0;
      for (const char* path : {"vp", "flow", "edm"}) {
        if (!walks(entry->name, make_path(path))) continue;
        ++walked;
        const auto orders = [&](int coarsest) {
          return weak_orders(entry->name, claim.parameters, path, claim.clock, claim.nu, coarsest);
        };
        Orders found = orders(32);
        // Multistep methods come to their order late: what they forget of their start is as large at first.
        if (std::abs(found.slowest() - claim.order) > 0.15) found = orders(128);
        EXPECT_NEAR(found.slowest(), claim.order, 0.15)
            << entry->name << text_of(claim.parameters) << " nu " << claim.nu << " on " << path << ": gain "
            << found.gain << ", mean " << found.mean << ", variance " << found.variance;
        if (std::getenv("ITO_PRINT_ORDERS"))
          std::printf("weak   %-28s%-42s nu %.2f %-5s gain %.2f mean %.2f variance %.2f\n", entry->name.c_str(),
                      text_of(claim.parameters).c_str(), claim.nu, path, found.gain, found.mean, found.variance);
      }
      EXPECT_GE(walked, 1) << entry->name;
      ++seen;
    }
  EXPECT_GE(seen, 12);
}

// The posterior step's gain is that of the SDE at every step size.
TEST(WeakOrder, TheGainOfDdpmIsExact) {
  const WithThreads one(1);
  for (const char* name : {"vp", "cosine", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    for (const auto& [solver, given] :
         std::vector<std::pair<std::string, GivenParameters>>{{"ddpm", {}},
                                                              {"ddpm", {{"variance", std::string("fixed_large")}}},
                                                              {"ddim", {{"eta", 1.0}}},
                                                              {"euler_ancestral", {}}})
      EXPECT_LT(law_errors(*make_solver(solver, given), path, equal_in(*path, -1, 1, 7, "lambda"), 1).gain, 1e-12)
          << solver << " on " << name;
  }
}

// For data N(0, I) the large variance is right at every step size on a path that preserves variance: nothing is left
// to converge.
TEST(WeakOrder, FixedLargeIsExactOnStandardNormalData) {
  const PathPtr path = make_path("vp");
  const auto solver = make_solver("ddpm", {{"variance", std::string("fixed_large")}});
  EXPECT_NEAR(law_of(*solver, path, equal_in(*path, -2, 2, 4, "time"), 0, 1).variance, 1.0, 1e-13);
}

// On data that are not Gaussian: what one step makes of the first four moments, from the law of the path itself, on
// edm. Start, the state one step earlier (by the forward process, whose joint law is the reverse SDE's) and the noise
// are integrated over by the trapezoidal rule, which on smooth integrands that fall off as Gaussians errs less than the
// moments do here.
struct Quadrature {
  std::vector<double> weight, x, w, z_0, z_1;  // w: of the earlier state
};

// The points of `quadrature`: x of kThreeLumps with noise sigma, and two more normal numbers: z_0 and either w or z_1.
Quadrature over_lumps(double sigma, bool earlier) {
  constexpr double kRange = 7.5;
  const auto density = [](double u, double spacing) {
    return spacing * std::exp(-u * u / 2) / std::sqrt(2 * 3.14159265358979323846);
  };
  Quadrature q;
  for (const Component& c : kThreeLumps)
    for (double u = -kRange; u <= kRange; u += 0.25)
      for (double a = -kRange; a <= kRange; a += 0.5)
        for (double b = -kRange; b <= kRange; b += 0.5) {
          const double s = static_cast<double>(c.deviation);
          q.weight.push_back(static_cast<double>(c.weight) * density(u, 0.25) * density(a, 0.5) * density(b, 0.5));
          q.x.push_back(static_cast<double>(c.mean[0]) + std::sqrt(s * s + sigma * sigma) * u);
          q.z_0.push_back(a);
          q.w.push_back(earlier ? b : 0.0);
          q.z_1.push_back(earlier ? 0.0 : b);
        }
  return q;
}

// sum_k |E x^k - that of the path at sigma|, k = 1 .. 4.
double moments_off(const Quadrature& q, std::span<const double> x, double sigma) {
  double found[4] = {}, exact[4] = {};
  for (std::size_t i = 0; i < x.size(); ++i)
    for (int k = 0; k < 4; ++k) found[k] += q.weight[i] * std::pow(x[i], k + 1);
  for (const Component& c : kThreeLumps) {
    const double m = static_cast<double>(c.mean[0]), w = static_cast<double>(c.weight);
    const double V = static_cast<double>(c.deviation * c.deviation) + sigma * sigma;
    const double of_one[] = {m, m * m + V, m * m * m + 3 * m * V, m * m * m * m + 6 * m * m * V + 3 * V * V};
    for (int k = 0; k < 4; ++k) exact[k] += w * of_one[k];
  }
  double off = 0;
  for (int k = 0; k < 4; ++k) off += std::abs(found[k] - exact[k]);
  return off;
}

Denoiser fast_lumps(const PathPtr& edm) {
  return make_denoiser("lumps", Prediction::sample, edm, [](const Tensor& x, std::span<const double> t, const Tensor&) {
    Tensor x0 = Tensor::like(x);
    const auto in = x.span<double>();
    const auto out = x0.mutable_span<double>();
    for (std::size_t i = 0; i < in.size(); ++i) {
      double total = 0, mean = 0;
      for (const Component& c : kThreeLumps) {
        const double m = static_cast<double>(c.mean[0]), s = static_cast<double>(c.deviation), V = s * s + t[0] * t[0];
        const double part =
            static_cast<double>(c.weight) / std::sqrt(V) * std::exp(-(in[i] - m) * (in[i] - m) / (2 * V));
        total += part;
        mean += part * (m + s * s / V * (in[i] - m));
      }
      out[i] = mean / total;
    }
    return x0;
  });
}

TEST(WeakOrder, OneStepOnThreeLumps) {
  const PathPtr edm = make_path("edm");
  const Denoiser denoiser = fast_lumps(edm);
  struct Case {
    const char* solver;
    GivenParameters given;
    bool history;
    double order;  // of one step: one more than over a stretch
  };
  const GivenParameters whole = {{"lower_order_final", false}};
  for (const auto& [name, given, history, order] :
       {Case{"euler_ancestral", {}, false, 2},
        {"dpm_solver_pp_sde", {}, false, 3},
        {"dpm_solver_pp_2m_sde", whole, true, 3},
        {"dpm_solver_pp_2m_sde", {{"solver_type", std::string("heun")}, {"lower_order_final", false}}, true, 3}}) {
    std::vector<double> errors;
    for (double h = 0.2; h > 0.012; h /= 2) {
      const double t = 0.8, s = t * std::exp(-h), before = t * std::exp(h);
      const Quadrature q = over_lumps(t, history);
      const std::int64_t points = static_cast<std::int64_t>(q.x.size());
      const Tensor x = Tensor::from(q.x, {points, 1}), z_0 = Tensor::from(q.z_0, {points, 1});
      const Tensor z_1 = Tensor::from(q.z_1, {points, 1});
      const Noise noise = [&](const NoiseRequest& request) { return request.substep == 0 ? z_0 : z_1; };
      const auto solver = make_solver(name, given);
      const Tensor end = walk(*solver, denoiser, edm, Grid(*edm, {t, s}, "grid 'one'"), x, noise, [&, past = history] {
        if (!past) return;
        const Tensor x_before =
            combine({{1.0, x}, {std::sqrt(before * before - t * t), Tensor::from(q.w, {points, 1})}});
        solver->remember(*edm, Estimate(*edm, Time(before), x_before, denoiser.evaluate({x_before, {&before, 1}, {}}),
                                        Prediction::sample));
      });
      errors.push_back(moments_off(q, end.span<double>(), s));
    }
    std::string all;
    for (const double error : errors) all += " " + value_text(error);
    EXPECT_NEAR(measured_order(errors), order, 0.15) << name << text_of(given) << ":" << all;
  }
}

}  // namespace
}  // namespace ito
