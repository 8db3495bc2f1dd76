#include "samplers/solver.h"

#include <algorithm>
#include <set>

#include "autograd/arithmetic.h"
#include "kernels/core/simd_target.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

// Every solver that walks `path`, from noise to the clean end; the reverse SDE starts where it exists.
std::vector<std::string> solvers_on(const std::string& path) {
  std::vector<std::string> names;
  for (const Entry* entry : entries_of("solver"))
    if (walks(entry->name, make_path(path))) names.push_back(entry->name);
  return names;
}

Grid falling(const Path& path, int n) {
  const double start = path.t_max().value > 1 ? 10.0 : 0.9;
  return make_grid("uniform", path, n, {{"t_start", start}});
}

void expect_near(const Tensor& a, const Tensor& b, double tolerance, const std::string& where) {
  ASSERT_TRUE(a.shape() == b.shape()) << where;
  for (std::size_t i = 0; i < a.span<double>().size(); ++i)
    EXPECT_NEAR(a.span<double>()[i], b.span<double>()[i], tolerance) << where << " element " << i;
}

SampleRequest request_of(std::int64_t count, DType dtype = DType::f64) {
  return {.seed = 7, .count = count, .shape = {2}, .dtype = dtype};
}

Tensor sampled(const std::string& solver, const GivenParameters& given, const PathPtr& path, const Grid& grid,
               Prediction kind = Prediction::sample) {
  return sample(mixture_denoiser(kTwoLumps, path, kind), path, grid, *make_solver(solver, given), request_of(5))
      .samples;
}

TEST(Solvers, WalkEveryPathButFlowEuler) {
  EXPECT_TRUE(walks("flow_euler", make_path("flow")));
  EXPECT_FALSE(walks("flow_euler", make_path("vp")));
  for (const char* name : {"ddpm", "ddim", "euler", "heun", "euler_maruyama", "dpm_solver_pp_2m"})
    for (const std::string& path : all_paths()) EXPECT_TRUE(walks(name, make_path(path))) << name << " on " << path;
}

TEST(Solvers, DdimWithEtaOneIsDdpmWithTheSmallVariance) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    const Grid grid = falling(*path, 12);
    expect_near(sampled("ddim", {{"eta", 1.0}}, path, grid), sampled("ddpm", {}, path, grid), 1e-13, name);
  }
}

TEST(Solvers, FlowEulerIsDdimAndEulerOnTheEdmClock) {
  const PathPtr flow = make_path("flow"), edm = make_path("edm");
  const Grid grid = falling(*flow, 12);
  const Tensor by_flow = sampled("flow_euler", {}, flow, grid);
  expect_near(by_flow, sampled("ddim", {}, flow, grid), 1e-13, "ddim");
  expect_near(by_flow, sampled("euler", {}, flow, grid), 1e-13, "euler");
  // sigma = t/(1 - t), state x/(1 - t).
  std::vector<double> sigmas;
  for (const double t : grid.times()) sigmas.push_back(t / (1 - t));
  expect_near(by_flow, sampled("euler", {}, edm, Grid(*edm, sigmas, "grid 'edm clock'")), 1e-12, "edm");
}

TEST(Solvers, TheReverseSdeWithoutNoiseIsEuler) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    const Grid grid = falling(*path, 12);
    expect_near(sampled("euler_maruyama", {{"nu", 0.0}}, path, grid), sampled("euler", {}, path, grid), 1e-11, name);
  }
}

TEST(Solvers, TheFirstStepOfDpmSolverPpIsDdim) {
  for (const std::string& name : all_paths()) {
    const PathPtr path = make_path(name);
    const Grid one(*path, {0.8, 0.3}, "grid 'one'");
    expect_near(sampled("dpm_solver_pp_2m", {}, path, one), sampled("ddim", {}, path, one), 1e-14, name);
  }
}

// On vp with eps, against the formula of DDIM's paper written in abar.
TEST(Solvers, DdimIsItsPapersFormula) {
  const PathPtr path = make_path("vp");
  const Grid grid(*path, {0.7, 0.4}, "grid 'one'");
  const double a_t = std::pow(path->alpha(Time(0.7)), 2), a_s = std::pow(path->alpha(Time(0.4)), 2), eta = 0.6;
  const Tensor x = Tensor::from(std::vector<double>{0.3, -1.1}, {1, 2});
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path, Prediction::eps);
  const double time[] = {0.7};
  const Tensor eps = denoiser.evaluate({x, time, {}}).prediction;
  const Noise half = [](const NoiseRequest& request) { return Tensor::full(request.like.shape(), 0.5, DType::f64); };
  const Tensor got = walk(*make_solver("ddim", {{"eta", eta}}), denoiser, path, grid, x, half);
  const double sigma = eta * std::sqrt((1 - a_s) / (1 - a_t)) * std::sqrt(1 - a_t / a_s);
  for (std::size_t i = 0; i < 2; ++i) {
    const double e = eps.span<double>()[i];
    const double x0 = (x.span<double>()[i] - std::sqrt(1 - a_t) * e) / std::sqrt(a_t);
    EXPECT_NEAR(got.span<double>()[i], std::sqrt(a_s) * x0 + std::sqrt(1 - a_s - sigma * sigma) * e + 0.5 * sigma,
                1e-14);
  }
}

// Except for those that solve the ODE there, in steps of their own.
TEST(Solvers, AStepToTheCleanEndIsX0) {
  const std::set<std::string> adaptive = {"dormand_prince"};
  for (const std::string& name : all_paths())
    for (const std::string& solver : solvers_on(name)) {
      if (solver == "edm_churn") continue;  // the x_0 of a noisier state than the one it was given
      if (adaptive.contains(solver)) continue;
      const PathPtr path = make_path(name);
      const Grid one = falling(*path, 1);  // n = 1 is legal everywhere
      const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
      const Tensor x = Tensor::from(std::vector<double>{0.4, -0.2, 1.5, 0.3}, {2, 2});
      const double time[] = {one.front().value};
      const Tensor x0 = denoiser.evaluate({x, time, {}}).prediction;
      expect_near(walk(*make_solver(solver, suited_to(solver, *path, one)), denoiser, path, one, x), x0, 1e-14,
                  solver + " on " + name);
    }
}

TEST(Solvers, EveryPredictionGivesTheSameSamples) {
  for (const std::string& name : all_paths())
    for (const std::string& solver : solvers_on(name)) {
      const PathPtr path = make_path(name);
      const Grid grid = falling(*path, 8);
      const GivenParameters given = suited_to(solver, *path, grid);
      const Tensor expected = sampled(solver, given, path, grid);
      for (const Prediction kind : {Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity})
        expect_near(sampled(solver, given, path, grid, kind), expected, 1e-10, solver + " on " + name);
    }
}

// From alpha = 0 the deterministic solvers start all the same, when x_0 is known.
TEST(Solvers, PureNoiseIsAStartForWhatNeedsNoEps) {
  for (const std::string name : {"flow", "cosine", "trig", "shifted", "zero_terminal_snr"})
    for (const std::string& solver : solvers_on(name)) {
      const PathPtr path = make_path(name);
      const Grid grid = make_grid("uniform", *path, 4);
      if (solver == "euler_maruyama") {
        EXPECT_EQ(message_of([&] { sampled(solver, {}, path, grid); }),
                  "solver 'euler_maruyama': the reverse SDE on path '" + name +
                      "' is singular at time 1, where alpha = 0; start the grid at a lower time (t_start)");
        continue;
      }
      const GivenParameters given = suited_to(solver, *path, grid);
      EXPECT_TRUE(all_finite(sampled(solver, given, path, grid))) << solver << " on " << name;
      EXPECT_TRUE(all_finite(sampled(solver, given, path, grid, Prediction::v))) << solver << " on " << name;
      EXPECT_EQ(message_of([&] { sampled(solver, given, path, grid, Prediction::eps); }).substr(0, 20 + solver.size()),
                "solver '" + solver + "': on path '");
    }
}

TEST(Solvers, RefuseWhatTheyCannotWalk) {
  const PathPtr flow = make_path("flow"), vp = make_path("vp");
  EXPECT_EQ(
      message_of([&] { sampled("ddim", {}, flow, make_grid("uniform", *flow, 4), Prediction::eps); }),
      "solver 'ddim': on path 'flow' at time 1 (alpha 0, sigma 1) a predicted eps does not determine sample; start "
      "the grid at a lower time (t_start), or use a model that predicts sample, v or velocity");
  EXPECT_EQ(
      message_of([&] { sampled("flow_euler", {}, vp, falling(*vp, 4)); }),
      "solver 'flow_euler' walks the path 'flow', not 'vp'; there euler (in time) or ddim (the same step in lambda) "
      "serve");
  // A clipped path does not move at its ends: a step in time would leave x as it is.
  for (const std::string name : {"sigmoid", "laplace"}) {
    const PathPtr clipped = make_path(name);
    for (const std::string solver : {"euler", "heun", "euler_maruyama"}) {
      EXPECT_EQ(message_of([&] { sampled(solver, {}, clipped, make_grid("uniform", *clipped, 4)); }),
                "solver '" + solver + "': the path '" + name +
                    "' is clipped at time 1 and does not move there; start the grid at a lower time (t_start)");
      EXPECT_TRUE(all_finite(sampled(solver, {}, clipped, make_grid("uniform", *clipped, 4, {{"t_start", 0.99}}))))
          << solver << " on " << name;
    }
  }
  const PathPtr laplace = make_path("laplace");
  const std::string said =
      message_of([&] { sampled("ddim", {}, laplace, make_grid("lambda", *laplace, 4), Prediction::velocity); });
  EXPECT_NE(said.find("does not determine sample; start the grid at a lower time (t_start), or use a model that "
                      "predicts sample or v"),
            std::string::npos)
      << said;
}

TEST(Solvers, LeavingTheNoiseOutShrinksTheSamples) {
  const PathPtr path = make_path("ddpm_linear");
  const Denoiser denoiser = mixture_denoiser({{0.5L, {2.0L, 0.0L}, 0.2L}, {0.5L, {-2.0L, 0.0L}, 0.2L}}, path);
  const Grid grid = make_grid("trailing", *path, 100);
  const auto radius = [&](bool noise) {
    return squared_norm(
               sample(denoiser, path, grid, *make_solver("ddpm", {{"noise", noise}}), request_of(200)).samples) /
           200;
  };
  const double with_noise = radius(true);
  EXPECT_NEAR(with_noise, 4.0 + 2 * 0.04, 0.15);  // E |x_0|^2, with 200 draws of deviation 0.06
  EXPECT_LT(radius(false), 4.0);
}

// --- sample()
// -----------------------------------------------------------------------------------------------------------

TEST(Sample, TheBatchSizeChangesNoBit) {
  const PathPtr path = make_path("vp");
  const Grid grid = falling(*path, 6);
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::string& solver : solvers_on("vp")) {
      Denoiser denoiser = make_guidance("cfg", mixture_denoiser(kTwoLumps, path, Prediction::v), {{"w", 2.0}});
      SampleRequest request = request_of(23, dtype);
      std::vector<std::int32_t> labels;
      for (int i = 0; i < 23; ++i) labels.push_back(i % 3 - 1);
      request.condition = Tensor::from(labels, {23});
      const GivenParameters given = solver == "ddim" ? GivenParameters{{"eta", 0.5}} : suited_to(solver, *path, grid);
      const Tensor whole = sample(denoiser, path, grid, *make_solver(solver, given), request).samples;
      const auto same = [&](const Tensor& a, const Tensor& b) {
        const std::size_t bytes = static_cast<std::size_t>(a.size() * dtype_size(dtype));
        return with_float_type(
            dtype, [&]<class T>() { return std::memcmp(a.span<T>().data(), b.span<T>().data(), bytes) == 0; });
      };
      for (const std::int64_t batch : {1, 7, 64}) {
        request.batch = batch;
        EXPECT_TRUE(same(sample(denoiser, path, grid, *make_solver(solver, given), request).samples, whole))
            << solver << " batch " << batch;
      }
      // Sample numbers are absolute: 11 samples from number 12 are the last 11.
      SampleRequest part = request;
      part.batch = 0;
      part.first_sample = 12;
      part.count = 11;
      part.condition = request.condition.slice_first(12, 23).clone();
      EXPECT_TRUE(
          same(sample(denoiser, path, grid, *make_solver(solver, given), part).samples, whole.slice_first(12, 23)))
          << solver;
    }
}

// States large enough that every kernel of a step is split: element counts off every vector width and grain.
TEST(Sample, ThreadsAndSimdWidthChangeNoBit) {
  const PathPtr path = make_path("flow");
  const Grid grid = falling(*path, 3);
  const Denoiser shrink =
      make_denoiser("shrink", Prediction::v, path, [](const Tensor& x, std::span<const double>, const Tensor&) {
        return combine({{0.375, x}});
      });
  const SimdTarget widest = simd_target();
  for (const std::string& solver : solvers_on("flow")) {
    const SampleRequest request{.seed = 3, .count = 5, .shape = {131, 129}};
    std::vector<float> first;
    for (const SimdTarget target : {SimdTarget::avx2, SimdTarget::avx512}) {
      if (!simd_target_supported(target)) continue;
      set_simd_target(target);
      for (const int threads : {1, 2, 5, 7}) {
        const WithThreads several(threads);
        const Tensor x =
            sample(shrink, path, grid, *make_solver(solver, suited_to(solver, *path, grid)), request).samples;
        if (first.empty()) first.assign(x.span<float>().begin(), x.span<float>().end());
        EXPECT_EQ(std::memcmp(x.span<float>().data(), first.data(), first.size() * sizeof(float)), 0)
            << solver << " " << simd_target_name(target) << " threads " << threads;
      }
    }
  }
  set_simd_target(widest);
}

TEST(Sample, CountsAndRecordsEvaluations) {
  const PathPtr path = make_path("edm");
  const Grid grid = make_grid("karras", *path, 18);
  const Denoiser model = mixture_denoiser(kTwoLumps, path);
  // EDM's 2 x 18 - 1.
  EXPECT_EQ(sample(model, path, grid, *make_solver("heun"), request_of(2)).evaluations, 35);
  EXPECT_EQ(sample(model, path, grid, *make_solver("euler"), request_of(2)).evaluations, 18);
  const Denoiser guided = make_guidance("cfg", model, {{"w", 2.0}});
  EXPECT_EQ(sample(guided, path, grid, *make_solver("ddim"), request_of(2)).evaluations, 36);

  Trajectory trajectory(model, path, grid, 1, {}, {});
  const auto heun = make_solver("heun");
  const Tensor x = Tensor::full({1, 2}, 1.0, DType::f64);
  trajectory.begin_step(3);
  heun->step(trajectory, x);
  EXPECT_EQ(trajectory.evaluated_times(), (std::vector<double>{grid[3].value, grid[4].value}));
}

TEST(Sample, ObservesEveryStepAndStartsWhereTold) {
  const PathPtr path = make_path("vp");
  const Grid grid = falling(*path, 4);
  SampleRequest request = request_of(3);
  std::vector<double> times;
  request.observe = [&](int step, Time t, const Tensor& x) {
    EXPECT_EQ(step, static_cast<int>(times.size()));
    EXPECT_EQ(x.dim(0), 3);
    times.push_back(t.value);
  };
  request.start = combine({{path->sigma(grid.front()), initial_noise({3, 2}, DType::f64, 7)}});
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  const Tensor from_start = sample(denoiser, path, grid, *make_solver("euler"), request).samples;
  EXPECT_EQ(times, (std::vector<double>(grid.times().begin() + 1, grid.times().end())));
  request.start = {};
  times.clear();
  expect_near(sample(denoiser, path, grid, *make_solver("euler"), request).samples, from_start, 0.0, "start");
}

TEST(Sample, ADivergenceNamesStepAndTime) {
  const PathPtr path = make_path("vp");
  const Grid grid(*path, {0.8, 0.6, 0.4, 0.2}, "grid 'given'");
  Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  denoiser.evaluate = [inner = denoiser.evaluate](const Query& query) {
    Answer answer = inner(query);
    if (query.step == 1) answer.prediction.mutable_span<double>()[1] = std::nan("");
    return answer;
  };
  try {
    sample(denoiser, path, grid, *make_solver("ddim"), request_of(4));
    FAIL();
  } catch (const DivergedError& error) {
    EXPECT_STREQ(error.what(),
                 "sampling diverged: a state is not finite after step 2 of 3, at time 0.4 (samples 0 to 3)");
  }
}

TEST(Sample, BadRequestsAreRefused) {
  const PathPtr path = make_path("vp");
  const Grid grid = falling(*path, 2);
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  const auto message = [&](const std::function<void(SampleRequest&)>& spoil) {
    SampleRequest request = request_of(3);
    spoil(request);
    return message_of([&] { sample(denoiser, path, grid, *make_solver("ddim"), request); });
  };
  EXPECT_EQ(message([](SampleRequest&) {}), "no error");
  EXPECT_EQ(message([](SampleRequest& r) { r.count = 0; }), "sampling: count is below 1");
  EXPECT_EQ(message([](SampleRequest& r) { r.dtype = DType::i32; }), "sampling: states are float or double, not int32");
  EXPECT_EQ(message([](SampleRequest& r) {
              r.condition = Tensor::from(std::vector<std::int32_t>{0, 1}, {2});
            }),
            "sampling: condition is [2] int32; expected [3] int32");
  EXPECT_EQ(message([](SampleRequest& r) {
              r.condition = Tensor::from(std::vector<std::int32_t>{0, 1, 2}, {3});
            }),
            "sampling: label 2; denoiser 'mixture' has 2 classes (-1: unconditional)");
  EXPECT_EQ(message([](SampleRequest& r) {
              r.start = Tensor::zeros({3, 3}, DType::f64);
            }),
            "sampling: start is [3, 3] double; expected [3, 2] double");
  EXPECT_EQ(message([](SampleRequest& r) {
              r.batch = 2;
              r.noise = counter_noise(1);
            }),
            "sampling: a given noise does not know sample numbers; it needs batch 0");
  Denoiser nowhere = denoiser, mute = denoiser;
  nowhere.path = nullptr;
  mute.evaluate = {};
  const auto ddim = make_solver("ddim");
  EXPECT_EQ(message_of([&] { sample(nowhere, path, grid, *ddim, request_of(3)); }),
            "sampling: denoiser 'mixture' has no path");
  EXPECT_EQ(message_of([&] { sample(mute, path, grid, *ddim, request_of(3)); }),
            "sampling: denoiser 'mixture' has no function evaluate");
  EXPECT_EQ(message_of([&] { sample(denoiser, nullptr, grid, *ddim, request_of(3)); }),
            "sampling: there is no path to sample on");
  Denoiser wrong = denoiser;
  wrong.evaluate = [](const Query&) { return Answer{.prediction = Tensor::zeros({1}, DType::f32), .renoise = {}}; };
  EXPECT_EQ(message_of([&] { sample(wrong, path, grid, *make_solver("ddim"), request_of(3)); }),
            "denoiser 'mixture' answered [1] float for a batch [3, 2] double; expected the same");
}

TEST(Sample, RenoiseReplacesEpsWhereASolverRenoises) {
  const PathPtr path = make_path("vp");
  const Grid one(*path, {0.7, 0.4}, "grid 'one'");
  Denoiser denoiser = mixture_denoiser(kTwoLumps, path);
  denoiser.prediction = Prediction::eps;
  denoiser.evaluate = [](const Query& query) {
    return Answer{.prediction = Tensor::zeros_like(query.x), .renoise = Tensor::full(query.x.shape(), 1.0, DType::f64)};
  };
  const Tensor x = Tensor::full({1, 2}, 0.5, DType::f64);
  const Tensor got = walk(*make_solver("ddim"), denoiser, path, one, x);
  EXPECT_NEAR(got.span<double>()[0], path->alpha(Time(0.4)) * 0.5 / path->alpha(Time(0.7)) + path->sigma(Time(0.4)),
              1e-14);
}

}  // namespace
}  // namespace ito
