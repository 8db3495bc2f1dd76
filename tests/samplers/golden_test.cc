// Our steps against diffusers' (tests/golden/diffusers/generate.py says how they were made, and with which versions).
// Where only diffusers' tables are float32, 1e-5; with its tables in double, its stepping code and ours agree to 1e-11:
// its sqrt(1 - abar) and (1 - abar_t/abar_s) lose a few digits that ours keep.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "kernels/core/math.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;
namespace fs = std::filesystem;

using States = std::vector<std::vector<double>>;

// "case precision" -> the states after each step.
const std::map<std::string, States>& golden() {
  static const std::map<std::string, States> all = [] {
    fs::path root = fs::current_path();
    while (!fs::exists(root / "tests/golden/diffusers") && root != root.parent_path()) root = root.parent_path();
    std::ifstream file(root / "tests/golden/diffusers/trajectories.txt");
    std::map<std::string, States> found;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("#")) continue;
      std::istringstream words(line);
      std::string name, precision;
      std::size_t step = 0;
      words >> name >> precision >> step;
      std::vector<double> state;
      for (std::string word; words >> word;) state.push_back(std::strtod(word.c_str(), nullptr));
      found[name + " " + precision].push_back(state);
    }
    return found;
  }();
  return all;
}

// The model of generate.py: data N(m, s^2)/2 + N(-m, s^2)/2, elementwise.
Denoiser two_points(const PathPtr& path) {
  return make_denoiser("two points", Prediction::sample, path,
                       [path](const Tensor& x, std::span<const double> times, const Tensor&) {
                         constexpr double m = 1.1, s = 0.4;
                         const double alpha = path->alpha(Time(times[0])), sigma = path->sigma(Time(times[0]));
                         const double V = alpha * alpha * s * s + sigma * sigma;
                         Tensor y = Tensor::like(x);
                         for (std::size_t i = 0; i < x.span<double>().size(); ++i) {
                           const double x_i = x.span<double>()[i];
                           y.mutable_span<double>()[i] =
                               alpha * s * s / V * x_i + sigma * sigma / V * m * math::tanh(alpha * m * x_i / V);
                         }
                         return y;
                       });
}

void expect_golden(const std::string& name, const std::string& solver, const GivenParameters& given,
                   const PathPtr& path, const Grid& grid, const std::map<std::string, double>& tolerances) {
  ASSERT_TRUE(golden().contains("start double")) << "tests/golden/diffusers/trajectories.txt was not found";
  const std::vector<double> start = golden().at("start double").at(0);
  const Noise recorded = [](const NoiseRequest& request) {
    return Tensor::from(golden().at("noise double").at(static_cast<std::size_t>(request.step)), request.like.shape());
  };
  SampleRequest request{.shape = {6}, .dtype = DType::f64, .start = Tensor::from(start, {1, 6}), .noise = recorded};
  std::vector<Tensor> states;
  request.observe = [&](int, Time, const Tensor& x) { states.push_back(x); };
  sample(two_points(path), path, grid, *make_solver(solver, given), request);
  for (const auto& [precision, tolerance] : tolerances) {
    const States& expected = golden().at(name + " " + precision);
    ASSERT_EQ(expected.size(), states.size()) << name;
    for (std::size_t step = 0; step < states.size(); ++step)
      for (std::size_t i = 0; i < 6; ++i)
        EXPECT_NEAR(states[step].span<double>()[i], expected[step][i], tolerance)
            << name << " " << precision << " step " << step << " element " << i;
  }
}

const std::map<std::string, double> kBoth = {{"float", 1e-5}, {"double", 1e-11}};

TEST(Golden, Ddpm) {
  const PathPtr path = make_path("ddpm_linear");
  for (const std::string variance : {"fixed_small", "fixed_large"})
    expect_golden("ddpm_" + variance, "ddpm", {{"variance", variance}}, path, make_grid("leading", *path, 10), kBoth);
}

TEST(Golden, Ddim) {
  const PathPtr path = make_path("ddpm_linear");
  expect_golden("ddim_eta_0", "ddim", {}, path, make_grid("leading", *path, 10), kBoth);
  expect_golden("ddim_eta_1", "ddim", {{"eta", 1.0}}, path, make_grid("leading", *path, 10), kBoth);
  expect_golden("ddim_trailing", "ddim", {}, path, make_grid("trailing", *path, 20), kBoth);
}

TEST(Golden, DpmSolverPp2M) {
  const PathPtr path = make_path("ddpm_linear");
  for (const int n : {10, 20})
    expect_golden("dpm_solver_pp_2m_" + std::to_string(n), "dpm_solver_pp_2m", {}, path,
                  make_grid("trailing", *path, n), {{"float", 1e-5}});
}

TEST(Golden, FlowEuler) {
  const PathPtr path = make_path("flow");
  const Grid grid(*path, golden().at("flow_euler_times float").at(0), "grid 'diffusers'");
  expect_golden("flow_euler", "flow_euler", {}, path, grid, {{"float", 1e-5}});
}

}  // namespace
}  // namespace ito
