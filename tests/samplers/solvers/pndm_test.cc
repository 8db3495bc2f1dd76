#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// phi of the paper in abar, as diffusers writes it (for alpha^2 + sigma^2 = 1).
State transfer(const Path& path, const State& x, const State& e, double t, double s) {
  const long double a_t = powl(path.alpha(Time(t)), 2), a_s = powl(path.alpha(Time(s)), 2);
  const long double of_e = -(a_s - a_t) / (a_t * sqrtl(1 - a_s) + sqrtl(a_t * (1 - a_t) * a_s));
  return sum({{sqrtl(a_s / a_t), x}, {of_e, e}});
}

// F-PNDM: three pseudo Runge-Kutta steps, then pseudo linear multistep ones.
TEST(PndmSolver, IsFPndm) {
  const PathPtr path = make_path("vp");
  const std::vector<double> times = {0.9, 0.75, 0.6, 0.5, 0.35, 0.2};
  State x = kStart;
  std::vector<State> e;  // newest first
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double t = times[i], s = times[i + 1], m = t + (s - t) / 2;
    e.insert(e.begin(), eps_of(*path, x, t));
    if (i < 3) {
      const State e_2 = eps_of(*path, transfer(*path, x, e[0], t, m), m);
      const State e_3 = eps_of(*path, transfer(*path, x, e_2, t, m), m);
      const State e_4 = eps_of(*path, transfer(*path, x, e_3, t, s), s);
      x = transfer(*path, x, sum({{1.0L / 6, e[0]}, {1.0L / 3, e_2}, {1.0L / 3, e_3}, {1.0L / 6, e_4}}), t, s);
    } else {
      x = transfer(*path, x, sum({{55.0L / 24, e[0]}, {-59.0L / 24, e[1]}, {37.0L / 24, e[2]}, {-9.0L / 24, e[3]}}), t,
                   s);
    }
  }
  expect_state(walked("pndm", {}, path, times), x, 1e-12);
}

// PLMS: the first step again with the mean of its two ends' outputs, then two and three outputs.
TEST(PndmSolver, WithoutRungeKuttaIsPlms) {
  const PathPtr path = make_path("vp");
  const std::vector<double> times = {0.9, 0.75, 0.6, 0.5, 0.35, 0.2};
  State x = kStart;
  std::vector<State> e;  // newest first
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const double t = times[i], s = times[i + 1];
    e.insert(e.begin(), eps_of(*path, x, t));
    State mean;
    if (i == 0)
      mean = sum({{0.5L, e[0]}, {0.5L, eps_of(*path, transfer(*path, x, e[0], t, s), s)}});
    else if (i == 1)
      mean = sum({{1.5L, e[0]}, {-0.5L, e[1]}});
    else if (i == 2)
      mean = sum({{23.0L / 12, e[0]}, {-16.0L / 12, e[1]}, {5.0L / 12, e[2]}});
    else
      mean = sum({{55.0L / 24, e[0]}, {-59.0L / 24, e[1]}, {37.0L / 24, e[2]}, {-9.0L / 24, e[3]}});
    x = transfer(*path, x, mean, t, s);
  }
  expect_state(walked("pndm", {{"skip_prk", true}}, path, times), x, 1e-12);
}

TEST(PndmSolver, CountsItsStart) {
  const PathPtr path = make_path("vp");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid = make_grid("uniform", *path, 8, {{"t_start", 0.9}});
  const SampleRequest request{.count = 1, .shape = {2}, .dtype = DType::f64};
  EXPECT_EQ(sample(model, path, grid, *make_solver("pndm"), request).evaluations, 8 + 9);
  EXPECT_EQ(sample(model, path, grid, *make_solver("pndm", {{"skip_prk", true}}), request).evaluations, 8 + 1);
}

// With three outputs behind it both go on as ipndm.
TEST(PndmSolver, AfterItsStartIsIpndm) {
  const PathPtr path = make_path("flow");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.6, 0.45, 0.2, 0.1}, "grid 'test'");
  const Tensor x = Tensor::full({1, 2}, 0.3, DType::f64);
  const auto from_history = [&](const std::string& name, const GivenParameters& given) {
    const auto solver = make_solver(name, given);
    return walk(*solver, model, path, grid, x, {}, [&] {
      for (const double t : {0.9, 0.8, 0.7})
        solver->remember(*path,
                         Estimate(*path, Time(t), x, {.prediction = Tensor::full({1, 2}, t, DType::f64), .renoise = {}},
                                  Prediction::sample));
    });
  };
  const Tensor ipndm = from_history("ipndm", {});
  expect_same(from_history("pndm", {}), ipndm, 0.0);
  expect_same(from_history("pndm", {{"skip_prk", true}}), ipndm, 0.0);
}

TEST(PndmSolver, FromPureNoiseIsDdim) {
  expect_ddim_from_pure_noise("pndm", {});
  expect_ddim_from_pure_noise("pndm", {{"skip_prk", true}});
}

}  // namespace
}  // namespace ito
