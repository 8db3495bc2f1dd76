// papers/errata.md, item by item: the number that the library gives (tests/golden/diffusers/errata.py, generate.py),
// ours, and the truth: the exact flow of the two-point data, or what the algorithm's own paper says. Rows of its tables
// are read from it and held to every digit that they print.
#include <fstream>
#include <sstream>

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

// The name of the error that a walk of theirs raises.
std::string raised(const Tensor& letters) {
  std::string name;
  for (const double letter : letters.span<double>()) name += static_cast<char>(letter);
  return name;
}

// Numbers as a text prints them, "0.195 2.2e-3", each to half a unit of its last digit.
void expect_printed(const std::vector<double>& x, const std::string& text) {
  std::istringstream words(text);
  std::size_t i = 0;
  for (std::string word; words >> word; ++i) {
    ASSERT_LT(i, x.size()) << text;
    const std::size_t e = std::min(word.find('e'), word.size()), point = word.find('.');
    const int exponent = e == word.size() ? 0 : std::stoi(word.substr(e + 1));
    const int decimals = point == std::string::npos ? 0 : static_cast<int>(e - point) - 1;
    EXPECT_NEAR(x[i], std::stod(word), 0.5000001 * std::pow(10.0, exponent - decimals)) << text << " at " << i;
  }
  EXPECT_EQ(i, x.size()) << text << " of " << testing::PrintToString(x);
}

// The numbers of the table row of papers/errata.md whose first cell is `label`.
std::string printed_row(const std::string& label) {
  std::ifstream file(tree_root() / "papers/errata.md");
  const std::string start = "| " + label + " |";
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(start, 0) != 0) continue;
    std::string cells = line.substr(start.size());
    for (char& c : cells)
      if (c == '|' || c == '*') c = ' ';
    return cells;
  }
  ADD_FAILURE() << "papers/errata.md has no row '" << label << "'";
  return "";
}

// Their errors at the ends of walks of so many steps each.
std::vector<double> their_errors(const std::string& name, const std::vector<double>& truth, double scale = 1.0) {
  std::vector<double> errors;
  const Tensor& ends = recorded(name + ".ends");
  for (std::int64_t i = 0; i < ends.dim(0); ++i) {
    std::vector<double> end = row(ends, i);
    for (double& x : end) x *= scale;
    errors.push_back(largest_error(end, truth));
  }
  return errors;
}

// DDIM's step goes to t - T // n, whatever the next time of its list is.
TEST(Errata, DdimLeavesItsOwnTimes) {
  const PathPtr path = make_path("ddpm_linear");
  const auto steps = recorded("ddim_linspace.steps").span<double>();
  for (const std::string spacing : {"linspace", "trailing"}) {
    const std::vector<double> truth =
        exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
    const std::vector<double> theirs = their_errors("ddim_" + spacing, truth);
    std::vector<double> ours;
    for (const double n : steps)
      ours.push_back(largest_error(our_end("ddim", {}, path, make_grid(spacing, *path, static_cast<int>(n))), truth));
    expect_printed(theirs, printed_row("diffusers, " + spacing));
    expect_printed(ours, printed_row("ito, " + spacing));
    // 10, 20, 50, 100, 150, 300, 600 steps
    EXPECT_GT(theirs[6], 0.19) << spacing;
    EXPECT_GT(theirs[6], theirs[2]) << spacing << ": 600 steps are worse than 50";
    EXPECT_GT(theirs[5], 4 * ours[5]) << spacing;
    EXPECT_LT(ours[6], 0.006) << spacing;
    for (std::size_t i = 1; i < ours.size(); ++i) EXPECT_LT(ours[i], ours[i - 1]) << spacing;
  }
}

// ... and so PNDM's, on linspace.
TEST(Errata, PndmLeavesItsOwnTimes) {
  const PathPtr path = make_path("ddpm_linear");
  const std::vector<double> truth = exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
  std::vector<double> ours;
  for (const double n : recorded("pndm_linspace.steps").span<double>())
    ours.push_back(largest_error(
        our_end("pndm", {{"skip_prk", true}}, path, make_grid("linspace", *path, static_cast<int>(n))), truth));
  expect_printed(their_errors("pndm_linspace", truth), printed_row("diffusers' PNDM, linspace"));
  expect_printed(ours, printed_row("`pndm`, linspace"));
}

// arange(T, 0, -T/n) has n + 1 numbers where T/n rounds so that n of them do not reach 0; the last index is -1.
TEST(Errata, TrailingHasATimeTooMany) {
  const auto counts = recorded("trailing.one_too_many").span<double>();
  ASSERT_EQ(counts.size(), 62u);
  EXPECT_EQ(counts[0], 61.0);
  const auto times = recorded("trailing_61.times").span<double>();
  ASSERT_EQ(times.size(), 62u);
  EXPECT_EQ(times[60], 15.0);
  EXPECT_EQ(times[61], -1.0);
  const PathPtr path = make_path("ddpm_linear");
  for (const double n : counts) EXPECT_EQ(make_grid("trailing", *path, static_cast<int>(n)).steps(), n);

  const std::vector<double> truth = exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
  const std::vector<double> end = row(recorded("ddim_trailing_61.end"), 0);
  for (const double x : end) EXPECT_LT(std::abs(x), 0.016);
  expect_printed(
      {largest_error(end, truth), largest_error(our_end("ddim", {}, path, make_grid("trailing", *path, 61)), truth)},
      "1.81 0.046");
}

// DDIM's authors' list of quadratic spacing: int(linspace(0, sqrt(0.8 T), n)^2).
TEST(Errata, QuadraticRepeatsIndices) {
  const auto steps_of_no_length = [](int n) {
    int count = 0;
    for (int i = 1; i < n; ++i) {
      const double root = std::sqrt(800.0) / (n - 1);
      count += static_cast<int>((i * root) * (i * root)) == static_cast<int>(((i - 1) * root) * ((i - 1) * root));
    }
    return count;
  };
  const PathPtr path = make_path("ddpm_linear");
  for (int n = 2; n < 30; ++n) {
    EXPECT_EQ(steps_of_no_length(n), 0) << n;
    EXPECT_EQ(make_grid("quadratic", *path, n).steps(), n);
  }
  for (int n = 30; n <= 100; ++n) {
    EXPECT_GT(steps_of_no_length(n), 0) << n;
    EXPECT_NE(message_of([&] { make_grid("quadratic", *path, n); }).find("repeats"), std::string::npos) << n;
    EXPECT_EQ(make_grid("quadratic", *path, n, {{"repeats", std::string("advance")}}).steps(), n);
  }
  EXPECT_EQ(steps_of_no_length(50), 1);
  EXPECT_EQ(steps_of_no_length(100), 4);
}

// Adams-Bashforth's sum is of v at four times, and is made an eps by the alpha and sigma of one.
TEST(Errata, PndmOfVIsOfOrder1) {
  const PathPtr path = ratio_path();
  const auto all = recorded("pndm_v_prediction.levels").span<double>();
  std::vector<double> of_v, of_eps, ours;
  std::size_t first = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const std::size_t n = 20u << i;  // times to index 4000 of 20000, of 25, 50, 100, 200 in all
    const std::vector<double> levels(all.begin() + static_cast<std::ptrdiff_t>(first),
                                     all.begin() + static_cast<std::ptrdiff_t>(first + n));
    first += n;
    const Grid grid = recorded_grid(*path, levels, Level::ratio);
    const std::vector<double> truth =
        exact_end(*path, Time(levels.front()), Time(levels.back()), start_at(levels.front()));
    const std::vector<double> end = our_end("pndm", {{"skip_prk", true}}, path, grid, Prediction::v);
    const double scale = std::sqrt(1.0 + levels.back() * levels.back());  // theirs is alpha x
    std::vector<double> end_of_eps = row(recorded("pndm_epsilon.ends"), i);
    std::vector<double> end_of_v = row(recorded("pndm_v_prediction.ends"), i);
    for (double& x : end_of_eps) x *= scale;
    for (double& x : end_of_v) x *= scale;
    EXPECT_LT(largest_error(end, end_of_eps), 1e-9) << n;
    of_v.push_back(largest_error(end_of_v, truth));
    of_eps.push_back(largest_error(end_of_eps, truth));
    ours.push_back(largest_error(end, truth));
  }
  expect_printed(of_v, printed_row("diffusers, v"));
  expect_printed(of_eps, printed_row("diffusers, eps"));
  expect_printed(ours, printed_row("`pndm`, v or eps"));
  EXPECT_NEAR(measured_order(of_v), 1.0, 0.1);
  EXPECT_NEAR(measured_order({ours[2], ours[3]}), 2.0, 0.2);
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
  expect_printed(theirs, printed_row("diffusers, and `compat = \"published\"` to 1e-9"));
  expect_printed(ours, printed_row("`dpm_solver_pp_3m`"));
  EXPECT_NEAR(measured_order(theirs), 2.0, 0.15);
  EXPECT_GT(measured_order(ours), 2.85);
  const std::vector<double> in_eps = their_errors("third_order_eps", problem.truth, std::sqrt(1.01));
  expect_printed(in_eps, printed_row("diffusers' `dpmsolver`, in eps"));
  EXPECT_NEAR(measured_order(in_eps), 2.0, 0.25);
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
  const std::vector<double> theirs = their_errors("third_order_sde", truth, std::sqrt(1.01));
  std::vector<double> ours, same_start;
  const auto steps = recorded("third_order_sde.steps").span<double>();
  for (const double n : steps)
    ours.push_back(largest_error(our_end("seeds", {{"stages", std::int64_t{3}}}, problem.path,
                                         problem.grid(static_cast<int>(n)), Prediction::sample, no_noise),
                                 truth));
  // From the same start, a step of order 1, which leaves 2.
  for (const double n : steps)
    same_start.push_back(largest_error(our_end("dpm_solver_pp_3m_sde", {}, problem.path,
                                               problem.grid(static_cast<int>(n)), Prediction::sample, no_noise),
                                       truth));
  expect_printed(theirs, printed_row("diffusers, order 3"));
  expect_printed(same_start, printed_row("`dpm_solver_pp_3m_sde`, from the same start"));
  expect_printed(ours, printed_row("`seeds`, 3 stages"));
  EXPECT_GT(measured_order(same_start), 1.8);
  EXPECT_LT(same_start.back() * 20, theirs.back()) << same_start.back();
  EXPECT_NEAR(measured_order(theirs), 0.9, 0.2);
  EXPECT_GT(measured_order(ours), 2.7);
  EXPECT_LT(ours.back() * 1000, theirs.back());

  // The singlestep scheduler's order 3 by `heun` has the same line; its `midpoint`, without D2, has not.
  expect_printed(their_errors("singlestep_sde_heun", truth, std::sqrt(1.01)), printed_row("singlestep, `heun`"));
  expect_printed(their_errors("singlestep_sde_midpoint", truth, std::sqrt(1.01)),
                 printed_row("singlestep, `midpoint`"));
}

// The network is asked about times that are linear in the index, for states whose noise is log-linear.
TEST(Errata, LogLinearSigmasAskTheNetworkAboutOtherTimes) {
  const PathPtr path = make_path("scaled_linear"), unscaled = ratio_path();
  const double first = path->sigma(Time(1.0)) / path->alpha(Time(1.0));
  const double last = path->sigma(Time(0.001)) / path->alpha(Time(0.001));
  const std::vector<double> truth = exact_end(*unscaled, Time(first), Time(last), start_at(first));
  const auto steps = recorded("log_linear.steps").span<double>();
  std::vector<double> ours;
  for (const double n : steps) {
    const Grid grid = make_grid("lambda", *unscaled, static_cast<int>(n),
                                {{"sigma_max", first}, {"sigma_min", last}, {"final", std::string("end")}});
    ours.push_back(largest_error(our_end("euler", {}, unscaled, grid), truth));
  }
  expect_printed(their_errors("log_linear", truth), printed_row("diffusers, log_linear"));
  expect_printed(ours, printed_row("`euler`, the same sigmas"));
}

TEST(Errata, StepsThatAreNotANumber) {
  for (const char* name : {"unipc_bh1.end", "third_order_karras.end", "third_order_exponential.end",
                           "third_order_beta.end", "zero_snr_eps.first"})
    EXPECT_FALSE(all_finite(recorded(name))) << name;
  for (const std::string kind : {"karras", "exponential", "beta"}) {
    const auto steps = recorded("finite.third_order_" + kind + ".steps").span<double>();
    const auto finite = recorded("finite.third_order_" + kind).span<double>();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double beta_repeats_a_time = kind == "beta" && steps[i] >= 50 ? -1.0 : 0.0;
      EXPECT_EQ(finite[i], steps[i] < 15 ? 1.0 : beta_repeats_a_time) << kind << ", " << steps[i];
    }
  }
  EXPECT_EQ(raised(recorded("raises.third_order_beta_50")), "IndexError");
  // linspace, leading, trailing, Karras, exponential, beta
  EXPECT_EQ(numbers(recorded("finite.unipc_bh1")), std::vector<double>(6, 0.0));

  const PathPtr path = make_path("ddpm_linear");
  const std::vector<double> levels = numbers(golden_file("diffusers/exponential.npz").at("unipc_2_bh2.levels"));
  const Grid grid = recorded_grid(*path, levels, Level::ratio);
  const std::vector<double> truth = exact_end(*path, Time(1.0), nearly_clean(*path), start_at(path->sigma(Time(1.0))));
  expect_printed({largest_error(our_end("unipc", {{"variant", std::string("bh1")}}, path, grid), truth)}, "0.159");

  const PathPtr pure = make_path("zero_terminal_snr", {{"of", std::string("scaled_linear")}});
  EXPECT_NE(message_of([&] {
              our_end("ddim", {}, pure, make_grid("trailing", *pure, 10), Prediction::eps);
            }).find("use a model that predicts sample"),
            std::string::npos);
}

// A final sigma that is in the list already: an evaluation for a step of no length.
TEST(Errata, LastStepsOfNoLength) {
  const PathPtr path = ratio_path();
  for (const std::string scheduler : {"EulerDiscrete", "DPMSolverMultistep", "DPMSolverSinglestep"})
    for (const char* kind : {"_karras", "_exponential", "_beta"}) {
      const auto sigmas = recorded("last_sigmas." + scheduler + kind).span<double>();
      EXPECT_NEAR(sigmas[1] / sigmas[0], 1.0, 1e-6) << scheduler << kind;
    }
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
  expect_printed({largest_error(row(states, states.dim(0) - 1), truth), largest_error(ours, truth)}, "0.335 0.190");
  expect_printed(numbers(recorded("deis_flow.last_sigmas")), "0.250 0.029");  // 10 and 100 steps
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
  expect_printed({sigma}, "0.32");

  std::vector<Tensor> ours;
  SampleRequest request{.shape = {4}, .dtype = DType::f64, .start = Tensor::from(row(states, 0), {1, 4})};
  request.noise = [&](const NoiseRequest& asked) {
    return Tensor::from(row(arrays.at("noise"), asked.step), asked.like.shape());
  };
  request.observe = [&](int, Time, const Tensor& state) { ours.push_back(state); };
  sample(two_points(path, Prediction::eps), path, grid,
         *make_solver("ddpm", {{"variance", std::string("fixed_large")}}), request);
  ASSERT_EQ(ours.size(), 10u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(numbers(ours[8])[i], x[i], 1e-9);
    EXPECT_NEAR(numbers(ours[9])[i], two_points_x0(x[i], alpha, sigma), 1e-9);
  }
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
  expect_printed({alpha_1, std::abs(row(states, 10)[0] - 1.0)}, "0.22 0.14");
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(row(states, 1)[i], sigmas[1] * kStart[i], 1e-12);  // and alpha_1 1 is missing
    EXPECT_NEAR(std::abs(row(states, 10)[i] - 1.0), 0.14, 0.005);  // nor does it come back
    EXPECT_NEAR(ours[i], 1.0, 1e-12);
  }
  for (const int n : {1, 2, 3, 4, 5, 10, 20, 50, 100})
    for (const double x :
         numbers(walk(*make_solver("ipndm"), point, path, make_grid("uniform", *path, n), start_at(1.0))))
      EXPECT_NEAR(x, 1.0, 1e-12) << n;
}

// The table of abar holds alpha.
TEST(Errata, LaplaceTableHoldsAlpha) {
  const PathPtr path = make_path("laplace");
  const auto index = recorded("laplace.index").span<double>();
  for (const std::string scheduler : {"DDPM", "DDPMParallel"}) {
    const auto abar = recorded("laplace." + scheduler + ".abar").span<double>();
    for (std::size_t i = 0; i < index.size(); ++i) {
      const double alpha = path->alpha(Time((index[i] + 1) / 1000));
      EXPECT_NEAR(abar[i], alpha, 2e-3) << index[i];
      EXPECT_GT(std::abs(abar[i] - alpha * alpha), 0.1) << index[i];
    }
    expect_printed({abar[2]}, "0.707");
  }
}

// Karras sigmas on the cosine schedule: times are truncated to integers and repeat, and the walk, which looks its place
// up by time, starts on the second of them and runs off its list.
TEST(Errata, KarrasOnCosineRepeatsATime) {
  for (const std::string scheduler : {"DPMSolverMultistep", "DPMSolverSinglestep", "DEISMultistep"})
    EXPECT_EQ(raised(recorded("raises.karras_cosine_" + scheduler)), "IndexError") << scheduler;
  EXPECT_EQ(raised(recorded("raises.karras_cosine_UniPCMultistep")), "AssertionError");
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
  expect_printed(errors, "0.295 0.011");
}

// Walks that raise an error (a name never assigned) instead of ending; ours of the same name end.
TEST(Errata, WalksThatRaise) {
  EXPECT_EQ(raised(recorded("raises.edm_sde_3")), "UnboundLocalError");
  for (const char* name : {"raises.one_step_dpmpp_2m_sde", "raises.one_step_dpmpp_3m_sde"})
    EXPECT_EQ(raised(golden_file("k_diffusion/samplers.npz").at(name)), "UnboundLocalError") << name;

  const PathPtr path = make_path("edm");
  const Grid one(*path, {14.6, 0.0}, "grid 'one step'");
  for (const char* solver : {"dpm_solver_pp_2m_sde", "dpm_solver_pp_3m_sde"}) {
    const std::vector<double> end = our_end(solver, {}, path, one, Prediction::sample, no_noise);
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(end[i], two_points_x0(14.6 * kStart[i], 1.0, 14.6), 1e-12) << solver;
  }
  const Tensor ends = Tensor::from(
      our_end("dpm_solver_pp_3m_sde", {}, path, make_grid("karras", *path, 10), Prediction::sample, no_noise), {4});
  EXPECT_TRUE(all_finite(ends));
}

// One seed, the same first sample: alone, and in a batch of two.
TEST(Errata, BatchesChangeSamples) {
  expect_printed(
      {largest_error(numbers(recorded("euler_ancestral_of_1.end")), numbers(recorded("euler_ancestral_of_2.end")))},
      "1.9");
  const NamedTensors& crowson = golden_file("k_diffusion/samplers.npz");
  expect_printed(
      {largest_error(numbers(crowson.at("euler_ancestral_of_1.end")), numbers(crowson.at("euler_ancestral_of_2.end")))},
      "1.8");
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
    const Grid ours = make_grid("shifted", *make_path("flow"), static_cast<int>(levels.size()) - 1,
                                {{"shift", 3.0}, {"t_end", 0.001}, {"final", std::string("zero")}});
    expect_printed({levels[levels.size() - 2], ours[ours.steps() - 1].value}, "0.0089 0.0030");
  }
}

}  // namespace
}  // namespace ito
