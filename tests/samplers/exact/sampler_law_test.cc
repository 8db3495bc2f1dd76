#include "samplers/exact/sampler_law.h"

#include <set>

#include "autograd/arithmetic.h"
#include "samplers/exact/products.h"
#include "tests/samplers/analytic.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using namespace testing_support;

struct Case {
  std::string solver;
  GivenParameters parameters = {};
};

SamplerLaw law_of(const Case& c, const DiagonalGaussian& data, const PathPtr& path, const Grid& grid,
                  std::optional<DiagonalGaussian> start = {}) {
  const auto solver = make_solver(c.solver, c.parameters);
  return sampler_law(diagonal_denoiser(data, path), path, grid, *solver,
                     start ? *start : noise_law(*path, grid, data.means.size()), {.solver = c.solver});
}

TEST(DiagonalGaussian, IsAnyGaussianAlongItsAxes) {
  const auto p = test::random_gaussian(5, 1);
  const DiagonalGaussian axes = along_axes(*p);
  // Two laws with the same axes, compared by the formulas for full covariances.
  std::vector<double> twice = p->covariance(), shifted = p->mean();
  for (double& s : twice) s *= 1.7;
  for (double& m : shifted) m += 0.3;
  const Gaussian q(shifted, twice);
  DiagonalGaussian other = axes;
  const std::vector<double> moved = multiply(shifted, p->basis(), 1, 5, 5);
  for (std::size_t j = 0; j < 5; ++j) other.variances[j] *= 1.7, other.means[j] = moved[j];
  EXPECT_NEAR(kl_divergence(axes, other), kl_divergence(*p, q), 1e-12);
  EXPECT_NEAR(kl_divergence(other, axes), kl_divergence(q, *p), 1e-11);
  EXPECT_NEAR(w2_distance(axes, other), w2_distance(*p, q), 1e-12);
  EXPECT_EQ(kl_divergence(axes, axes), 0.0);
  EXPECT_EQ(w2_distance(axes, axes), 0.0);

  // Its denoiser is the full one's in the coordinates V^T x, at a time for each sample too.
  const PathPtr path = make_path("flow");
  const Tensor x = test::points(3, 5, 7);
  const std::vector<double> times = {0.3, 0.0, 1.0};
  const Tensor full = gaussian_denoiser(p, path).evaluate({x, times, {}}).prediction;
  const Tensor rotated = Tensor::from(multiply(x.span<double>(), p->basis(), 3, 5, 5), {3, 5});
  const Denoiser diagonal = diagonal_denoiser(axes, path);
  EXPECT_LT(test::difference(test::values_of(diagonal.evaluate({rotated, times, {}}).prediction),
                             multiply(full.span<double>(), p->basis(), 3, 5, 5)),
            1e-12);
  const Tensor v = test::points(3, 5, 8);
  const Tensor rotated_v = Tensor::from(multiply(v.span<double>(), p->basis(), 3, 5, 5), {3, 5});
  EXPECT_LT(
      test::difference(test::values_of(diagonal.vjp({rotated, times, {}}, rotated_v)),
                       multiply(gaussian_denoiser(p, path).vjp({x, times, {}}, v).span<double>(), p->basis(), 3, 5, 5)),
      1e-12);
}

// Of variances whose ratio is beyond what 1 + (r - 1) holds: (r - 1 - log r)/2.
TEST(DiagonalGaussian, ComparesVariancesOfAnyRatio) {
  for (const double r : {1e-300, 1e-20, 1e-3, 0.49, 0.51, 1 + 1e-9, 1.49, 1.51, 1e20, 1e300}) {
    const long double excess = static_cast<long double>(r) - 1;
    const double expected = static_cast<double>(0.5L * (excess - logl(static_cast<long double>(r))));
    EXPECT_NEAR(kl_divergence({{0.3}, {r}}, {{0.3}, {1.0}}), expected, 1e-15 * (1 + expected)) << r;
  }
}

// One step of DDIM from t to s, written out: gain and noise of x_s = alpha_s x_0 + sqrt(sigma_s^2 - eta_t^2) eps +
// eta_t z.
TEST(SamplerLaw, OfOneDdimStepIsTheFormula) {
  const DiagonalGaussian data{{0.4, -1.2, 0.0}, {2.0, 0.3, 0.0}};
  for (const char* name : {"vp", "flow", "edm"})
    for (const double eta : {0.0, 0.5, 1.0}) {
      const PathPtr path = make_path(name);
      const double high = std::string(name) == "edm" ? 5.0 : 0.8, low = std::string(name) == "edm" ? 0.4 : 0.3;
      const Grid grid(*path, {high, low}, "test");
      const SamplerLaw law = law_of({"ddim", {{"eta", eta}}}, data, path, grid);
      const double a = path->alpha(Time(high)), b = path->sigma(Time(high));
      const double alpha = path->alpha(Time(low)), sigma = path->sigma(Time(low));
      const double ratio = a * sigma / (alpha * b), eta_t = eta * sigma * std::sqrt(1 - ratio * ratio);
      const double of_eps = std::sqrt(sigma * sigma - eta_t * eta_t);
      for (std::size_t j = 0; j < 3; ++j) {
        const double m = data.means[j], s = data.variances[j], k = a * s / (a * a * s + b * b);
        const double gain = alpha * k + of_eps * (1 - a * k) / b;
        const double offset = (alpha - of_eps * a / b) * m * (1 - k * a);
        EXPECT_NEAR(law.gain[j], gain, 1e-14) << name << eta;
        EXPECT_NEAR(law.offset[j], offset, 1e-14) << name << eta;
        EXPECT_NEAR(law.noise_variance[j], eta_t * eta_t, 1e-14) << name << eta;
        EXPECT_NEAR(law.end.means[j], offset, 1e-14);
        EXPECT_NEAR(law.end.variances[j], gain * gain * b * b + eta_t * eta_t, 1e-14);
      }
      EXPECT_EQ(law.requests, eta == 0.0 ? 0 : 1);
      EXPECT_EQ(law.evaluations, 1);
    }
}

// A full covariance, sampled by the product's own `sample`; the law of its diagonal twin within four standard errors.
TEST(SamplerLaw, AgreesWithAMillionSamples) {
  const WithThreads one(1);
  const std::int64_t d = 2, count = 1'000'000;
  const auto gaussian = test::random_gaussian(d, 3);
  const DiagonalGaussian data = along_axes(*gaussian);
  const std::vector<Case> cases = {{"ddim", {}},
                                   {"ddim", {{"eta", 0.5}}},
                                   {"ddim", {{"eta", 1.0}}},
                                   {"ddpm", {{"variance", std::string("fixed_large")}}},
                                   {"dpm_solver_pp_2m", {}},
                                   {"euler_maruyama", {{"nu", 0.7}}},
                                   {"heun", {}},
                                   {"sa_solver", {{"tau", 1.0}}},
                                   {"seeds", {{"stages", std::int64_t{3}}}}};
  for (const Case& c : cases) {
    const PathPtr path = make_path("vp");
    const Grid grid = make_grid("uniform", *path, 4, {{"t_end", 0.05}});
    const SamplerLaw law = law_of(c, data, path, grid);
    const auto solver = make_solver(c.solver, c.parameters);
    SampleRequest request;
    request.seed = 5, request.count = count, request.batch = 50'000, request.shape = {d}, request.dtype = DType::f64;
    const Tensor x = sample(gaussian_denoiser(gaussian, path), path, grid, *solver, request).samples;
    const std::vector<double> y = multiply(x.span<double>(), gaussian->basis(), count, d, d);
    for (std::size_t j = 0; j < static_cast<std::size_t>(d); ++j) {
      double mean = 0, variance = 0;
      const double n = static_cast<double>(count), expected = law.end.variances[j];
      for (std::size_t i = j; i < y.size(); i += static_cast<std::size_t>(d)) mean += y[i] / n;
      for (std::size_t i = j; i < y.size(); i += static_cast<std::size_t>(d))
        variance += (y[i] - mean) * (y[i] - mean) / (n - 1);
      EXPECT_NEAR(mean, law.end.means[j], 4 * std::sqrt(expected / n)) << c.solver;
      EXPECT_NEAR(variance, expected, 4 * expected * std::sqrt(2 / n)) << c.solver;
    }
  }
}

// n -> infinity: the flow map alpha_s m + sqrt(S_s/S_t)(x - alpha_t m), approached with the solver's order; with
// noise the marginal itself.
TEST(SamplerLaw, ConvergesToTheFlowOfItsStart) {
  const WithThreads one(1);
  const DiagonalGaussian data{{0.7, -0.2}, {1.5, 0.2}};
  const PathPtr path = make_path("vp");
  const double t = 0.9, s = 0.1;
  const GivenParameters ends = {{"t_start", t}, {"t_end", s}, {"final", std::string("end")}};
  const auto level = [&](double time) { return NoiseLevel{path->alpha(Time(time)), path->sigma(Time(time))}; };
  const DiagonalGaussian start = diffused(data, level(t)), end = diffused(data, level(s));
  const auto errors = [&](const Case& c) {
    std::vector<double> list;
    for (const int n : {16, 32, 64, 128, 256})
      list.push_back(w2_distance(law_of(c, data, path, make_grid("lambda", *path, n, ends), start).end, end));
    return list;
  };
  EXPECT_NEAR(measured_order(errors({"ddim"})), 1.0, 0.1);
  EXPECT_NEAR(measured_order(errors({"ddim", {{"eta", 1.0}}})), 1.0, 0.1);
  EXPECT_NEAR(measured_order(errors({"heun"})), 2.0, 0.15);
  EXPECT_NEAR(measured_order(errors({"dpm_solver_pp_2m"})), 2.0, 0.15);
  // The map itself, not only the law: gain sqrt(S_s/S_t), and no request for noise.
  const SamplerLaw fine = law_of({"heun"}, data, path, make_grid("lambda", *path, 512, ends), start);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(fine.gain[j], std::sqrt(end.variances[j] / start.variances[j]), 1e-5);
    EXPECT_NEAR(fine.offset[j], end.means[j] - fine.gain[j] * start.means[j], 1e-5);
  }
  EXPECT_EQ(fine.requests, 0);
  EXPECT_EQ(fine.evaluations, 1024);
}

// Chunks of probes: more requests than one batch of probes holds give the sum that one request at a time gives.
TEST(SamplerLaw, InManyDirectionsIsThatOfEachDirection) {
  DiagonalGaussian data;
  for (int j = 0; j < 784; ++j) {
    data.means.push_back(std::sin(j));
    data.variances.push_back(80.0 / std::pow(1 + j, 1.5));
  }
  const PathPtr path = make_path("vp");
  const Grid grid = make_grid("lambda", *path, 60);
  const SamplerLaw all = law_of({"ddpm"}, data, path, grid);
  EXPECT_EQ(all.requests, 59);
  for (const std::size_t j : {std::size_t{0}, std::size_t{17}, std::size_t{783}}) {
    const SamplerLaw one = law_of({"ddpm"}, {{data.means[j]}, {data.variances[j]}}, path, grid);
    EXPECT_EQ(one.gain[0], all.gain[j]);
    EXPECT_EQ(one.offset[0], all.offset[j]);
    EXPECT_EQ(one.noise_variance[0], all.noise_variance[j]);
  }
}

// One step length from the size of the state, as adaptive and Langevin methods have it.
class Normed final : public Solver {
 public:
  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Estimate hat = trajectory.evaluate(x, trajectory.from());
    const double a = 1.0 / (1.0 + std::sqrt(squared_norm(x)));
    return combine({{a, x}, {1 - a, hat.x0()}});
  }
};

// Affine, but it asks for noise only where the state is large.
class Hesitant final : public Solver {
 public:
  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Tensor x0 = trajectory.evaluate(x, trajectory.from()).x0();
    if (squared_norm(x) < 20) return x0;
    return combine({{1, x0}, {1, trajectory.noise(x)}});
  }
};

// Thresholds the state, which probes of one size do not see.
class Clipped final : public Solver {
 public:
  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    Tensor y = trajectory.evaluate(x, trajectory.from()).x0().clone();
    for (double& value : y.mutable_span<double>()) value = std::clamp(value, -1.5, 1.5);
    return y;
  }
};

TEST(SamplerLaw, RefusesWhatIsNotAffine) {
  const DiagonalGaussian data{{0.4, -1.2}, {2.0, 0.3}};
  const PathPtr path = make_path("vp");
  const Grid grid = make_grid("lambda", *path, 4, {{"t_start", 0.3}});
  const auto message = [&](Solver&& solver) {
    return message_of([&] {
      sampler_law(diagonal_denoiser(data, path), path, grid, solver, noise_law(*path, grid, 2), {.solver = "odd"});
    });
  };
  const std::string refused = "solver 'odd' is not affine in its state and noise, so its law has no closed form: ";
  EXPECT_EQ(message(Normed()).find(refused + "its answer to a sum"), 0u) << message(Normed());
  EXPECT_EQ(message(Clipped()).find(refused + "its answer to a sum"), 0u) << message(Clipped());
  EXPECT_EQ(message(Hesitant()), refused + "how often it asks for noise depends on its state");
}

// Whoever adds a solver learns here whether `ito exact` knows its law.
TEST(SamplerLaw, EverySolverHasOneUnlessItIsKnownNotToBeAffine) {
  const std::set<std::string> not_affine = {"dormand_prince", "predictor_corrector", "pcg"};
  const WithThreads one(1);
  const DiagonalGaussian data{{0.4, -1.2, 0.1}, {2.0, 0.3, 0.01}};
  for (const Entry* entry : entries_of("solver"))
    for (const char* name : {"vp", "edm"}) {
      const PathPtr path = make_path(name);
      if (!walks(entry->name, path)) continue;
      const std::string said = message_of([&] { law_of({entry->name}, data, path, make_grid("lambda", *path, 6)); });
      EXPECT_EQ(said == "no error", !not_affine.contains(entry->name)) << entry->name << " on " << name << ": " << said;
    }
}

}  // namespace
}  // namespace ito
