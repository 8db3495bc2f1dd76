#include "experiments/orders/stochastic_order.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "experiments/orders/stretch.h"
#include "kernels/core/math.h"
#include "samplers/brownian.h"
#include "samplers/exact/distances.h"
#include "samplers/exact/sampler_law.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

constexpr Lambda kFrom{-1.0}, kTo{1.0};
constexpr std::int64_t kSamples = 256;
constexpr std::uint64_t kSeed = 21;
constexpr int kFinest = 8192;

Grid equal_grid(const Path& path, const std::string& clock, int n) {
  const Stretch stretch{path.time(kFrom), path.time(kTo)};
  return Grid(path, equal_steps(path, stretch, clock, n, 0, n).times, "equal steps");
}

double evaluations_of(const Trajectory& trajectory) {
  double sum = 0;
  for (const std::int64_t count : trajectory.evaluations()) sum += static_cast<double>(count);
  return sum / static_cast<double>(trajectory.evaluations().size());
}

ErrorPoint strong_error(const std::string& solver_name, const OrderClaim& claim, const ExactProblem& problem,
                        const PathPtr& path, BrownianSolutions& solutions, int n) {
  const Grid grid = equal_grid(*path, claim.clock, n);
  const auto solver = make_solver(solver_name, claim.parameters);
  Tensor x = combine({{path->alpha(grid.front()), BrownianSolutions::start(problem)}});
  Trajectory trajectory(problem.denoiser(path), path, grid, x.dim(0), {}, brownian_noise(path, kSeed));
  solver->start(*path, grid, trajectory.prediction());
  for (int step = 0; step < n; ++step) {
    trajectory.begin_step(step);
    x = solver->step(trajectory, x);
  }
  const Tensor y = combine({{1.0 / path->alpha(grid.back()), x}}), exact = solutions.at(problem, claim.nu);
  const double squares = squared_distance(y.span<double>().data(), exact.span<double>().data(), y.size());
  return {n, evaluations_of(trajectory), std::sqrt(squares / static_cast<double>(kSamples))};
}

struct WeakErrors {
  ErrorPoint gain, mean, deviation;
};

WeakErrors weak_errors(const std::string& solver_name, const OrderClaim& claim, const DiagonalGaussian& law,
                       const PathPtr& path, int n) {
  const Grid grid = equal_grid(*path, claim.clock, n);
  const auto level = [&](Time t) { return NoiseLevel{path->alpha(t), path->sigma(t)}; };
  const DiagonalGaussian start = diffused(law, level(grid.front())), exact = diffused(law, level(grid.back()));
  const auto solver = make_solver(solver_name, claim.parameters);
  const SamplerLaw found =
      sampler_law(diagonal_denoiser(law, path), path, grid, *solver, start, {.solver = solver_name, .check = false});
  // The nu-family keeps the path's marginals and shrinks the distance to their mean by
  // (V_s/V_t)^((1 + nu^2)/2) (alpha_t/alpha_s)^(nu^2), since V' = 2 f V + g^2.
  const double alpha_t = path->alpha(grid.front()), alpha_s = path->alpha(grid.back()), k = claim.nu * claim.nu;
  double of_gain = 0, of_mean = 0, of_deviation = 0;
  const auto add_square = [](double& sum, double error) { sum += error * error; };
  for (std::size_t j = 0; j < law.means.size(); ++j) {
    const double gain =
        math::pow(exact.variances[j] / start.variances[j], (1 + k) / 2) * math::pow(alpha_t / alpha_s, k);
    add_square(of_gain, (found.gain[j] - gain) * std::sqrt(start.variances[j]));
    add_square(of_mean, found.end.means[j] - exact.means[j]);
    add_square(of_deviation, std::sqrt(found.end.variances[j]) - std::sqrt(exact.variances[j]));
  }
  const auto point = [&](double squares) {
    return ErrorPoint{n, static_cast<double>(found.evaluations),
                      std::sqrt(squares / static_cast<double>(law.means.size())) / alpha_s};
  };
  return {point(of_gain), point(of_mean), point(of_deviation)};
}

constexpr double kRounding = 1e-12;

// Errors at rounding have no order.
std::optional<double> order_of(const std::vector<ErrorPoint>& points) {
  for (const ErrorPoint& point : points)
    if (!std::isfinite(point.error) || point.error < kRounding) return std::nullopt;
  return fitted_order(points);
}

bool all_rounding(const std::vector<ErrorPoint>& points) {
  return std::all_of(points.begin(), points.end(), [](const ErrorPoint& point) { return point.error < kRounding; });
}

}  // namespace

Tensor BrownianSolutions::start(const ExactProblem& problem) {
  return combine({{math::exp(-kFrom.value), initial_noise({kSamples, problem.dimension}, DType::f64, kSeed)}});
}

// The exact step of the nu-family with x_0 held (MATHS.md section 3), on edm, where x is x/alpha.
Tensor BrownianSolutions::at(const ExactProblem& problem, double nu) {
  return known_.get(problem.name + " " + value_text(nu), [&] {
    const PathPtr edm = make_path("edm");
    const Denoiser denoiser = problem.denoiser(edm);
    const Noise noise = brownian_noise(edm, kSeed);
    Tensor x = start(problem);
    const double h = (kTo.value - kFrom.value) / kFinest, k = nu * nu;
    const double of_x = math::exp(-(1 + k) * h), of_x0 = -math::expm1(-(1 + k) * h);
    const double of_z = std::sqrt(-math::expm1(-2 * k * h));
    const auto time_at = [&](int i) { return edm->time(Lambda(kFrom.value + i * h)); };
    for (int i = 0; i < kFinest; ++i) {
      const Time t = time_at(i), s = time_at(i + 1);
      const Tensor x0 = denoiser.evaluate({.x = x, .times = {&t.value, 1}, .condition = {}}).prediction;
      const Tensor z = noise({.like = x, .from = t, .to = s, .nu = nu});
      x = combine({{of_x, x}, {of_x0, x0}, {edm->sigma(s) * of_z, z}});
    }
    return x;
  });
}

bool measures(const OrderClaim& claim, const ExactProblem& problem) {
  if (claim.kind == "ode") return true;
  return (claim.kind == "weak") == (problem.gaussian != nullptr);
}

MeasuredOrder measure_stochastic_order(const std::string& solver, const OrderClaim& claim, const ExactProblem& problem,
                                       const PathPtr& path, BrownianSolutions& solutions) {
  MeasuredOrder measured{.solver = solver, .claim = claim, .path = path->name(), .problem = problem.name};
  if (claim.kind == "strong") {
    for (int n = 8; n <= 256; n *= 2)
      measured.errors.push_back(strong_error(solver, claim, problem, path, solutions, n));
  } else {
    const DiagonalGaussian law = along_axes(*problem.gaussian);
    std::vector<ErrorPoint> gain, mean, deviation;
    for (int n = 64; n <= 2048; n *= 2) {
      const WeakErrors errors = weak_errors(solver, claim, law, path, n);
      gain.push_back(errors.gain);
      mean.push_back(errors.mean);
      deviation.push_back(errors.deviation);
    }
    // The slowest is the order, and its errors stand behind it.
    for (const std::vector<ErrorPoint>* errors : {&gain, &mean, &deviation}) {
      const std::optional<double> order = order_of(*errors);
      if (measured.errors.empty() || (order && (!measured.order || *order < *measured.order))) {
        measured.order = order;
        measured.errors = *errors;
      }
    }
    measured.exact = all_rounding(gain) && all_rounding(mean) && all_rounding(deviation);
    return measured;
  }
  measured.exact = all_rounding(measured.errors);
  measured.order = order_of(measured.errors);
  return measured;
}

}  // namespace ito::experiments
