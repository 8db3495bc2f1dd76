#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(LmsSolver, OfOrderOneIsDdim) {
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const std::vector<double> times = {0.8, 0.5, 0.35, 0.1};
    expect_same(walked("lms", {{"order", std::int64_t{1}}}, path, times), walked("ddim", {}, path, times), 1e-14, name);
  }
}

// The integral of a Lagrange polynomial by 3-point Gauss-Legendre: exact to degree 5, another way than the solver's.
long double weight(const std::vector<long double>& r, std::size_t j, long double from, long double to) {
  const long double nodes[] = {-std::sqrt(0.6L), 0, std::sqrt(0.6L)}, weights[] = {5.0L / 9, 8.0L / 9, 5.0L / 9};
  long double total = 0;
  for (int q = 0; q < 3; ++q) {
    const long double at = (from + to) / 2 + (to - from) / 2 * nodes[q];
    long double product = 1;
    for (std::size_t k = 0; k < r.size(); ++k)
      if (k != j) product *= (at - r[k]) / (r[j] - r[k]);
    total += (to - from) / 2 * weights[q] * product;
  }
  return total;
}

// k-diffusion's sample_lms on x/alpha at sigma/alpha, through unequal steps, with the weights above.
TEST(LmsSolver, IsKDiffusionsMethodWithExactIntegrals) {
  const std::vector<double> times = {0.9, 0.7, 0.6, 0.35, 0.3, 0.1};
  for (const char* name : {"vp", "flow", "edm"})
    for (int order = 1; order <= 4; ++order) {
      const PathPtr path = make_path(name);
      State y = sum({{1 / static_cast<long double>(path->alpha(Time(times[0]))), kStart}});
      std::vector<State> ds;            // newest first
      std::vector<long double> ratios;  // newest first
      for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        const long double r = ratio_of(*path, times[i]), next = ratio_of(*path, times[i + 1]);
        ds.insert(ds.begin(), sum({{1 / r, y}, {-1 / r, posterior_mean(kTwoLumps, 1, r, y)}}));
        ratios.insert(ratios.begin(), r);
        if (ds.size() > static_cast<std::size_t>(order)) ds.pop_back(), ratios.pop_back();
        for (std::size_t j = 0; j < ds.size(); ++j) y = sum({{1, y}, {weight(ratios, j, r, next), ds[j]}});
      }
      expect_state(walked("lms", {{"order", std::int64_t{order}}}, path, times),
                   sum({{path->alpha(Time(times.back())), y}}), 1e-12, std::string(name) + " " + std::to_string(order));
    }
}

// Where steps are equal in sigma/alpha its weights are Adams-Bashforth's: ipndm.
TEST(LmsSolver, OnAGridUniformInTheRatioIsIpndm) {
  for (const char* name : {"vp", "flow", "edm"})
    for (std::int64_t order = 1; order <= 4; ++order) {
      const PathPtr path = make_path(name);
      const std::vector<double> times = at_ratios(*path, {3.0, 2.6, 2.2, 1.8, 1.4, 1.0, 0.6, 0.2});
      expect_same(walked("lms", {{"order", order}}, path, times), walked("ipndm", {{"order", order}}, path, times),
                  1e-12, name);
    }
}

TEST(LmsSolver, FromPureNoiseIsDdimAndKeepsNoOutput) { expect_ddim_from_pure_noise("lms", {}); }

// A walk leaves nothing behind for the next.
TEST(LmsSolver, ForgetsWhenItStarts) {
  const PathPtr path = make_path("vp");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.8, 0.5, 0.2}, "grid 'test'");
  const Tensor x = Tensor::full({1, 2}, 0.5, DType::f64);
  const auto solver = make_solver("lms");
  const Tensor first = walk(*solver, model, path, grid, x);
  expect_same(walk(*solver, model, path, grid, x), first, 0.0);
}

TEST(LmsSolver, RefusesAnOrderItHasNot) {
  EXPECT_EQ(message_of([] {
              make_solver("lms", {{"order", std::int64_t{5}}});
            }),
            "solver 'lms': parameter 'order' is 5; expected 1 to 4");
}

}  // namespace
}  // namespace ito
