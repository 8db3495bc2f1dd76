#include "autograd/arithmetic.h"
#include "tests/samplers/solvers/law_by_probes.h"
#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

GivenParameters loops(int restarts, int n_restart = 3, double low = 0.06, double high = 0.3) {
  return {{"restarts", std::int64_t{restarts}},
          {"n_restart", std::int64_t{n_restart}},
          {"restart_min", low},
          {"restart_max", high}};
}

TEST(Restart, WithoutRestartsIsEdmHeun) {
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const std::vector<double> times = at_ratios(*path, {3.0, 0.7, 0.1, 0.04});
    expect_same(walked("restart", loops(0), path, times), walked("edm_heun", {}, path, times), 1e-14, name);
  }
  expect_ddim_from_pure_noise("restart", loops(0));
}

// The authors' loop in the state y = x/alpha on the EDM clock, by hand.
TEST(Restart, IsTheAuthorsLoop) {
  const std::vector<double> z = {0.0, 0.6, -1.1};  // draw 0 of the step is not asked for
  const long double high = 0.3L, low = 0.05L;
  const auto d = [](const State& y, long double q) {
    return sum({{1 / q, y}, {-1 / q, posterior_mean(kTwoLumps, 1, q, y)}});
  };
  const auto heun = [&](const State& y, long double q, long double to) {
    const State d_cur = d(y, q), d_prime = d(sum({{1, y}, {to - q, d_cur}}), to);
    return sum({{1, y}, {(to - q) / 2, d_cur}, {(to - q) / 2, d_prime}});
  };
  const auto level = [&](int i, int n) {  // their get_steps
    return powl(powl(high, 1 / 7.0L) + i / (n - 1.0L) * (powl(low, 1 / 7.0L) - powl(high, 1 / 7.0L)), 7);
  };
  for (const char* name : {"vp", "edm"}) {
    const PathPtr path = make_path(name);
    const std::vector<double> times = at_ratios(*path, {0.4, 0.05});
    const long double alpha_t = path->alpha(Time(times[0])), alpha_s = path->alpha(Time(times[1]));
    State y = heun(sum({{1 / alpha_t, kStart}}), 0.4L, low);
    for (const std::size_t k : {1u, 2u}) {
      y = sum({{1, y}, {sqrtl(high * high - low * low) * z[k], {1, 1}}});
      for (int i = 0; i < 3; ++i) y = heun(y, level(i, 4), level(i + 1, 4));
    }
    const Tensor x = Tensor::from(std::vector<double>(kStart.begin(), kStart.end()), {1, 2});
    const Grid grid(*path, times, "grid 'one'");
    Trajectory trajectory(mixture_denoiser(kTwoLumps, path), path, grid, 1, {}, listed_noise(z, 3));
    const auto solver = make_solver("restart", loops(2, 4));
    solver->start(*path, trajectory.grid(), trajectory.prediction());
    trajectory.begin_step(0);
    expect_state(solver->step(trajectory, x), sum({{alpha_s, y}}), 1e-12, name);
    EXPECT_EQ(trajectory.evaluations()[0], 2 + 2 * 3 * 2);
  }
}

// What the loop is for: an error of the state at restart_min is contracted by each restart to what the ODE leaves of
// it.
TEST(Restart, ContractsAnErrorAndKeepsTheLaw) {
  const WithThreads one(1);
  const PathPtr path = make_path("vp");
  const std::vector<double> times = at_ratios(*path, {1.0, 0.5});
  const Grid grid(*path, times, "grid 'one'");
  double last_gain = INFINITY;
  for (const int k : {0, 1, 3}) {
    const auto solver = make_solver("restart", loops(k, 40, 0.5, 4.0));
    const EndLaw law = law_by_probes(*solver, path, grid, 4);
    const double V = marginal_variance_of(*path, grid.back());
    EXPECT_LT(std::abs(law.gain), 0.3 * last_gain) << k;
    last_gain = std::abs(law.gain);
    EXPECT_NEAR(law.mean, path->alpha(grid.back()) * kLawMean, 2e-3) << k;
    // One Heun step from 1 to 0.5 is wrong by 6 %; restarts replace it by 39 finer ones.
    EXPECT_NEAR(law.variance, V, k == 0 ? 8e-2 * V : 4e-3 * V) << k;
  }
}

TEST(Restart, RestartsOnceAndNotIntoTheCleanEnd) {
  const PathPtr path = make_path("edm");
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  const auto steps_that_draw = [&](const std::vector<double>& times) {
    std::vector<int> asked;
    const Noise noise = [&](const NoiseRequest& request) {
      asked.push_back(request.step);
      EXPECT_LT(request.from, request.to);  // upwards: no increment of the reverse SDE
      return Tensor::zeros_like(request.like);
    };
    walk(*make_solver("restart", loops(1)), model, path, Grid(*path, times, "grid 'test'"),
         Tensor::full({1, 2}, 0.3, DType::f64), noise);
    return asked;
  };
  EXPECT_EQ(steps_that_draw({5.0, 0.2, 0.06, 0.03, 0.01, 0.0}), (std::vector<int>{1}));
  EXPECT_EQ(steps_that_draw({5.0, 0.2, 0.05, 0.0}), (std::vector<int>{1}));
}

TEST(Restart, RefusesAGridThatRestartsNowhere) {
  const auto message = [](const char* name, const std::vector<double>& times, const GivenParameters& given) {
    const PathPtr path = make_path(name);
    const Grid grid(*path, times, "grid 'test'");
    return message_of([&] { make_solver("restart", given)->start(*path, grid, Prediction::sample); });
  };
  const std::string refused =
      "solver 'restart': no step of the grid that starts at alpha > 0 and ends before the clean end crosses "
      "restart_min 0.06, so that nothing is restarted; choose a restart_min that lies between the grid's sigma/alpha, "
      "or restarts = 0";
  EXPECT_EQ(message("edm", {5.0, 0.2, 0.0}, loops(1)), refused);
  EXPECT_EQ(message("edm", {0.05, 0.02, 0.0}, loops(1)), refused);
  EXPECT_EQ(message("edm", {5.0, 0.06001}, loops(1)), refused);
  EXPECT_EQ(message("flow", {1.0, 0.04, 0.0}, loops(1)), refused);  // from pure noise
  EXPECT_EQ(message("edm", {5.0, 0.2, 0.0}, loops(0)), "no error");
  EXPECT_EQ(message("edm", {5.0, 0.06}, loops(1)), "no error");
  EXPECT_EQ(message("flow", {1.0, 0.5, 0.04}, loops(1)), "no error");
}

TEST(Restart, RefusesIntervalsThatAreNone) {
  EXPECT_EQ(message_of([] { make_solver("restart", loops(2, 3, 0.3, 0.3)); }),
            "solver 'restart': restart_min 0.3 is not below restart_max 0.3");
  const PathPtr path = make_path("edm");
  EXPECT_EQ(message_of([&] {
              make_solver("restart", loops(2, 3, 0.3, 100.0))
                  ->start(*path, Grid(*path, {2.0, 0.2}, "grid 'test'"), Prediction::sample);
            }).substr(0, 75),
            "solver 'restart': restart_max 100 is not a sigma/alpha of the path: path 'e");
}

}  // namespace
}  // namespace ito
