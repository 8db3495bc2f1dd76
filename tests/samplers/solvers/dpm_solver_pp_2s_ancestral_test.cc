#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(DpmSolverPp2SAncestral, IsKDiffusions) {
  for (const double eta : {0.0, 0.6, 1.0})
    expect_by_hand(
        "dpm_solver_pp_2s_ancestral", {{"eta", eta}, {"s_noise", 0.9}}, [eta](int i, double from, double to, double x) {
          const AncestralByHand part(from, to, eta);
          const double middle = std::sqrt(from * part.down);
          const double x_2 = middle / from * x + (1 - middle / from) * denoised(x, from);
          return part.down / from * x + (1 - part.down / from) * denoised(x_2, middle) + fixed_z(i) * 0.9 * part.up;
        });
}

TEST(DpmSolverPp2SAncestral, WithoutNoiseIs2S) {
  for (const std::string path : {"vp", "flow", "edm"})
    EXPECT_NEAR(solver_through_sigmas("dpm_solver_pp_2s_ancestral", {{"eta", 0.0}}, path),
                solver_through_sigmas("dpm_solver_pp_2s", {}, path), 1e-13)
        << path;
}

}  // namespace
}  // namespace ito
