#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters given(const std::string& variant, std::int64_t order, bool lower_order_final = false) {
  return {{"variant", variant}, {"order", order}, {"lower_order_final", lower_order_final}};
}

// The third step of order 3: C_j by Simpson's rule over rho in long double, the polynomial in the variant's variable as
// a function of rho. The first is DDIM's; the second, of order 2, is taken in the same way.
TEST(Deis, IsItsPapersFormula) {
  struct Case {
    const char* path;
    long double (*time)(long double rho);  // t at sigma/alpha = rho
  };
  const Case cases[] = {
      {"flow", [](long double rho) { return rho / (1 + rho); }},
      {"edm", [](long double rho) { return rho; }},
      {"trig", [](long double rho) { return atanl(rho) * 2 / acosl(-1.0L); }},
      // log(1 + rho^2) = t^2 (bmax - bmin)/2 + t bmin
      {"vp",
       [](long double rho) {
         const long double c = log1pl(rho * rho), b = 0.1L, a = 19.9L / 2;
         return 2 * c / (b + sqrtl(b * b + 4 * a * c));
       }},
  };
  const std::vector<double> times = {0.9, 0.75, 0.5, 0.3};
  for (const Case& c : cases) {
    const PathPtr path = make_path(c.path);
    for (const std::string variant : {"tab", "rhoab", "logrhoab"}) {
      const auto variable = [&](long double rho) {
        return variant == "tab" ? c.time(rho) : variant == "rhoab" ? rho : logl(rho);
      };
      std::vector<long double> rho, place;
      for (const double t : times) {
        rho.push_back(ratio_of(*path, t));
        place.push_back(variable(rho.back()));
      }
      std::vector<State> eps;
      State x = kStart;
      for (int i = 0; i < 3; ++i) {
        const auto k = static_cast<std::size_t>(i);
        eps.push_back(eps_of(*path, x, times[k]));
        const long double alpha_t = path->alpha(Time(times[k])), alpha_s = path->alpha(Time(times[k + 1]));
        x = sum({{alpha_s / alpha_t, x}});
        for (std::size_t j = 0; j <= k; ++j) {
          const auto l = [&](long double r) {
            long double value = 1;
            for (std::size_t m = 0; m <= k; ++m)
              if (m != j) value *= (variable(r) - place[m]) / (place[j] - place[m]);
            return value;
          };
          constexpr int kCells = 400;
          const long double d = (rho[k + 1] - rho[k]) / kCells;
          long double C = 0;
          for (int cell = 0; cell < kCells; ++cell) {
            const long double a = rho[k] + cell * d;
            C += (l(a) + 4 * l(a + d / 2) + l(a + d)) * d / 6;
          }
          x = sum({{1, x}, {alpha_s * C, eps[j]}});
        }
      }
      expect_state(walked("deis", given(variant, 3), path, times), x, 1e-9, c.path + (" " + variant));
    }
  }
}

const std::vector<double> kTimes = {0.9, 0.75, 0.5, 0.43, 0.3};

TEST(Deis, OfOrderOneIsDdim) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    for (const char* variant : {"tab", "rhoab", "logrhoab"})
      expect_same(walked("deis", given(variant, 1), path, kTimes), walked("ddim", {}, path, kTimes), 0.0, name);
  }
}

// On edm the clock is sigma/alpha, and in log rho the exact polynomial in lambda is UniPC's predictor's.
TEST(Deis, VariantsMeetOtherMethods) {
  const PathPtr edm = make_path("edm");
  for (const std::int64_t order : {2, 3, 4})
    expect_same(walked("deis", given("tab", order), edm, {9, 7, 4, 2, 1.5, 0.5}),
                walked("deis", given("rhoab", order), edm, {9, 7, 4, 2, 1.5, 0.5}), 1e-13);
  // From an exact past of two outputs, so that UniP-2 with its a = 1/2 takes no part.
  const PathPtr path = make_path("vp");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const Grid grid(*path, {0.6, 0.5, 0.4}, "grid 'test'");
  const auto from_history = [&](const std::string& solver, const GivenParameters& g) {
    const auto made = make_solver(solver, g);
    return walk(*made, model, path, grid, Tensor::full({1, 2}, 0.4, DType::f64), {}, [&] {
      for (const double t : {0.8, 0.7}) {
        const Tensor x = Tensor::full({1, 2}, t, DType::f64);
        made->remember(*path, Estimate(*path, Time(t), x, model.evaluate({x, {&t, 1}, {}}), Prediction::sample));
      }
    });
  };
  expect_same(from_history("deis", given("logrhoab", 3)),
              from_history("unipc", {{"order", std::int64_t{3}},
                                     {"corrector", false},
                                     {"output", std::string("eps")},
                                     {"lower_order_final", false}}),
              1e-12);
}

// One step over nearly the whole of the clock: the quadrature holds where rho falls by four decades.
TEST(Deis, IntegratesLongSteps) {
  const PathPtr path = make_path("flow");
  const double t = 0.999, s = 0.01, before = 0.9995;
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const auto solver = make_solver("deis", given("tab", 2));
  const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
  const Tensor got = walk(*solver, model, path, Grid(*path, {t, s}, "grid 'test'"), x, {}, [&] {
    solver->remember(*path,
                     Estimate(*path, Time(before), x, model.evaluate({x, {&before, 1}, {}}), Prediction::sample));
  });
  // l_0 = (tau - t_1)/(t - t_1) with tau = rho/(1 + rho): int tau d rho = rho - log(1 + rho).
  const long double a = ratio_of(*path, t), b = ratio_of(*path, s), alpha_s = path->alpha(Time(s));
  const long double moment = (b - log1pl(b)) - (a - log1pl(a));
  const long double C_0 = alpha_s * (moment - before * (b - a)) / (t - before), C_1 = alpha_s * (b - a) - C_0;
  const State expected = sum({{alpha_s / path->alpha(Time(t)), kStart},
                              {C_0, eps_of(*path, kStart, t)},
                              {C_1, eps_of(*path, kStart, before)}});
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(got.span<double>()[i] / static_cast<double>(expected[i]), 1.0, 1e-10);
}

TEST(Deis, FromPureNoiseIsDdim) {
  for (const char* variant : {"tab", "rhoab", "logrhoab"}) expect_ddim_from_pure_noise("deis", given(variant, 4));
}

TEST(Deis, RefusesEpsOfPureNoise) {
  const PathPtr flow = make_path("flow");
  EXPECT_EQ(message_of([&] {
              walked("deis", {}, flow, {1.0, 0.5}, Prediction::eps);
            }).substr(0, 50),
            "solver 'deis': on path 'flow' at time 1 (alpha 0, ");
}

}  // namespace
}  // namespace ito
