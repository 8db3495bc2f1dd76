#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters adams(int predictor, int corrector, double tau, bool lower = false) {
  return {{"predictor_order", std::int64_t{predictor}},
          {"corrector_order", std::int64_t{corrector}},
          {"tau", tau},
          {"tau_start", 0.0},
          {"tau_end", 1.0},
          {"lower_order_final", lower}};
}

Tensor sampled(const std::string& solver, const GivenParameters& given, const PathPtr& path, const Grid& grid) {
  const SampleRequest request{.seed = 7, .count = 5, .shape = {2}, .dtype = DType::f64};
  return sample(mixture_denoiser(kTwoLumps, path), path, grid, *make_solver(solver, given), request).samples;
}

TEST(SaSolver, OfOneOutputIsDdim) {
  for (const char* name : {"vp", "flow", "edm", "cosine", "ve"}) {
    const PathPtr path = make_path(name);
    const Grid grid(*path, {0.9, 0.7, 0.4, 0.2, path->clean_end().value}, "grid 'test'");
    expect_same(sampled("sa_solver", adams(1, 0, 0.0), path, grid), sampled("ddim", {}, path, grid), 1e-13, name);
    expect_same(sampled("sa_solver", adams(1, 0, 1.0), path, grid), sampled("ddim", {{"eta", 1.0}}, path, grid), 1e-13,
                name);
  }
}

// The definition of b_j by Simpson's rule, nothing of it in closed form.
std::vector<long double> coefficients(const Path& path, double t, double s, long double tau,
                                      const std::vector<double>& nodes) {
  const auto lambda = [&](double time) {
    return logl(static_cast<long double>(path.alpha(Time(time))) / path.sigma(Time(time)));
  };
  const long double a = lambda(t), b = lambda(s), c = 1 + tau * tau;
  constexpr int kPanels = 2000;
  std::vector<long double> result;
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    long double total = 0;
    for (int k = 0; k <= kPanels; ++k) {
      const long double at = a + (b - a) * k / kPanels;
      long double l = 1;
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (i != j) l *= (at - lambda(nodes[i])) / (lambda(nodes[j]) - lambda(nodes[i]));
      total += (k == 0 || k == kPanels ? 1 : 2 + 2 * (k % 2)) * expl(-c * (b - at)) * l;
    }
    result.push_back(path.alpha(Time(s)) * c * total * (b - a) / (3 * kPanels));
  }
  return result;
}

State moved(const Path& path, double t, double s, long double tau, const State& x, const std::vector<double>& nodes,
            const std::vector<State>& outputs, long double z) {
  const long double sigma_t = path.sigma(Time(t)), sigma_s = path.sigma(Time(s));
  const long double h = logl(path.alpha(Time(s)) / sigma_s) - logl(path.alpha(Time(t)) / sigma_t);
  const std::vector<long double> b = coefficients(path, t, s, tau, nodes);
  State result =
      sum({{sigma_s / sigma_t * expl(-tau * tau * h), x}, {sigma_s * sqrtl(1 - expl(-2 * tau * tau * h)) * z, {1, 1}}});
  for (std::size_t j = 0; j < b.size(); ++j) result = sum({{1, result}, {b[j], outputs[j]}});
  return result;
}

// Three steps by hand: predict, evaluate there, correct, predict from the corrected state.
TEST(SaSolver, IsAdamsPredictedEvaluatedCorrected) {
  const double t[] = {0.8, 0.65, 0.45, 0.3};
  const std::vector<double> z = {0.3, -0.8, 0.5};
  for (const char* name : {"vp", "flow"})
    for (const double tau : {0.0, 0.7}) {
      const PathPtr path = make_path(name);
      const State f0 = x0_of(*path, kStart, t[0]);
      const State p1 = moved(*path, t[0], t[1], tau, kStart, {t[0]}, {f0}, z[0]);
      const State f1 = x0_of(*path, p1, t[1]);
      const State x1 = moved(*path, t[0], t[1], tau, kStart, {t[1], t[0]}, {f1, f0}, z[0]);
      const State p2 = moved(*path, t[1], t[2], tau, x1, {t[1], t[0]}, {f1, f0}, z[1]);
      const State f2 = x0_of(*path, p2, t[2]);
      const State x2 = moved(*path, t[1], t[2], tau, x1, {t[2], t[1], t[0]}, {f2, f1, f0}, z[1]);
      const State p3 = moved(*path, t[2], t[3], tau, x2, {t[2], t[1]}, {f2, f1}, z[2]);
      const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
      const Tensor got = walk(*make_solver("sa_solver", adams(2, 3, tau)), mixture_denoiser(kTwoLumps, path), path,
                              Grid(*path, {t[0], t[1], t[2], t[3]}, "grid 'test'"), x, listed_noise(z, 1));
      expect_state(got, p3, 1e-12, name);
    }
}

// The authors' order-2 coefficients are the others plus O(h^3): halving the step divides the difference by 8.
TEST(SaSolver, PublishedChangesTheStepByThirdOrder) {
  const PathPtr path = make_path("vp");
  GivenParameters published = adams(2, 0, 0.5);
  published["compat"] = std::string("published");
  std::vector<double> differences;
  for (int i = 0, n = 8; i < 5; ++i, n *= 2) {
    const Grid fine = even_in_lambda(*path, 0.6, 0.3, n);
    const Grid two(*path, {fine[0].value, fine[1].value, fine[2].value}, "grid 'two'");
    const Noise none = listed_noise({0.0, 0.0}, 1);
    const Tensor x = Tensor::from(std::vector<double>{0.9, -0.4}, {1, 2});
    const Denoiser model = mixture_denoiser(kTwoLumps, path);
    const Tensor a = walk(*make_solver("sa_solver", adams(2, 0, 0.5)), model, path, two, x, none);
    const Tensor b = walk(*make_solver("sa_solver", published), model, path, two, x, none);
    differences.push_back(std::abs(a.span<double>()[0] - b.span<double>()[0]));
  }
  // The difference of outputs is O(h) itself.
  EXPECT_NEAR(measured_order(differences), 3.0, 0.15);
}

TEST(SaSolver, TauHoldsInsideItsInterval) {
  const PathPtr path = make_path("flow");
  std::vector<int> asked;
  const Noise noise = [&](const NoiseRequest& request) {
    asked.push_back(request.step);
    return Tensor::zeros_like(request.like);
  };
  walk(*make_solver("sa_solver"), mixture_denoiser(kTwoLumps, path), path,
       Grid(*path, {0.9, 0.8, 0.5, 0.2, 0.1, 0.0}, "grid 'test'"), Tensor::full({1, 2}, 0.3, DType::f64), noise);
  EXPECT_EQ(asked, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(message_of([] {
              make_solver("sa_solver", {{"tau_start", 0.6}, {"tau_end", 0.5}});
            }),
            "solver 'sa_solver': tau_start 0.6 is above tau_end 0.5");
}

// Weak order 2 from two outputs on, although each step's local strong error is that of order 1.
TEST(SaSolver, LawOfTheSdeIsOfWeakOrderTwoWithTwoOutputs) {
  const WithThreads one(1);
  struct Span {
    const char* path;
    double from, to;
  };
  for (const auto& [path, from, to] : {Span{"vp", 0.7, 0.1}, {"flow", 0.8, 0.1}, {"edm", 4.0, 0.2}}) {
    const ProbedErrors one_output = probed_errors("sa_solver", adams(1, 0, 1.0), path, from, to, 1, 1.0, 32, 3);
    const ProbedErrors corrected = probed_errors("sa_solver", adams(1, 2, 1.0), path, from, to, 1, 1.0, 32, 3);
    const ProbedErrors most = probed_errors("sa_solver", adams(3, 4, 1.0), path, from, to, 1, 1.0, 32, 3);
    EXPECT_NEAR(measured_order(one_output.variance), 1.0, 0.1) << path;
    EXPECT_NEAR(measured_order(corrected.variance), 2.0, 0.1) << path;
    EXPECT_GT(measured_order(most.variance), 1.9) << path;
    EXPECT_LT(most.variance.back(), 0.2 * corrected.variance.back()) << path;
    EXPECT_LT(corrected.variance.back(), 0.1 * one_output.variance.back()) << path;
    for (const ProbedErrors& errors : {one_output, corrected, most}) {  // exact at every step size
      EXPECT_LT(*std::max_element(errors.gain.begin(), errors.gain.end()), 1e-13) << path;
      EXPECT_LT(*std::max_element(errors.mean.begin(), errors.mean.end()), 1e-13) << path;
    }
  }
}

TEST(SaSolver, FromPureNoiseIsDdim) {
  expect_ddim_from_pure_noise("sa_solver", {{"tau", 0.0}, {"lower_order_final", false}});
}

}  // namespace
}  // namespace ito
