#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(Dpm2Ancestral, IsKDiffusions) {
  for (const double eta : {0.0, 0.6, 1.0})
    expect_by_hand("dpm_2_ancestral", {{"eta", eta}, {"s_noise", 1.1}}, [eta](int i, double from, double to, double x) {
      const AncestralByHand part(from, to, eta);
      const double middle = std::sqrt(from * part.down);
      const double x_2 = x + direction(x, from) * (middle - from);
      return x + direction(x_2, middle) * (part.down - from) + fixed_z(i) * 1.1 * part.up;
    });
}

// Its evaluation inside the step is at the step's end for eta = 1 and at its middle in lambda for eta = 0.
TEST(Dpm2Ancestral, EvaluatesInsideTheStep) {
  const PathPtr path = make_path("edm");
  const Grid grid(*path, {2.0, 0.5}, "grid 'one'");
  for (const auto& [eta, middle] : std::vector<std::pair<double, double>>{{1.0, 0.5}, {0.0, 1.0}}) {
    Trajectory trajectory(mixture_denoiser(kThreeLumps, path), path, grid, 1, {}, fixed_noise);
    const auto solver = make_solver("dpm_2_ancestral", {{"eta", eta}});
    solver->start(*path, grid, Prediction::sample);
    trajectory.begin_step(0);
    solver->step(trajectory, Tensor::full({1, 1}, 1.7, DType::f64));
    ASSERT_EQ(trajectory.evaluated_times().size(), 2u);
    EXPECT_NEAR(trajectory.evaluated_times()[1], middle, 1e-14);
  }
}

}  // namespace
}  // namespace ito
