#include "experiments/orders/order.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "experiments/orders/stretch.h"
#include "kernels/core/math.h"
#include "samplers/exact/distances.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

constexpr int kPoints = 6;  // five halvings
// Errors below say nothing of truncation. Order 5 has left a double's range before it is seen at that; on its short
// stretch rounding is a few units in the last place.
double rounding(double order) { return order > 4 ? 2e-15 : 1e-13; }
constexpr double kMillionth = 1e-6;

// What a claim fixes of a method's start and end, which a default start leaves as a recipe finds them.
bool governs_ends(const std::string& parameter) {
  return parameter == "lower_order_final" || parameter == "start" || parameter == "final";
}

GivenParameters without_ends(const GivenParameters& given) {
  GivenParameters kept;
  for (const auto& [name, value] : given)
    if (!governs_ends(name)) kept.emplace(name, value);
  return kept;
}

double rms_difference(const Tensor& a, const Tensor& b) {
  const auto x = a.span<double>(), y = b.span<double>();
  return std::sqrt(squared_distance(x.data(), y.data(), a.size()) / static_cast<double>(a.size()));
}

class Measurement {
 public:
  Measurement(const std::string& solver, const OrderClaim& claim, const ExactProblem& problem, const PathPtr& path,
              Solutions& solutions)
      : solver_(solver),
        claim_(claim),
        problem_(problem),
        path_(path),
        denoiser_(problem.denoiser(path)),
        stretch_(smooth_stretch(*path, claim.clock)),
        solutions_(solutions) {}

  // Errors of n = coarsest, 2 coarsest, ... steps with the claim's own parameters and history.
  std::vector<ErrorPoint> formula(int coarsest) const {
    std::vector<ErrorPoint> points;
    for (int n = coarsest; points.size() < kPoints; n *= 2)
      points.push_back(
          walk(equal_steps(*path_, stretch_, claim_.clock, n, claim_.history, coarsest), claim_.parameters));
    return points;
  }

  ErrorPoint from_default_start(int n) const {
    return walk(equal_steps(*path_, stretch_, claim_.clock, n, 0, n), without_ends(claim_.parameters));
  }

  ErrorPoint to_clean_end(int n) const {
    EqualSteps steps;
    for (int i = 0; i < n; ++i) steps.times.push_back(stretch_.from.value * (static_cast<double>(n - i) / n));
    steps.times.push_back(path_->clean_end().value);
    return walk(steps, without_ends(claim_.parameters));
  }

 private:
  ErrorPoint walk(const EqualSteps& steps, const GivenParameters& parameters) const {
    const Grid grid(*path_, steps.times, "equal steps");
    const auto solver = make_solver(solver_, parameters);
    Tensor x = Solutions::start(problem_, *path_, grid.front());
    Trajectory trajectory(denoiser_, path_, grid, x.dim(0), {}, {});
    solver->start(*path_, grid, trajectory.prediction());
    for (const Time t : steps.before) {
      const Tensor then = solutions_.at(problem_, path_, grid.front(), t);
      Answer answer = denoiser_.evaluate({.x = then, .times = {&t.value, 1}, .condition = {}});
      solver->remember(*path_, Estimate(*path_, t, then, std::move(answer), denoiser_.prediction));
    }
    for (int step = 0; step < grid.steps(); ++step) {
      trajectory.begin_step(step);
      x = solver->step(trajectory, x);
    }
    double evaluations = 0;
    for (const std::int64_t count : trajectory.evaluations()) evaluations += static_cast<double>(count);
    return {.steps = grid.steps(),
            .evaluations = evaluations / static_cast<double>(trajectory.evaluations().size()),
            .error = rms_difference(x, solutions_.at(problem_, path_, grid.front(), grid.back()))};
  }

  const std::string& solver_;
  const OrderClaim& claim_;
  const ExactProblem& problem_;
  const PathPtr& path_;
  const Denoiser denoiser_;
  const Stretch stretch_;
  Solutions& solutions_;
};

bool usable(const std::vector<ErrorPoint>& points, double order) {
  for (const ErrorPoint& point : points)
    if (!std::isfinite(point.error) || point.error < rounding(order)) return false;
  return true;
}

// By how much the slopes of the halvings differ.
double bend(const std::vector<ErrorPoint>& points) {
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (std::size_t k = 1; k < points.size(); ++k) {
    const double slope = fitted_order({&points[k - 1], 2}).value();
    least = std::min(least, slope);
    most = std::max(most, slope);
  }
  return most - least;
}

// Errors that stay above rounding, of as many steps as it takes for the slope to settle: an order is a limit. The claim
// is not looked at, but for where to begin.
std::vector<ErrorPoint> formula_errors(const Measurement& measurement, double order) {
  constexpr int kFinest = 512;  // five halvings from there end at 16384 steps
  std::vector<ErrorPoint> points;
  int coarsest = order > 4 ? 5 : (order > 3 ? 8 : 16);
  for (; coarsest >= 4; coarsest /= 2) {
    points = measurement.formula(coarsest);
    if (usable(points, order)) break;
  }
  while (order <= 4 && usable(points, order) && bend(points) > 0.3 && coarsest < kFinest) {
    std::vector<ErrorPoint> finer = measurement.formula(coarsest *= 2);
    if (!usable(finer, order)) break;
    points = std::move(finer);
  }
  return points;
}

// A user's run that the method refuses, or that leaves the numbers, has no order.
template <class F>
std::vector<ErrorPoint> doubled(int first, const F& error_at) {
  std::vector<ErrorPoint> points;
  try {
    for (int n = first; points.size() < kPoints; n *= 2) points.push_back(error_at(n));
  } catch (const InputError&) {
    points.clear();
  }
  return points;
}

// The slope between two points, in logarithms, gives where the error passes the millionth.
double evaluations_between(const ErrorPoint& coarse, const ErrorPoint& fine) {
  const double part = math::log(coarse.error / kMillionth) / math::log(coarse.error / fine.error);
  return coarse.evaluations * math::exp(part * math::log(fine.evaluations / coarse.evaluations));
}

std::optional<std::int64_t> evaluations_to_millionth(const Measurement& measurement) {
  std::optional<ErrorPoint> last;
  try {
    for (int n = 2;; n *= 2) {
      const ErrorPoint next = measurement.from_default_start(n);
      if (!std::isfinite(next.error) && n >= 64) return std::nullopt;
      if (next.error < kMillionth && !last) return static_cast<std::int64_t>(std::ceil(next.evaluations));
      if (next.error < kMillionth) {
        const double found = std::ceil(evaluations_between(*last, next));
        if (found > kMostEvaluations) return std::nullopt;
        return static_cast<std::int64_t>(found);
      }
      if (next.evaluations >= kMostEvaluations) return std::nullopt;
      // Once errors fall as a power, a crossing far beyond the limit is told without walking there.
      if (last && n >= 256 && next.error < last->error && evaluations_between(*last, next) > 4 * kMostEvaluations)
        return std::nullopt;
      if (std::isfinite(next.error)) last = next;
    }
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

std::string claim_text(const std::string& solver, const OrderClaim& claim) {
  std::string text;
  const Entry& entry = find_entry("solver", solver);
  for (const auto& given : without_ends(claim.parameters)) {
    const auto same = [&](const Parameter& parameter) {
      return parameter.name == given.first && parameter.default_value == given.second;
    };
    if (std::any_of(entry.parameters.begin(), entry.parameters.end(), same)) continue;
    text += (text.empty() ? "" : ", ") + given.first + "=" + value_text(given.second);
  }
  return text.empty() ? solver : solver + "(" + text + ")";
}

std::optional<double> fitted_order(std::span<const ErrorPoint> points) {
  if (points.size() < 2) return std::nullopt;
  const double count = static_cast<double>(points.size());
  double mean_x = 0, mean_y = 0, covariance = 0, variance = 0;
  for (const ErrorPoint& point : points) {
    if (!std::isfinite(point.error) || point.error <= 0) return std::nullopt;
    mean_x += math::log(static_cast<double>(point.steps)) / count;
    mean_y += math::log(point.error) / count;
  }
  for (const ErrorPoint& point : points) {
    const double dx = math::log(static_cast<double>(point.steps)) - mean_x;
    covariance += dx * (math::log(point.error) - mean_y);
    variance += dx * dx;
  }
  return -covariance / variance;
}

MeasuredOrder measure_order(const std::string& solver, const OrderClaim& claim, const ExactProblem& problem,
                            const PathPtr& path, Solutions& solutions) {
  const Measurement measurement(solver, claim, problem, path, solutions);
  MeasuredOrder measured{
      .solver = solver, .claim = claim, .path = path->name(), .problem = problem.name, .linear = problem.linear};
  measured.errors = formula_errors(measurement, claim.order);
  if (usable(measured.errors, claim.order)) measured.order = fitted_order(measured.errors);
  const int first = measured.errors.front().steps;
  measured.default_start = fitted_order(doubled(first, [&](int n) { return measurement.from_default_start(n); }));
  measured.clean_end = fitted_order(doubled(8, [&](int n) { return measurement.to_clean_end(n); }));
  measured.evaluations_to_millionth = evaluations_to_millionth(measurement);
  return measured;
}

}  // namespace ito::experiments
