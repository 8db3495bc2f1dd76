#include "experiments/orders/stochastic_order.h"

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
constexpr int kFinest = 2048;

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

ErrorPoint weak_error(const std::string& solver_name, const OrderClaim& claim, const DiagonalGaussian& law,
                      const PathPtr& path, int n) {
  const Grid grid = equal_grid(*path, claim.clock, n);
  const auto level = [&](Time t) { return NoiseLevel{path->alpha(t), path->sigma(t)}; };
  const DiagonalGaussian start = diffused(law, level(grid.front())), exact = diffused(law, level(grid.back()));
  const auto solver = make_solver(solver_name, claim.parameters);
  const SamplerLaw found =
      sampler_law(diagonal_denoiser(law, path), path, grid, *solver, start, {.solver = solver_name, .check = false});
  // Between diagonal Gaussians W2 is the length of the errors of means and standard deviations.
  const double length = w2_distance(found.end, exact) / path->alpha(grid.back());
  return {n, static_cast<double>(found.evaluations), length / std::sqrt(static_cast<double>(law.means.size()))};
}

// Errors at rounding have no order.
std::optional<double> order_of(const std::vector<ErrorPoint>& points) {
  for (const ErrorPoint& point : points)
    if (!std::isfinite(point.error) || point.error < 1e-12) return std::nullopt;
  return fitted_order(points);
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
    for (int n = 8; n <= 128; n *= 2)
      measured.errors.push_back(strong_error(solver, claim, problem, path, solutions, n));
  } else {
    const DiagonalGaussian law = along_axes(*problem.gaussian);
    for (int n = 16; n <= 512; n *= 2) measured.errors.push_back(weak_error(solver, claim, law, path, n));
  }
  measured.order = order_of(measured.errors);
  return measured;
}

}  // namespace ito::experiments
