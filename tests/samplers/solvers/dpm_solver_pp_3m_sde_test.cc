#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

double three_step(const GivenParameters& given, double eta, double of_D2) {
  double D_1 = 0, D_2 = 0, h_1 = 0, h_2 = 0;
  return by_hand([&](int i, double from, double to, double x) {
    const double D = denoised(x, from), h = std::log(from / to), a = (1 + eta) * h;
    const double phi_2 = 1 - (1 - std::exp(-a)) / a, phi_3 = phi_2 / a - 0.5;
    double next = std::exp(-a) * x + (1 - std::exp(-a)) * D;
    if (i == 1) next += phi_2 * (D - D_1) * h / h_1;
    if (i > 1) {
      const double r0 = h_1 / h, r1 = h_2 / h, d1_0 = (D - D_1) / r0, d1_1 = (D_1 - D_2) / r1;
      next += phi_2 * (d1_0 + (d1_0 - d1_1) * r0 / (r0 + r1)) - phi_3 * of_D2 * (d1_0 - d1_1) / (r0 + r1);
    }
    D_2 = D_1, D_1 = D, h_2 = h_1, h_1 = h;
    return next + fixed_z(i) * std::get<double>(given.at("s_noise")) * to * std::sqrt(1 - std::exp(-2 * eta * h));
  });
}

TEST(DpmSolverPp3MSde, IsKDiffusionsWithTheMissingTwo) {
  for (const double eta : {0.0, 0.5, 1.0})
    for (const std::string path : {"edm", "vp", "flow"}) {
      GivenParameters given = {{"eta", eta}, {"s_noise", 0.9}};
      EXPECT_NEAR(solver_through_sigmas("dpm_solver_pp_3m_sde", given, path), three_step(given, eta, 2), 1e-12);
      given["compat"] = std::string("published");
      EXPECT_NEAR(solver_through_sigmas("dpm_solver_pp_3m_sde", given, path), three_step(given, eta, 1), 1e-12);
    }
}

// Once both have two outputs behind them: 3M's second step of its own start is 2M's, where this one integrates the
// slope.
TEST(DpmSolverPp3MSde, WithoutNoiseIs3M) {
  const auto end_of = [](const std::string& name, const GivenParameters& given, const std::string& path_name) {
    const PathPtr path = make_path(path_name);
    const Denoiser denoiser = mixture_denoiser(kThreeLumps, path);
    std::vector<double> times;
    for (const double sigma : kSigmas) times.push_back(time_at_ratio(*path, sigma).value);
    const Grid grid(*path, {times[2], times[3], times[4]}, "grid 'last two'");
    const auto solver = make_solver(name, given);
    const Tensor x = Tensor::full({1, 1}, path->alpha(grid.front()) * 1.7, DType::f64);
    return walk(*solver, denoiser, path, grid, x, fixed_noise,
                [&] {
                  for (const std::size_t i : {0, 1})
                    solver->remember(*path, Estimate(*path, Time(times[i]), x,
                                                     denoiser.evaluate({x, {&times[i], 1}, {}}), Prediction::sample));
                })
               .item() /
           path->alpha(grid.back());
  };
  for (const std::string path : {"vp", "flow", "edm"})
    for (const std::string compat : {"none", "published"})
      EXPECT_NEAR(end_of("dpm_solver_pp_3m_sde", {{"eta", 0.0}, {"compat", compat}}, path),
                  end_of("dpm_solver_pp_3m", {{"lower_order_final", false}, {"compat", compat}}, path), 1e-13)
          << path << ", compat " << compat;
}

// x_0 that is a parabola in lambda is integrated without error from exact history: with the 2 in D2, not without.
TEST(DpmSolverPp3MSde, IntegratesAParabola) {
  const PathPtr edm = make_path("edm");
  const Denoiser parabola =
      make_denoiser("parabola", Prediction::sample, edm, [edm](const Tensor& x, std::span<const double> t, auto) {
        const double lambda = edm->lambda(Time(t[0])).value;
        return Tensor::full(x.shape(), 0.3 - lambda + 2 * lambda * lambda, DType::f64);
      });
  const double lambdas[] = {-0.9, -0.2, 0.1, 0.7};  // unequal steps
  const auto end_of = [&](const GivenParameters& given) {
    std::vector<double> times;
    for (const double lambda : lambdas) times.push_back(edm->time(Lambda(lambda)).value);
    const auto solver = make_solver("dpm_solver_pp_3m_sde", given);
    const Grid last(*edm, {times[2], times[3]}, "grid 'last'");
    const Tensor x = Tensor::full({1, 1}, 1.7, DType::f64);
    return walk(*solver, parabola, edm, last, x, fixed_noise,
                [&] {
                  for (const int i : {0, 1})
                    solver->remember(*edm,
                                     Estimate(*edm, Time(times[static_cast<std::size_t>(i)]), x,
                                              parabola.evaluate({x, {&times[static_cast<std::size_t>(i)], 1}, {}}),
                                              Prediction::sample));
                })
        .item();
  };
  for (const double k : {0.0, 0.5, 1.0}) {
    // int_t^s (1 + k) e^(-(1 + k)(lambda_s - l)) x_0(l) dl by Simpson's rule.
    const double t = lambdas[2], s = lambdas[3], h = s - t;
    const int n = 2000;
    double integral = 0;
    for (int i = 0; i <= n; ++i) {
      const double l = t + h * i / n, weight = i == 0 || i == n ? 1 : (i % 2 == 1 ? 4 : 2);
      integral += weight * h / (3.0 * n) * (1 + k) * std::exp(-(1 + k) * (s - l)) * (0.3 - l + 2 * l * l);
    }
    const double exact =
        std::exp(-(1 + k) * h) * 1.7 + integral + fixed_z(0) * std::exp(-s) * std::sqrt(1 - std::exp(-2 * k * h));
    EXPECT_NEAR(end_of({{"eta", k}}), exact, 1e-12) << k;
    EXPECT_GT(std::abs(end_of({{"eta", k}, {"compat", std::string("published")}}) - exact), 1e-2) << k;
  }
}

}  // namespace
}  // namespace ito
