#include "samplers/brownian.h"
#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

// One step of k-diffusion's sample_dpmpp_sde with its two normal numbers.
double step_by_hand(double from, double to, double x, double eta, double r, double z_m, double z_s) {
  const double middle = std::pow(from, 1 - r) * std::pow(to, r), share = 1 / (2 * r);
  const AncestralByHand first(from, middle, eta), second(from, to, eta);
  const double D = denoised(x, from);
  const double x_2 = first.down / from * x + (1 - first.down / from) * D + z_m * 1.1 * first.up;
  const double D_2 = denoised(x_2, middle);
  return second.down / from * x + (1 - second.down / from) * ((1 - share) * D + share * D_2) + z_s * 1.1 * second.up;
}

TEST(DpmSolverPpSde, IsKDiffusions) {
  for (const double r : {0.5, 0.3, 1.0})
    for (const double eta : {0.0, 0.6, 1.0})
      expect_by_hand("dpm_solver_pp_sde", {{"eta", eta}, {"s_noise", 1.1}, {"r", r}},
                     [=](int i, double from, double to, double x) {
                       const double z_m = fixed_z(i, 0), z_rest = fixed_z(i, 1);
                       if (eta == 0) return step_by_hand(from, to, x, eta, r, 0, 0);
                       // sqrt(tau_s - tau_t) z_s = sqrt(tau_m - tau_t) z_m + sqrt(tau_s - tau_m) z_rest
                       const auto tau = [eta](double sigma) { return std::pow(sigma, -2 * eta * eta); };
                       const double m = std::pow(from, 1 - r) * std::pow(to, r);
                       const double all = tau(to) - tau(from), rest = r == 1 ? 0 : (tau(to) - tau(m)) / all;
                       return step_by_hand(from, to, x, eta, r, z_m,
                                           std::sqrt(1 - rest) * z_m + std::sqrt(rest) * z_rest);
                     });
}

// On a Brownian path the number of the whole step is the path's own increment over it.
TEST(DpmSolverPpSde, DrawsTheIncrementsOfOnePath) {
  const PathPtr path = make_path("edm");
  const Grid grid(*path, {2.0, 0.5}, "grid 'one'");
  const Noise noise = brownian_noise(path, 3);
  const Tensor x = Tensor::full({1, 1}, 1.7, DType::f64);
  const Tensor end = walk(*make_solver("dpm_solver_pp_sde", {{"s_noise", 1.1}}), mixture_denoiser(kThreeLumps, path),
                          path, grid, x, noise);
  const double z_m = noise({x, 0, 0, Time(2.0), Time(1.0), 1}).item(),
               z_s = noise({x, 0, 0, Time(2.0), Time(0.5), 1}).item();
  EXPECT_NEAR(end.item(), step_by_hand(2.0, 0.5, 1.7, 1, 0.5, z_m, z_s), 1e-12);
}

}  // namespace
}  // namespace ito
