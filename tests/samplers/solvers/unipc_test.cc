#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters given(std::int64_t order, bool corrector, const std::string& variant = "bh2",
                      const std::string& output = "sample", bool lower_order_final = false) {
  return {{"order", order},
          {"corrector", corrector},
          {"variant", variant},
          {"output", output},
          {"lower_order_final", lower_order_final}};
}

// The solution of eq. 5, R a B(h) = phi, for two unknowns, by Cramer's rule: a_m with sum_m r_m^(k-1) a_m = g_k.
struct Two {
  long double first, second;
};
Two solve(long double r_1, long double r_2, long double g_1, long double g_2) {
  return {(g_1 * r_2 - g_2) / (r_2 - r_1), (g_2 - g_1 * r_1) / (r_2 - r_1)};
}

// Two steps of UniPC-2 in x_0 by the authors' lines: UniP-1, UniC-1 (a = 1/2), UniP-2 (a = 1/2), and the third with
// UniC-2 before it, from which only the corrected state is taken.
TEST(UniPc, IsItsPapersFormula) {
  for (const char* name : {"vp", "flow", "edm", "cosine"})
    for (const std::string variant : {"bh1", "bh2"}) {
      const PathPtr path = make_path(name);
      const double times[] = {0.9, 0.7, 0.5, 0.3};
      const auto alpha = [&](int i) -> long double { return path->alpha(Time(times[i])); };
      const auto sigma = [&](int i) -> long double { return path->sigma(Time(times[i])); };
      const auto lambda = [&](int i) { return -logl(ratio_of(*path, times[i])); };
      const auto h = [&](int i) { return lambda(i + 1) - lambda(i); };
      const auto first = [&](const State& x, const State& m, int i) {
        return sum({{sigma(i + 1) / sigma(i), x}, {-alpha(i + 1) * (expl(-h(i)) - 1), m}});
      };
      // - alpha B(h), their hh being -h
      const auto B = [&](int i) { return -alpha(i + 1) * (variant == "bh1" ? -h(i) : expl(-h(i)) - 1); };
      const State m_0 = x0_of(*path, kStart, times[0]);
      const State x_1 = first(kStart, m_0, 0), m_1 = x0_of(*path, x_1, times[1]);
      const State c_1 = sum({{1, x_1}, {0.5L * B(0), m_1}, {-0.5L * B(0), m_0}});
      const long double r_1 = (lambda(0) - lambda(1)) / h(1);  // negative
      const State D_1 = sum({{1 / r_1, m_0}, {-1 / r_1, m_1}});
      const State x_2 = sum({{1, first(c_1, m_1, 1)}, {0.5L * B(1), D_1}}), m_2 = x0_of(*path, x_2, times[2]);
      expect_state(walked("unipc", given(2, true, variant), path, {times[0], times[1], times[2]}), x_2, 1e-13, name);
      // UniC-2: the unknowns belong to D_1 (r_1) and D_2 = m_2 - m_1 (r = 1); phi_2, phi_3 of -h, B(h) cancelled.
      const long double z = -h(1), phi_1 = (expl(z) - 1) / z, phi_2 = (phi_1 - 1) / z, phi_3 = (phi_2 - 0.5L) / z;
      const Two a = solve(r_1, 1, phi_2, 2 * phi_3);
      const State c_2 = sum({{1, first(c_1, m_1, 1)},
                             {alpha(2) * h(1) * a.first, D_1},
                             {alpha(2) * h(1) * a.second, m_2},
                             {-alpha(2) * h(1) * a.second, m_1}});
      const long double r = (lambda(1) - lambda(2)) / h(2);
      const State x_3 = sum({{1, first(c_2, m_2, 2)}, {0.5L * B(2) / r, m_1}, {-0.5L * B(2) / r, m_2}});
      expect_state(walked("unipc", given(2, true, variant), path, {times[0], times[1], times[2], times[3]}), x_3, 1e-12,
                   name);
    }
}

const std::vector<double> kTimes = {0.9, 0.75, 0.5, 0.43, 0.3};

TEST(UniPc, PredictorsOfOrder1And2AreDdimAnd2M) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    for (const char* output : {"sample", "eps"})
      expect_same(walked("unipc", given(1, false, "bh2", output), path, kTimes), walked("ddim", {}, path, kTimes),
                  1e-12, name);
    expect_same(walked("unipc", given(2, false), path, kTimes),
                walked("dpm_solver_pp_2m", {{"lower_order_final", false}}, path, kTimes), 1e-13, name);
  }
}

// B(h) cancels where eq. 5 is solved: only what starts, or is of order 1 or 2, tells the variants apart.
TEST(UniPc, VariantsAreOneFromOrder3On) {
  const PathPtr path = make_path("flow");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.6, 0.5, 0.4}, "grid 'test'");
  const auto from_history = [&](const GivenParameters& g) {
    const auto solver = make_solver("unipc", g);
    return walk(*solver, model, path, grid, Tensor::full({1, 2}, 0.4, DType::f64), {}, [&] {
      for (const double t : {0.8, 0.7}) {
        const Tensor x = Tensor::full({1, 2}, t, DType::f64);
        solver->remember(*path, Estimate(*path, Time(t), x, model.evaluate({x, {&t, 1}, {}}), Prediction::sample));
      }
    });
  };
  expect_same(from_history(given(3, true, "bh1")), from_history(given(3, true, "bh2")), 1e-14);
  EXPECT_GT(
      squared_norm(combine({{1.0, from_history(given(2, true, "bh1"))}, {-1.0, from_history(given(2, true, "bh2"))}})),
      1e-12);
}

TEST(UniPc, AsksTheModelOnceAStep) {
  const PathPtr path = make_path("edm");
  const Grid grid(*path, {8.0, 4.0, 2.0, 1.0, 0.0}, "grid 'test'");
  const SampleRequest request{.seed = 1, .shape = {2}, .dtype = DType::f64};
  EXPECT_EQ(sample(mixture_denoiser(kTwoLumps, path), path, grid, *make_solver("unipc"), request).evaluations, 4);
}

// With lower_order_final the last step is DDIM's at any number of steps, from the corrected state.
TEST(UniPc, EndsWithOrderOne) {
  const PathPtr path = make_path("vp");
  std::vector<double> times;
  for (int i = 0; i <= 20; ++i) times.push_back(0.9 - 0.04 * i);
  const auto lowered = walked("unipc", given(1, false, "bh2", "sample", true), path, times);
  expect_same(lowered, walked("unipc", given(1, false), path, times), 0.0, "p = 1 has nothing to lower");
  // UniP-2 with and without: the walks agree up to the last step, which one takes by DDIM.
  const std::vector<double> before(times.begin(), times.end() - 1);
  const Tensor x = walked("unipc", given(2, false), path, before);
  const Tensor last = walk(*make_solver("ddim"), mixture_denoiser(kTwoLumps, path), path,
                           Grid(*path, {times[19], times[20]}, "grid 'test'"), x);
  expect_same(walked("unipc", given(2, false, "bh2", "sample", true), path, times), last, 1e-14);
}

TEST(UniPc, FromPureNoiseIsDdim) {
  for (const char* output : {"sample", "eps"})
    for (const std::int64_t p : {1, 2, 3}) expect_ddim_from_pure_noise("unipc", given(p, true, "bh2", output));
}

TEST(UniPc, RefusesEpsOfPureNoise) {
  const PathPtr flow = make_path("flow");
  EXPECT_EQ(message_of([&] {
              walked("unipc", {}, flow, {1.0, 0.5}, Prediction::eps);
            }).substr(0, 51),
            "solver 'unipc': on path 'flow' at time 1 (alpha 0, ");
}

}  // namespace
}  // namespace ito
