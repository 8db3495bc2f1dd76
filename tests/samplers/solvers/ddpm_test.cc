#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// One step by Ho et al.'s and Nichol and Dhariwal's formulas in abar, on vp.
double step_by_hand(const Path& path, double t, double s, double x, double z, const std::string& variance, double v) {
  const double abar_t = std::pow(path.alpha(Time(t)), 2), abar_s = std::pow(path.alpha(Time(s)), 2);
  const double beta = 1 - abar_t / abar_s, posterior = (1 - abar_s) / (1 - abar_t) * beta;
  const double x0 = static_cast<double>(posterior_mean(kThreeLumps, path.alpha(Time(t)), path.sigma(Time(t)), {x})[0]);
  const double mean =
      std::sqrt(abar_s) * beta / (1 - abar_t) * x0 + std::sqrt(abar_t / abar_s) * (1 - abar_s) / (1 - abar_t) * x;
  double log_variance = std::log(posterior);
  if (variance == "fixed_large") log_variance = std::log(beta);
  if (variance == "learned") log_variance = v * std::log(beta) + (1 - v) * std::log(posterior);
  return mean + std::exp(0.5 * log_variance) * z;
}

// The lumps' denoiser with a learned v of its own for each element.
Denoiser learned(const PathPtr& path, const std::vector<double>& v) {
  Denoiser denoiser = mixture_denoiser(kThreeLumps, path);
  denoiser.gives_variance = true;
  denoiser.evaluate = [inner = denoiser.evaluate, v](const Query& query) {
    Answer answer = inner(query);
    answer.variance = Tensor::from(v, {static_cast<std::int64_t>(v.size()), 1}).to(query.x.dtype());
    return answer;
  };
  return denoiser;
}

TEST(Ddpm, IsItsPapersFormula) {
  const PathPtr path = make_path("vp");
  const Grid grid(*path, {0.7, 0.4}, "grid 'one'");
  const std::vector<double> v = {0.0, 0.37, 1.0}, x = {1.7, -0.4, 0.2};
  for (const std::string variance : {"fixed_small", "fixed_large", "learned"}) {
    const Tensor end = walk(*make_solver("ddpm", {{"variance", variance}}), learned(path, v), path, grid,
                            Tensor::from(x, {3, 1}), fixed_noise);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(end.span<double>()[i], step_by_hand(*path, 0.7, 0.4, x[i], fixed_z(0), variance, v[i]), 1e-13)
          << variance << " " << i;
  }
}

// v = 0 and v = 1 are the two fixed variances, also through a denoiser of another path, in float.
TEST(Ddpm, LearnedVarianceLiesBetweenTheFixedOnes) {
  const PathPtr path = make_path("flow");
  const Grid grid(*path, {0.8, 0.5, 0.2, 0.0}, "grid 'three'");
  for (const auto& [v, fixed] :
       std::vector<std::pair<double, std::string>>{{0.0, "fixed_small"}, {1.0, "fixed_large"}}) {
    const SampleRequest request{.seed = 2, .count = 2, .shape = {1}};
    const Denoiser model = learned(make_path("vp"), {v, v});
    const Tensor a =
        sample(model, path, grid, *make_solver("ddpm", {{"variance", std::string("learned")}}), request).samples;
    const Tensor b = sample(model, path, grid, *make_solver("ddpm", {{"variance", fixed}}), request).samples;
    for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(a.span<float>()[i], b.span<float>()[i], 1e-5f) << fixed;
  }
}

TEST(Ddpm, RefusesToLearnFromAModelThatDidNot) {
  const PathPtr path = make_path("vp");
  const Grid grid(*path, {0.7, 0.4}, "grid 'one'");
  const auto solver = make_solver("ddpm", {{"variance", std::string("learned")}});
  const SampleRequest request{.count = 1, .shape = {1}, .dtype = DType::f64};
  EXPECT_EQ(message_of([&] { sample(mixture_denoiser(kThreeLumps, path), path, grid, *solver, request); }),
            "the solver reads a learned variance, and denoiser 'mixture' learned none; with ddpm, variance = "
            "\"fixed_small\" or \"fixed_large\" serve");
  // Guidance makes one prediction of two; what the two learned of their variances says nothing about it.
  Denoiser two = learned(path, {0.5});
  EXPECT_NE(message_of([&] {
              sample(make_guidance("cfg", two, {{"w", 2.0}}), path, grid, *solver, request);
            }),
            "no error");
  Denoiser wrong = learned(path, {0.5, 0.5});
  EXPECT_EQ(message_of([&] { sample(wrong, path, grid, *solver, request); }),
            "denoiser 'mixture' answered a variance [2, 1] double for a batch [1, 1] double; expected the same");
}

}  // namespace
}  // namespace ito
