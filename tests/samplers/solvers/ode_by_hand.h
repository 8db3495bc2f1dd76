// One step of a deterministic method by its paper's formula, in long double and without any of the solvers' code: what
// the model says of one sample of kTwoLumps, and sums of states.
#pragma once

#include <utility>

#include "tests/samplers/analytic.h"

namespace ito::testing_support {

using State = std::vector<long double>;

inline State sum(std::initializer_list<std::pair<long double, State>> terms) {
  State total(terms.begin()->second.size(), 0.0L);
  for (const auto& [c, x] : terms)
    for (std::size_t i = 0; i < x.size(); ++i) total[i] += c * x[i];
  return total;
}

inline State x0_of(const Path& path, const State& x, double t) {
  return posterior_mean(kTwoLumps, path.alpha(Time(t)), path.sigma(Time(t)), x);
}
inline State eps_of(const Path& path, const State& x, double t) {
  const long double alpha = path.alpha(Time(t)), sigma = path.sigma(Time(t));
  return sum({{1 / sigma, x}, {-alpha / sigma, x0_of(path, x, t)}});
}
inline State velocity_of(const Path& path, const State& x, double t) {
  return sum({{path.d_alpha(Time(t)), x0_of(path, x, t)}, {path.d_sigma(Time(t)), eps_of(path, x, t)}});
}
inline long double ratio_of(const Path& path, double t) {
  return static_cast<long double>(path.sigma(Time(t))) / path.alpha(Time(t));
}
// DDIM from t to s with a given eps: (alpha_s/alpha_t) x + (sigma_s - sigma_t alpha_s/alpha_t) e.
inline State ddim_by_hand(const Path& path, const State& x, const State& e, double t, double s) {
  const long double scale = static_cast<long double>(path.alpha(Time(s))) / path.alpha(Time(t));
  return sum({{scale, x}, {path.sigma(Time(s)) - scale * path.sigma(Time(t)), e}});
}

inline const State kStart = {0.9L, -0.4L};

// Where a solver takes one sample of kTwoLumps from kStart through `times`.
inline Tensor walked(const std::string& solver, const GivenParameters& given, const PathPtr& path,
                     const std::vector<double>& times, Prediction kind = Prediction::sample) {
  const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
  return walk(*make_solver(solver, given), mixture_denoiser(kTwoLumps, path, kind), path,
              Grid(*path, times, "grid 'test'"), x);
}

inline void expect_state(const Tensor& got, const State& expected, double tolerance, const std::string& where = "") {
  ASSERT_EQ(static_cast<std::size_t>(got.size()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(got.span<double>()[i], static_cast<double>(expected[i]), tolerance) << where << " element " << i;
}
inline void expect_same(const Tensor& a, const Tensor& b, double tolerance, const std::string& where = "") {
  expect_state(a, State(b.span<double>().begin(), b.span<double>().end()), tolerance, where);
}

// Times at which `path` has these sigma/alpha.
inline std::vector<double> at_ratios(const Path& path, const std::vector<double>& ratios) {
  std::vector<double> times;
  for (const double r : ratios) times.push_back(path.time(Lambda(-std::log(r))).value);
  return times;
}

// From alpha = 0 the first step is DDIM's, and what follows is as if the walk had begun after it.
inline void expect_ddim_from_pure_noise(const std::string& solver, const GivenParameters& given) {
  const PathPtr path = make_path("trig");
  const Tensor whole = walked(solver, given, path, {1.0, 0.8, 0.6, 0.5, 0.2});
  const Tensor first = walked("ddim", {}, path, {1.0, 0.8});
  const Tensor rest = walk(*make_solver(solver, given), mixture_denoiser(kTwoLumps, path), path,
                           Grid(*path, {0.8, 0.6, 0.5, 0.2}, "grid 'test'"), first);
  expect_same(whole, rest, 0.0, solver + " from pure noise");
}

}  // namespace ito::testing_support
