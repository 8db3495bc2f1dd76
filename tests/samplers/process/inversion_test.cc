#include "samplers/process/inversion.h"

#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

const Tensor kData = Tensor::from(std::vector<double>{0.9, -0.4, -0.6, 0.2, 0.3, 1.1}, {3, 2});

double distance(const Tensor& a, const Tensor& b) { return std::sqrt(squared_norm(combine({{1, a}, {-1, b}}))); }

Grid in_lambda(const PathPtr& path, double t, double s, int n) {
  const double from = path->lambda(Time(t)).value, to = path->lambda(Time(s)).value;
  std::vector<double> times;
  for (int i = 0; i <= n; ++i)
    times.push_back(i == 0 ? t : (i == n ? s : path->time(Lambda(from + (to - from) * i / n)).value));
  return Grid(*path, times, "grid 'test'");
}

// One step by diffusers' formula in abar, on vp. DDIMInverse tells the model the time that the step goes to.
TEST(DdimInversion, IsDiffusersFormula) {
  const PathPtr path = make_path("vp");
  const double s = 0.3, t = 0.5;
  const long double abar_s = powl(path->alpha(Time(s)), 2), abar_t = powl(path->alpha(Time(t)), 2);
  for (const auto& [told, time] : {std::pair{InversionTime::own, s}, std::pair{InversionTime::next, t}}) {
    // The model's eps about kStart at `time`, whatever noise kStart holds.
    const State eps = eps_of(*path, kStart, time);
    const State x0 = sum({{1 / sqrtl(abar_s), kStart}, {-sqrtl(1 - abar_s) / sqrtl(abar_s), eps}});
    const State expected = sum({{sqrtl(abar_t), x0}, {sqrtl(1 - abar_t), eps}});
    const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
    expect_state(ddim_inversion(mixture_denoiser(kTwoLumps, path, Prediction::eps), path,
                                Grid(*path, {t, s}, "grid 'test'"), x, {}, told),
                 expected, 1e-13);
  }
}

// Against the ODE's own solution, and back with ddim: both errors halve with the step, whichever time is told.
TEST(DdimInversion, IsOfOrderOneAndDdimReturns) {
  const WithThreads one(1);
  for (const char* name : {"vp", "flow", "edm"})
    for (const InversionTime told : {InversionTime::own, InversionTime::next}) {
      const PathPtr path = make_path(name);
      const double t = name == std::string("edm") ? 4.0 : 0.8, s = name == std::string("edm") ? 0.2 : 0.1;
      const Denoiser model = mixture_denoiser(kTwoLumps, path);
      std::vector<double> exact;
      for (std::size_t i = 0; i < 6; i += 2) {
        const auto at = kData.span<double>();
        for (const long double value : exact_flow(kTwoLumps, *path, Time(s), Time(t), {at[i], at[i + 1]}))
          exact.push_back(static_cast<double>(value));
      }
      std::vector<double> inverse_errors, return_errors;
      for (int n = 32; n <= 1024; n *= 2) {
        const Grid grid = in_lambda(path, t, s, n);
        const Tensor noise = ddim_inversion(model, path, grid, kData, {}, told);
        inverse_errors.push_back(distance(noise, Tensor::from(exact, {3, 2})));
        return_errors.push_back(distance(walk(*make_solver("ddim"), model, path, grid, noise), kData));
      }
      EXPECT_NEAR(measured_order(inverse_errors), 1.0, 0.1) << name << " at 1024 " << inverse_errors.back();
      EXPECT_NEAR(measured_order(return_errors), 1.0, 0.1) << name << " at 1024 " << return_errors.back();
    }
}

// Where eps-hat does not depend on the state there is nothing to be wrong about: ddim undoes it to rounding.
TEST(DdimInversion, IsUndoneExactlyWhereTheNoiseIsKnown) {
  for (const char* name : {"vp", "flow", "cosine"}) {
    const PathPtr path = make_path(name);
    const Denoiser known =
        make_denoiser("known", Prediction::eps, path, [](const Tensor& x, std::span<const double>, const Tensor&) {
          return Tensor::full(x.shape(), 0.3, DType::f64);
        });
    const Grid grid(*path, {0.8, 0.5, 0.2, 0.0}, "grid 'test'");  // from clean data
    const Tensor back = walk(*make_solver("ddim"), known, path, grid, ddim_inversion(known, path, grid, kData));
    EXPECT_LT(distance(back, kData), 1e-13) << name;
  }
}

// A label is handed on, and a denoiser of another path is adapted.
TEST(DdimInversion, TakesConditionsAndOtherPathsModels) {
  const PathPtr path = make_path("vp"), flow = make_path("flow");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.7, 0.4, 0.2}, "grid 'test'");
  const Tensor labels = Tensor::from(std::vector<std::int32_t>{0, 1, -1}, {3});
  const Tensor conditioned = ddim_inversion(model, path, grid, kData, labels);
  EXPECT_GT(distance(conditioned, ddim_inversion(model, path, grid, kData)), 0.1);
  expect_same(ddim_inversion(mixture_denoiser(kTwoLumps, flow), path, grid, kData, labels), conditioned, 1e-12);
}

TEST(DdimInversion, RefusesAnAnswerThatDoesNotSayTheNoise) {
  const PathPtr path = make_path("flow");
  const Grid grid(*path, {0.7, 0.4, 0.0}, "grid 'test'");
  EXPECT_EQ(
      message_of([&] { ddim_inversion(mixture_denoiser(kTwoLumps, path), path, grid, kData); }),
      "ddim_inversion: on path 'flow' at time 0 (alpha 1, sigma 0) a predicted sample does not determine eps; end "
      "the grid at a later time (t_end), or use a model that predicts eps or v");
}

}  // namespace
}  // namespace ito
