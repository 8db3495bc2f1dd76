// papers/errata.md, item by item: the number that the library gives (tests/golden/diffusers/errata.py, generate.py),
// ours, and the truth: the exact flow of the two-point data, or what the algorithm's own paper says.
#include "autograd/arithmetic.h"
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

const Tensor& recorded(const std::string& name) { return golden_file("diffusers/errata.npz").at(name); }

constexpr double kStart[] = {1.3, -0.7, 0.2, -2.1};  // times the noise of the first time
Tensor start_at(double sigma) {
  std::vector<double> x;
  for (const double z : kStart) x.push_back(z * sigma);
  return Tensor::from(x, {1, 4});
}

// Where the probability-flow ODE takes each element.
std::vector<double> exact_end(const Path& path, Time t, Time s, const Tensor& x) {
  std::vector<double> ends;
  for (const double x_i : x.span<double>())
    ends.push_back(static_cast<double>(exact_flow(kTwoPoints, path, t, s, {x_i}, 400)[0]));
  return ends;
}
// A time so near the clean end that the flow is at its end to 1e-4.
Time nearly_clean(const Path& path) { return path.time(Lambda(9.0)); }

double largest_error(const std::vector<double>& x, const std::vector<double>& truth) {
  double worst = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) worst = std::max(worst, std::abs(x[i] - truth[i]));
  return worst;
}
std::vector<double> numbers(const Tensor& x) { return {x.span<double>().begin(), x.span<double>().end()}; }

Tensor no_noise(const NoiseRequest& request) { return combine({{0.0, request.like}}); }

std::vector<double> our_end(const std::string& solver, const GivenParameters& given, const PathPtr& path,
                            const Grid& grid, Prediction kind = Prediction::sample, const Noise& noise = {}) {
  return numbers(walk(*make_solver(solver, given), two_points(path, kind), path, grid,
                      start_at(path->sigma(grid.front())), noise));
}

// DDIM's step goes to t - T // n, whatever the next time of its list is.
TEST(Errata, DdimLeavesItsOwnTimes) {
  const PathPtr path = make_path("ddpm_linear");
  const auto steps = recorded("ddim_linspace.steps").span<double>();
  for (const std::string spacing : {"linspace", "trailing"}) {
    const std::vector<double> truth =
        exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
    std::vector<double> theirs, ours;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      theirs.push_back(largest_error(row(recorded("ddim_" + spacing + ".ends"), static_cast<std::int64_t>(i)), truth));
      const Grid grid = make_grid(spacing, *path, static_cast<int>(steps[i]));
      ours.push_back(largest_error(our_end("ddim", {}, path, grid), truth));
    }
    // 10, 20, 50, 100, 150, 300, 600 steps
    EXPECT_GT(theirs[6], 0.19) << spacing;
    EXPECT_GT(theirs[6], theirs[2]) << spacing << ": 600 steps are worse than 50";
    EXPECT_GT(theirs[5], 4 * ours[5]) << spacing;
    EXPECT_LT(ours[6], 0.006) << spacing;
    for (std::size_t i = 1; i < ours.size(); ++i) EXPECT_LT(ours[i], ours[i - 1]) << spacing;
  }
}

struct ThirdOrder {
  PathPtr path = ratio_path();
  std::vector<double> truth = exact_end(*path, Time(10.0), Time(0.1), start_at(10.0));

  Grid grid(int n) const {
    std::vector<double> times;
    for (int i = 0; i <= n; ++i) times.push_back(10.0 * math::exp(-math::log(100.0) / n * i));
    return Grid(*path, times, "grid 'equal in lambda'");
  }
};

// D2 without its factor 2: order 2. History is exact for both.
TEST(Errata, DpmSolverPp3MIsOfOrder2) {
  const ThirdOrder problem;
  const auto steps = recorded("third_order.steps").span<double>();
  const Tensor& behind = recorded("third_order.behind");
  std::vector<double> theirs, ours;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const int n = static_cast<int>(steps[i]);
    const auto ends = [&](const char* compat) {
      const auto solver =
          make_solver("dpm_solver_pp_3m", {{"compat", std::string(compat)}, {"lower_order_final", false}});
      const auto with_history = [&] {
        for (std::size_t j = 0; j < 2; ++j) {
          const Time t(10.0 * math::exp(math::log(100.0) / n * static_cast<double>(2 - j)));
          const auto all = behind.span<double>();
          const std::size_t at = (i * 2 + j) * 4;
          const Tensor x = Tensor::from(std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(at),
                                                            all.begin() + static_cast<std::ptrdiff_t>(at + 4)),
                                        {1, 4});
          Answer answer;
          answer.prediction = Tensor::like(x);
          for (std::size_t k = 0; k < 4; ++k)
            answer.prediction.mutable_span<double>()[k] = two_points_x0(x.span<double>()[k], 1.0, t.value);
          solver->remember(*problem.path, Estimate(*problem.path, t, x, answer, Prediction::sample));
        }
      };
      return numbers(walk(*solver, two_points(problem.path, Prediction::sample), problem.path, problem.grid(n),
                          start_at(10.0), {}, with_history));
    };
    std::vector<double> published = row(recorded("third_order.ends"), static_cast<std::int64_t>(i));
    for (double& x : published) x *= std::sqrt(1.01);  // theirs is alpha x, alpha = 1/sqrt(1 + 0.1^2)
    EXPECT_LT(largest_error(published, ends("published")), 1e-9) << n;
    theirs.push_back(largest_error(published, problem.truth));
    ours.push_back(largest_error(ends("none"), problem.truth));
  }
  EXPECT_NEAR(measured_order(theirs), 2.0, 0.15);
  EXPECT_GT(measured_order(ours), 2.85);
}

// sde-dpmsolver++ of order 3 has - 1/2 where + 1/2 belongs in the coefficient of D2, which then does not vanish with h:
// order 1. Without noise the SDE's steps are those of dx = (f x - g^2 score) dt, whose exact flow is known.
TEST(Errata, SdeDpmSolverPp3MIsOfOrder1) {
  const ThirdOrder problem;
  // y = x e^(2 lambda): dy/dlambda = 2 e^(2 lambda) x_0-hat, by RK4.
  std::vector<double> truth;
  for (const double z : kStart) {
    const auto slope = [](double l, double y) {
      return 2.0 * std::exp(2.0 * l) * two_points_x0(y * std::exp(-2.0 * l), 1.0, std::exp(-l));
    };
    const int n = 2000;
    const double h = std::log(100.0) / n;
    double l = -std::log(10.0), y = 10.0 * z * std::exp(2.0 * l);
    for (int i = 0; i < n; ++i, l += h) {
      const double k1 = slope(l, y), k2 = slope(l + h / 2, y + h / 2 * k1), k3 = slope(l + h / 2, y + h / 2 * k2),
                   k4 = slope(l + h, y + h * k3);
      y += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    truth.push_back(y * std::exp(-2.0 * l));
  }
  std::vector<double> theirs, ours, same_start;
  const auto steps = recorded("third_order_sde.steps").span<double>();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::vector<double> end = row(recorded("third_order_sde.ends"), static_cast<std::int64_t>(i));
    for (double& x : end) x *= std::sqrt(1.01);
    theirs.push_back(largest_error(end, truth));
    ours.push_back(largest_error(our_end("seeds", {{"stages", std::int64_t{3}}}, problem.path,
                                         problem.grid(static_cast<int>(steps[i])), Prediction::sample, no_noise),
                                 truth));
  }
  // From the same start, a step of order 1, which leaves 2.
  for (const double n : steps)
    same_start.push_back(largest_error(our_end("dpm_solver_pp_3m_sde", {}, problem.path,
                                               problem.grid(static_cast<int>(n)), Prediction::sample, no_noise),
                                       truth));
  EXPECT_GT(measured_order(same_start), 1.8);
  EXPECT_LT(same_start.back() * 20, theirs.back()) << same_start.back();
  EXPECT_NEAR(measured_order(theirs), 0.9, 0.2);
  EXPECT_GT(measured_order(ours), 2.7);
  EXPECT_LT(ours.back() * 1000, theirs.back());
}

// The network is asked about times that are linear in the index, for states whose noise is log-linear.
TEST(Errata, LogLinearSigmasAskTheNetworkAboutOtherTimes) {
  const PathPtr path = make_path("scaled_linear"), unscaled = ratio_path();
  const double first = path->sigma(Time(1.0)) / path->alpha(Time(1.0));
  const double last = path->sigma(Time(0.001)) / path->alpha(Time(0.001));
  const std::vector<double> truth = exact_end(*unscaled, Time(first), Time(last), start_at(first));
  const auto steps = recorded("log_linear.steps").span<double>();
  std::vector<double> ours;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_GT(largest_error(row(recorded("log_linear.ends"), static_cast<std::int64_t>(i)), truth), 0.4) << steps[i];
    const Grid grid = make_grid("lambda", *unscaled, static_cast<int>(steps[i]),
                                {{"sigma_max", first}, {"sigma_min", last}, {"final", std::string("end")}});
    ours.push_back(largest_error(our_end("euler", {}, unscaled, grid), truth));
  }
  EXPECT_LT(ours.back(), 0.01);
  EXPECT_NEAR(measured_order({ours[0], ours[1]}), 1.0, 0.2);
}

TEST(Errata, StepsThatAreNotANumber) {
  for (const char* name : {"unipc_bh1.end", "third_order_karras.end", "third_order_exponential.end",
                           "third_order_beta.end", "zero_snr_eps.first"})
    EXPECT_FALSE(all_finite(recorded(name))) << name;

  const PathPtr path = make_path("ddpm_linear");
  const std::vector<double> levels = numbers(golden_file("diffusers/exponential.npz").at("unipc_2_bh2.levels"));
  const Grid grid = recorded_grid(*path, levels, Level::ratio);
  const std::vector<double> truth = exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
  EXPECT_LT(largest_error(our_end("unipc", {{"variant", std::string("bh1")}}, path, grid), truth), 0.3);

  const PathPtr pure = make_path("zero_terminal_snr", {{"of", std::string("scaled_linear")}});
  EXPECT_NE(message_of([&] {
              our_end("ddim", {}, pure, make_grid("trailing", *pure, 10), Prediction::eps);
            }).find("use a model that predicts sample"),
            std::string::npos);
}

// A final sigma that is in the list already: an evaluation for a step of no length.
TEST(Errata, LastStepsOfNoLength) {
  const PathPtr path = make_path("edm", {{"sigma_min", 1e-4}, {"sigma_max", 1e5}});
  for (const auto& [file, name, states_stay] : {std::tuple{"posterior", "pndm", true},
                                                {"exponential", "singlestep_pp_1", true},
                                                {"exponential", "deis_2_karras", true},
                                                {"exponential", "sa_2_2_karras", false},
                                                {"ratio", "euler_exponential", true},
                                                {"ratio", "edm_euler_exponential", true},
                                                {"flow", "flow_deis_2", true},
                                                {"flow", "flow_sa_2_2", false}}) {
    const NamedTensors& arrays = golden_file("diffusers/" + std::string(file) + ".npz");
    const std::vector<double> levels = numbers(arrays.at(std::string(name) + ".levels"));
    const std::size_t n = levels.size() - 1;
    EXPECT_NEAR(levels[n] / levels[n - 1], 1.0, 1e-12) << name;
    const Tensor& states = arrays.at(std::string(name) + ".states");
    if (states_stay) {  // sa_solver corrects the state there, which needs no step
      EXPECT_LT(largest_error(row(states, states.dim(0) - 1), row(states, states.dim(0) - 2)), 1e-9) << name;
    }
    EXPECT_NE(message_of([&] {
                recorded_grid(*path, {levels[n - 1], levels[n - 1]}, Level::ratio);
              }).find("times must fall"),
              std::string::npos);
  }
}

// DEIS and SA-Solver with flow sigmas append the last of their list, a quarter of noise, in place of 0.
TEST(Errata, FlowsThatEndInNoise) {
  const PathPtr path = make_path("flow");
  const NamedTensors& arrays = golden_file("diffusers/flow.npz");
  for (const char* name : {"flow_deis_2", "flow_sa_2_2"})
    EXPECT_NEAR(arrays.at(std::string(name) + ".levels").span<double>().back(), 0.2498, 1e-4) << name;

  const Tensor& states = arrays.at("flow_deis_2.states");
  std::vector<double> times = numbers(arrays.at("flow_deis_2.levels"));
  const Tensor start = Tensor::from(row(states, 0), {1, 4});
  const std::vector<double> truth = exact_end(*path, Time(times[0]), nearly_clean(*path), start);
  times.back() = 0.0;
  const std::vector<double> ours =
      numbers(walk(*make_solver("deis", {{"variant", std::string("logrhoab")}, {"order", std::int64_t{2}}}),
                   two_points(path, Prediction::velocity), path, Grid(*path, times, "grid 'to 0'"), start));
  const double theirs = largest_error(row(states, states.dim(0) - 1), truth);
  EXPECT_GT(theirs, 1.5 * largest_error(ours, truth)) << theirs;
}

// diffusers' DDPM leaves out the noise of the step from index 0, not of the last step; with fixed_large and a spacing
// that does not end on index 0 the samples are noised again.
TEST(Errata, DdpmNoisesItsSamples) {
  const NamedTensors& arrays = golden_file("diffusers/posterior.npz");
  const Tensor& states = arrays.at("ddpm_fixed_large_trailing.states");
  const PathPtr path = make_path("ddpm_linear");
  const Grid grid = make_grid("trailing", *path, 10);
  const double alpha = path->alpha(grid[9]), sigma = path->sigma(grid[9]);
  const std::vector<double> x = row(states, 9), end = row(states, 10), z = row(arrays.at("noise"), 9);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(end[i] - two_points_x0(x[i], alpha, sigma), sigma * z[i], 1e-9);  // 0 in DDPM's algorithm 2
  EXPECT_GT(sigma, 0.3);
}

// IPNDM divides by max(alpha, 1e-8) at alpha = 0 and so forgets what the network said there. Data at the one point 1.
TEST(Errata, IpndmForgetsItsFirstAnswer) {
  const Tensor& states = recorded("ipndm.states");
  const auto sigmas = recorded("ipndm.sigmas").span<double>();
  const PathPtr path = make_path("cosine");
  std::vector<double> levels;
  for (const double sigma : sigmas) levels.push_back(sigma / std::sqrt((1 - sigma) * (1 + sigma)));
  const Grid grid = recorded_grid(*path, levels, Level::ratio);
  const Denoiser point =
      make_denoiser("one point", Prediction::sample, path, [](const Tensor& x, std::span<const double>, const Tensor&) {
        Tensor y = Tensor::like(x);
        for (double& y_i : y.mutable_span<double>()) y_i = 1.0;
        return y;
      });
  const std::vector<double> ours = numbers(walk(*make_solver("ipndm"), point, path, grid, start_at(1.0)));
  const double alpha_1 = std::sqrt((1 - sigmas[1]) * (1 + sigmas[1]));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(row(states, 1)[i], sigmas[1] * kStart[i], 1e-12);  // and alpha_1 1 is missing
    EXPECT_GT(std::abs(row(states, 10)[i] - 1.0), 0.1);            // nor does it come back
    EXPECT_NEAR(ours[i], 1.0, 1e-12);
  }
  EXPECT_GT(alpha_1, 0.2);
}

// The table of abar holds alpha.
TEST(Errata, LaplaceTableHoldsAlpha) {
  const PathPtr path = make_path("laplace");
  const auto index = recorded("laplace.index").span<double>(), abar = recorded("laplace.abar").span<double>();
  for (std::size_t i = 0; i < index.size(); ++i) {
    const double alpha = path->alpha(Time((index[i] + 1) / 1000));
    EXPECT_NEAR(abar[i], alpha, 2e-3) << index[i];
    EXPECT_GT(std::abs(abar[i] - alpha * alpha), 0.1) << index[i];
  }
}

// Karras sigmas on the cosine schedule: times are truncated to integers and repeat, and the walk, which looks its place
// up by time, starts on the second of them and runs off its list.
TEST(Errata, KarrasOnCosineRepeatsATime) {
  for (const char* scheduler : {"DPMSolverMultistep", "DPMSolverSinglestep", "DEISMultistep", "UniPCMultistep"})
    EXPECT_EQ(recorded(std::string("raises.karras_cosine_") + scheduler).span<double>()[0], 1.0) << scheduler;
  const std::vector<double> times = numbers(golden_file("diffusers/exponential.npz").at("pp_2m_karras_cosine.times"));
  EXPECT_EQ(times[1], times[2]);

  const PathPtr path = make_path("cosine_discrete");
  std::vector<double> errors;
  for (const int n : {20, 100}) {
    const Grid grid = make_grid("karras", *path, n);
    const std::vector<double> truth =
        exact_end(*path, grid.front(), nearly_clean(*path), start_at(path->sigma(grid.front())));
    errors.push_back(largest_error(our_end("dpm_solver_pp_2m", {}, path, grid), truth));
  }
  EXPECT_LT(errors[1], 0.02);
  EXPECT_LT(errors[1], errors[0] / 5);
}

// Walks that raise an error (a name never assigned) instead of ending; ours of the same name end.
TEST(Errata, WalksThatRaise) {
  EXPECT_EQ(recorded("raises.edm_sde_3").span<double>()[0], 1.0);
  for (const char* name : {"raises.one_step_dpmpp_2m_sde", "raises.one_step_dpmpp_3m_sde"})
    EXPECT_EQ(golden_file("k_diffusion/samplers.npz").at(name).span<double>()[0], 1.0) << name;
}

// One seed, the same first sample: alone, and in a batch of two.
TEST(Errata, BatchesChangeSamples) {
  EXPECT_GT(largest_error(numbers(recorded("euler_ancestral_of_1.end")), numbers(recorded("euler_ancestral_of_2.end"))),
            1.0);
  const NamedTensors& crowson = golden_file("k_diffusion/samplers.npz");
  EXPECT_GT(
      largest_error(numbers(crowson.at("euler_ancestral_of_1.end")), numbers(crowson.at("euler_ancestral_of_2.end"))),
      0.1);
  const PathPtr path = make_path("scaled_linear");
  const Grid grid = make_grid("leading", *path, 10);
  const auto first_of = [&](std::int64_t count) {
    const SampleRequest request{.seed = 3, .count = count, .shape = {4}, .dtype = DType::f64};
    const auto solver = make_solver("ddim", {{"eta", 1.0}});
    return row(sample(two_points(path, Prediction::eps), path, grid, *solver, request).samples, 0);
  };
  EXPECT_EQ(first_of(1), first_of(2));
}

// The list is shifted when it is made and its smallest value again when it is used: the walk stops short of where the
// model was trained to, and ends with a jump.
TEST(Errata, FlowShiftsItsSmallestTimeTwice) {
  const NamedTensors& arrays = golden_file("diffusers/flow.npz");
  const auto shift = [](double t) { return 3 * t / (1 + 2 * t); };
  for (const char* name : {"flow_euler_shift_3", "flow_heun_shift_3"}) {
    const std::vector<double> levels = numbers(arrays.at(std::string(name) + ".levels"));
    EXPECT_EQ(levels.back(), 0.0);
    EXPECT_NEAR(levels[levels.size() - 2], shift(shift(0.001)), 1e-12) << name;
  }
}

}  // namespace
}  // namespace ito
