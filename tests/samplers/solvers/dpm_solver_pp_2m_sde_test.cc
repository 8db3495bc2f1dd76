#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(DpmSolverPp2MSde, IsKDiffusions) {
  for (const std::string type : {"midpoint", "heun"})
    for (const double eta : {0.0, 0.5, 1.0}) {
      double D_old = 0, h_last = 0;
      expect_by_hand("dpm_solver_pp_2m_sde",
                     {{"eta", eta}, {"s_noise", 1.1}, {"solver_type", type}, {"lower_order_final", false}},
                     [&](int i, double from, double to, double x) {
                       const double D = denoised(x, from), h = std::log(from / to), a = (1 + eta) * h;
                       double next = to / from * std::exp(-eta * h) * x + (1 - std::exp(-a)) * D;
                       if (i > 0)
                         next += (type == "heun" ? 1 - (1 - std::exp(-a)) / a : 0.5 * (1 - std::exp(-a))) * h / h_last *
                                 (D - D_old);
                       D_old = D, h_last = h;
                       return next + fixed_z(i) * 1.1 * to * std::sqrt(1 - std::exp(-2 * eta * h));
                     });
    }
}

TEST(DpmSolverPp2MSde, WithoutNoiseIs2M) {
  for (const bool lower : {false, true})
    for (const std::string path : {"vp", "flow", "edm"})
      EXPECT_NEAR(solver_through_sigmas("dpm_solver_pp_2m_sde", {{"eta", 0.0}, {"lower_order_final", lower}}, path),
                  solver_through_sigmas("dpm_solver_pp_2m", {{"lower_order_final", lower}}, path), 1e-13)
          << path;
}

// From pure noise the step is finite: x_0 and fresh noise.
TEST(DpmSolverPp2MSde, StartsFromPureNoise) {
  const PathPtr flow = make_path("flow");
  const Grid grid(*flow, {1.0, 0.4}, "grid 'one'");
  const Tensor x = Tensor::full({1, 1}, 1.7, DType::f64);
  const double x0 = static_cast<double>(posterior_mean(kThreeLumps, 0, 1, {1.7L})[0]);
  for (const double eta : {0.0, 0.5, 1.0})
    EXPECT_NEAR(walk(*make_solver("dpm_solver_pp_2m_sde", {{"eta", eta}}), mixture_denoiser(kThreeLumps, flow), flow,
                     grid, x, fixed_noise)
                    .item(),
                0.6 * x0 + 0.4 * (eta == 0 ? 1.7 : fixed_z(0)), 1e-14);
}

}  // namespace
}  // namespace ito
