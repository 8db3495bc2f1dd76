// Recorded walks of other libraries' samplers, and ours beside them (tests/golden/diffusers/generate.py and
// tests/golden/k_diffusion/generate.py say how they were made, with which versions, and what each array holds).
//
// What is compared is the state after every step, relative to the larger of 1 and the largest number of that state:
//   1e-9   with the library's tables in float64
//   1e-5   as the library ships, with its tables in float32
// The step to sigma = 0 is x_0-hat in every solver of ours; where a published one goes on with its formula (multistep
// methods in sigma/alpha, finite there), its last step is not held: .steps is one less.
// A case that needs more than that says why. Cases name a registered path, and a registered grid where that is the
// library's; else the grid is made of the library's own recorded noise levels, on the registered path.
#pragma once

#include <string>

#include "kernels/core/math.h"
#include "tests/samplers/analytic.h"

#include "autograd/io/npy.h"
#include "tests/support/tree.h"

namespace ito::testing_support {

// The arrays of tests/golden/<name>, read once.
inline const NamedTensors& golden_file(const std::string& name) {
  static std::map<std::string, NamedTensors> files;
  const auto found = files.find(name);
  if (found != files.end()) return found->second;
  return files.emplace(name, load_npz(golden(name))).first->second;
}

inline std::vector<double> row(const Tensor& x, std::int64_t i) {
  const std::size_t width = static_cast<std::size_t>(x.dim(1));
  std::vector<double> values;
  with_float_type(x.dtype(), [&]<class T>() {
    for (std::size_t j = 0; j < width; ++j)
      values.push_back(static_cast<double>(x.span<T>()[static_cast<std::size_t>(i) * width + j]));
  });
  return values;
}

// E[x_0 | x_t] where data are N(m, s^2)/2 + N(-m, s^2)/2 elementwise: the model of two_points.py.
inline double two_points_x0(double x, double alpha, double sigma) {
  constexpr double m = 1.1, s = 0.4;
  const double V = alpha * alpha * s * s + sigma * sigma;
  return alpha * s * s / V * x + sigma * sigma / V * m * math::tanh(alpha * m * x / V);
}
inline const Mixture kTwoPoints = {{0.5L, {1.1L}, 0.4L}, {0.5L, {-1.1L}, 0.4L}};

inline Denoiser two_points(const PathPtr& path, Prediction kind) {
  return make_denoiser(
      "two points", kind, path, [path, kind](const Tensor& x, std::span<const double> times, const Tensor&) {
        const Time t(times[0]);
        const double alpha = path->alpha(t), sigma = path->sigma(t);
        Tensor y = Tensor::like(x);
        for (std::size_t i = 0; i < x.span<double>().size(); ++i) {
          const double x_i = x.span<double>()[i], x0 = two_points_x0(x_i, alpha, sigma);
          const double eps = kind == Prediction::sample ? 0.0 : (x_i - alpha * x0) / sigma;
          y.mutable_span<double>()[i] = kind == Prediction::sample ? x0
                                        : kind == Prediction::eps  ? eps
                                        : kind == Prediction::v    ? alpha * eps - sigma * x0
                                                                   : path->d_alpha(t) * x0 + path->d_sigma(t) * eps;
        }
        return y;
      });
}

// What the files call the noise of a state, at each of ours.
enum class Level : unsigned char { ratio, sigma };  // sigma/alpha; sigma itself (flow.npz)

struct Recorded {
  std::string name = {};    // of the case in its file
  std::string solver = {};  // registered
  GivenParameters given = {};
  std::string path = {};  // registered
  GivenParameters path_given = {};
  Prediction prediction = Prediction::eps;
  std::string grid = {};  // registered; empty: the recorded levels
  GivenParameters grid_given = {};
  std::string grid_path = {};          // where the grid is made, if not on `path`: ours then has its sigma/alpha
  std::string model_path = {};         // where the model lives; empty: on `path`
  std::vector<std::size_t> ends = {};  // which calls end a step of ours, 0 first; empty: every calls-th, and the last
  std::function<void(Denoiser&)> with = {};  // what else the model of this case says
  // Noise that is not the recorded rows' as they are: of a request, the grid, and the row that is its turn.
  std::function<Tensor(const NoiseRequest&, const Grid&, const Tensor& rows, std::int64_t turn)> noise = {};
  int calls = 1;            // calls of the library a step of ours takes (the last may take fewer)
  int draws = 1;            // rows of the recorded noise a step takes; substep j of step k is row draws k + j
  int first_draw = 0;       // the row of step 0, substep 0
  int steps = 0;            // how many steps to hold; 0: all
  int walked = 0;           // how many of the recorded levels' steps to walk; 0: all
  double tolerance = 1e-9;  // of the float64 walk
  double shipped = 1e-5;    // of the walk as shipped
};

inline PathPtr ratio_path() { return make_path("edm", {{"sigma_min", 1e-4}, {"sigma_max", 1e5}}); }

// Every calls-th of the recorded numbers, and the last: the ends of steps.
inline std::vector<std::size_t> ends_of_steps(std::size_t calls_in_all, int calls) {
  std::vector<std::size_t> ends = {0};
  while (ends.back() < calls_in_all)
    ends.push_back(std::min(ends.back() + static_cast<std::size_t>(calls), calls_in_all));
  return ends;
}

inline Grid recorded_grid(const Path& path, const std::vector<double>& levels, Level kind) {
  std::vector<double> times;
  for (const double level : levels) {
    if (kind == Level::sigma)
      times.push_back(level);
    else if (level == 0.0)
      times.push_back(path.clean_end().value);
    else if (std::isinf(level))
      times.push_back(path.t_max().value);
    else
      times.push_back(path.time(Lambda(-math::log(level))).value);
  }
  return Grid(path, times, "grid 'recorded'");
}

inline void expect_states(const std::string& what, const std::vector<Tensor>& states, const Tensor& recorded,
                          const std::vector<std::size_t>& ends, double tolerance) {
  for (std::size_t step = 0; step < states.size(); ++step) {
    const std::vector<double> expected = row(recorded, static_cast<std::int64_t>(ends[step + 1]));
    double scale = 1.0, worst = 0.0;
    for (const double value : expected) scale = std::max(scale, std::abs(value));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double error = std::abs(states[step].span<double>()[i] - expected[i]) / scale;
      worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    }
    EXPECT_LE(worst, tolerance) << what << ", step " << step << ": ours " << states[step].span<double>()[0]
                                << ", recorded " << expected[0];
    if (!(worst <= tolerance)) return;
  }
}

// Walks ours and compares.
inline void expect_recorded(const std::string& file, const Recorded& r, Level level_kind = Level::ratio) {
  const NamedTensors& arrays = golden_file(file);
  ASSERT_TRUE(arrays.contains(r.name + ".states")) << file << " has no case " << r.name;
  const Tensor& states = arrays.at(r.name + ".states");
  const Tensor& noise_rows = arrays.at("noise");
  const PathPtr path = r.path.empty() ? ratio_path() : make_path(r.path, r.path_given);
  const PathPtr model_path = r.model_path.empty() ? path : make_path(r.model_path);

  std::vector<std::size_t> ends =
      r.ends.empty() ? ends_of_steps(static_cast<std::size_t>(states.dim(0)) - 1, r.calls) : r.ends;
  if (r.walked > 0) ends.resize(static_cast<std::size_t>(r.walked) + 1);
  const auto all_levels = arrays.at(r.name + ".levels").span<double>();
  std::vector<double> levels;
  for (const std::size_t end : ends) levels.push_back(all_levels[end]);
  const int steps = static_cast<int>(ends.size()) - 1;
  const auto made_grid = [&] {
    if (r.grid.empty()) return recorded_grid(*path, levels, level_kind);
    if (r.grid_path.empty()) return make_grid(r.grid, *path, steps, r.grid_given);
    const PathPtr there = make_path(r.grid_path);
    std::vector<double> ratios;
    const Grid on_there = make_grid(r.grid, *there, steps, r.grid_given);
    for (const double t : on_there.times()) ratios.push_back(there->sigma(Time(t)) / there->alpha(Time(t)));
    return recorded_grid(*path, ratios, Level::ratio);
  };
  const Grid grid = made_grid();
  if (!r.grid.empty()) {
    ASSERT_EQ(grid.steps(), steps) << r.name;
    for (int i = 0; i <= steps; ++i) {
      const double level = levels[static_cast<std::size_t>(i)], sigma = path->sigma(grid[i]);
      const double ours = level_kind == Level::sigma ? sigma : sigma / path->alpha(grid[i]);
      if (ours != level) {
        EXPECT_NEAR(ours / level, 1.0, 1e-10) << r.name << " grid " << r.grid << ", time " << i;
      }
    }
  }

  const Noise noise = [&](const NoiseRequest& request) {
    const std::int64_t turn = r.first_draw + r.draws * request.step + request.substep;
    if (r.noise) return r.noise(request, grid, noise_rows, turn);
    const std::vector<double> z = row(noise_rows, turn);
    return Tensor::from(z, request.like.shape());
  };
  SampleRequest request{.shape = {states.dim(1)},
                        .dtype = DType::f64,
                        .start = Tensor::from(row(states, 0), {1, states.dim(1)}),
                        .noise = noise};
  std::vector<Tensor> ours;
  request.observe = [&](int, Time, const Tensor& x) { ours.push_back(x); };
  Denoiser model = two_points(model_path, r.prediction);
  if (r.with) r.with(model);
  sample(model, path, grid, *make_solver(r.solver, r.given), request);
  ASSERT_EQ(ours.size(), static_cast<std::size_t>(steps)) << r.name;
  if (r.steps > 0) ours.resize(static_cast<std::size_t>(r.steps));
  expect_states(r.name, ours, states, ends, r.tolerance);
  if (arrays.contains(r.name + ".shipped"))
    expect_states(r.name + " as shipped", ours, arrays.at(r.name + ".shipped"), ends, r.shipped);
}

inline void expect_all(const std::string& file, const std::vector<Recorded>& cases, Level level = Level::ratio) {
  for (const Recorded& r : cases) {
    SCOPED_TRACE(r.name);
    expect_recorded(file, r, level);
  }
}

}  // namespace ito::testing_support
