#include "tests/samplers/solvers/sde_by_hand.h"
#include "tests/samplers/stochastic.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(EdmChurn, IsAlgorithm2) {
  // gamma 0.25 (of S_churn/N) between S_tmin and S_tmax, or its bound.
  for (const double churn : {1.0, 40.0})
    expect_by_hand("edm_churn", {{"S_churn", churn}, {"S_tmin", 0.5}, {"S_tmax", 2.0}, {"S_noise", 1.1}},
                   [churn](int i, double from, double to, double x) {
                     const bool inside = from >= 0.5 && from <= 2.0;
                     const double gamma = inside ? std::min(churn / 4, std::sqrt(2.0) - 1) : 0;
                     const double hat = (1 + gamma) * from;
                     x += std::sqrt(hat * hat - from * from) * 1.1 * fixed_z(i);
                     const double d = direction(x, hat), x_euler = x + (to - hat) * d;
                     return x + (to - hat) * (0.5 * d + 0.5 * direction(x_euler, to));
                   });
}

TEST(EdmChurn, WithoutChurnIsAlgorithm1) {
  for (const std::string path : {"vp", "flow", "edm"})
    EXPECT_NEAR(solver_through_sigmas("edm_churn", {{"S_churn", 0.0}}, path),
                solver_through_sigmas("edm_heun", {}, path), 1e-13)
        << path;
}

TEST(EdmChurn, EndsOnTheX0OfTheChurnedState) {
  const PathPtr path = make_path("edm");
  const Grid grid(*path, {2.0, 0.0}, "grid 'last'");
  const double hat = 2 * std::sqrt(2.0), x = 1.7 + 2 * 1.003 * fixed_z(0);
  EXPECT_NEAR(walk(*make_solver("edm_churn"), mixture_denoiser(kThreeLumps, path), path, grid,
                   Tensor::full({1, 1}, 1.7, DType::f64), fixed_noise)
                  .item(),
              denoised(x, hat), 1e-13);
}

// From the noisiest time there is nothing to go back to, and just below it only as far as the clock goes.
TEST(EdmChurn, StaysOnThePathsClock) {
  const PathPtr path = make_path("edm");
  const GivenParameters given = {{"S_tmax", 1e9}};
  for (const double start : {80.0, 79.0, 60.0}) {
    const Grid grid(*path, {start, 1.0, 0.0}, "grid 'two'");
    Trajectory trajectory(mixture_denoiser(kThreeLumps, path), path, grid, 1, {}, fixed_noise);
    const auto solver = make_solver("edm_churn", given);
    solver->start(*path, grid, Prediction::sample);
    trajectory.begin_step(0);
    solver->step(trajectory, Tensor::full({1, 1}, 1.7, DType::f64));
    EXPECT_NEAR(trajectory.evaluated_times()[0], 80.0, 1e-12) << start;
  }
}

// A network's own path may end before the walk's does: churn, which goes back beyond the grid, says what keeps it
// inside.
TEST(EdmChurn, SaysWhatKeepsItWithinWhatAModelKnows) {
  const PathPtr path = make_path("edm");
  const Denoiser network = mixture_denoiser(kThreeLumps, make_path("scaled_linear"));  // sigma/alpha to 14.6
  const Grid grid(*path, {14.0, 1.0, 0.05}, "grid 'two'");
  const auto said = [&](double tmax) {
    return message_of([&] {
      sample(network, path, grid, *make_solver("edm_churn", {{"S_tmax", tmax}}), {.shape = {1}, .dtype = DType::f64});
    });
  };
  EXPECT_EQ(said(10.0), "no error");
  const std::string refused = said(50.0);
  EXPECT_NE(refused.find("asks for lambda"), std::string::npos) << refused;
  EXPECT_NE(refused.find("; it goes back from time 14: lower S_tmax"), std::string::npos) << refused;
}

// Churning by gamma = nu^2 h a step of h in lambda renews the noise of the nu-family to first order. Its two parts, the
// noise and the ODE, each keep the marginals, so that the variance has the order of Heun's step.
TEST(EdmChurn, IsWeakOrderOneOfTheFamily) {
  const WithThreads one(1);
  for (const char* name : {"vp", "flow", "edm"})
    for (const double nu : {0.5, 1.0}) {
      const PathPtr path = make_path(name);
      const GivenParameters given = {
          {"S_churn", 2 * nu * nu}, {"S_tmin", 0.0}, {"S_tmax", 1e9}, {"S_noise", 1.0}};  // lambda from -1 to 1
      std::vector<double> gain, variance;
      for (int n = 32; n <= 1024; n *= 2) {
        const LawErrors errors =
            law_errors(*make_solver("edm_churn", given), path, equal_in(*path, -1, 1, n, "lambda"), nu);
        gain.push_back(errors.gain);
        variance.push_back(errors.variance);
      }
      EXPECT_NEAR(measured_order(gain), 1, 0.15) << name << " nu " << nu;
      EXPECT_NEAR(measured_order(variance), 2, 0.15) << name << " nu " << nu;
    }
}

// A clipped path does not move at its noisiest time, where a predicted velocity says nothing; churn may go back to it.
TEST(EdmChurn, RefusesToChurnToWhereAVelocitySaysNothing) {
  const PathPtr path = make_path("laplace", {{"clip", 4.0}});
  const Grid grid(*path, {0.9997, 0.5, 0.1}, "grid 'two'");
  const auto said = [&](Prediction kind, const GivenParameters& given) {
    int asked = 0;
    Denoiser model = mixture_denoiser(kThreeLumps, path, kind);
    model.evaluate = [&asked, inner = model.evaluate](const Query& query) { return ++asked, inner(query); };
    const std::string message = message_of(
        [&] { sample(model, path, grid, *make_solver("edm_churn", given), {.shape = {1}, .dtype = DType::f64}); });
    EXPECT_EQ(asked, message == "no error" ? 4 : 0);
    return message;
  };
  EXPECT_EQ(said(Prediction::sample, {}), "no error");
  EXPECT_EQ(said(Prediction::velocity, {{"S_churn", 0.2}}), "no error");
  EXPECT_EQ(said(Prediction::velocity, {{"S_tmax", 5.0}}), "no error");
  const std::string refused = said(Prediction::velocity, {});
  EXPECT_NE(refused.find("solver 'edm_churn': on path 'laplace' at time 1 "), std::string::npos) << refused;
  EXPECT_NE(refused.find("; lower S_churn or S_tmax, or use a model"), std::string::npos) << refused;
}

}  // namespace
}  // namespace ito
