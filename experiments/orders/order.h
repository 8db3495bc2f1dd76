// The measured orders of one claim of one solver, on one problem and one path, along the probability-flow ODE
// (MATHS.md section 4).
//
//   error(n)   root mean square over elements of x_n(t_b) - x(t_b), from four starts at t_a, in double
//   order      minus the slope of log2 error(n) against log2 n, least squares over n = c, 2c, ..., 32c
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/orders/problems.h"
#include "experiments/orders/solutions.h"
#include "samplers/registry.h"

namespace ito::experiments {

// How far a measured order may lie from the formula's (the issue of this laboratory sets it).
inline constexpr double kOrderTolerance = 0.15;
// What evaluations_to_1e-6 stops looking beyond.
inline constexpr double kMostEvaluations = 100000;

struct ErrorPoint {
  int steps = 0;
  double evaluations = 0;  // of one sample
  double error = 0;
};

struct MeasuredOrder {
  std::string solver;
  OrderClaim claim;
  std::string path, problem;
  bool linear = false;  // the problem, along the probability-flow ODE: no judge of an order

  // The formula's: the claim's parameters, exact history, equal steps of its clock on a stretch inside the path.
  // Absent where the errors are not finite, or at rounding from the start.
  std::optional<double> order = {};
  std::vector<ErrorPoint> errors = {};  // behind `order`
  // On the same stretch as a user gets it: no history, and the parameters that govern start and end at their defaults.
  std::optional<double> default_start = {};
  // From t_a to the clean end in equal steps of the path's own time, the defaults as above.
  std::optional<double> clean_end = {};
  // Evaluations of a sample until the error is below 1e-6, as default_start; between two numbers of steps along the
  // log-log line. Absent where kMostEvaluations do not suffice.
  std::optional<std::int64_t> evaluations_to_millionth = {};

  // Strong and weak orders: every error is rounding, with any number of steps. It has no order and lacks none.
  bool exact = false;

  bool holds() const {
    if (exact) return true;
    return order && *order > claim.order - kOrderTolerance && *order < claim.order + kOrderTolerance;
  }
};

// "unipc(corrector=false, order=2)": what the claim sets apart from the defaults, but for start and end.
std::string claim_text(const std::string& solver, const OrderClaim& claim);

// The slope; absent for fewer than two points.
std::optional<double> fitted_order(std::span<const ErrorPoint> points);

// InputError where the solver refuses the path.
MeasuredOrder measure_order(const std::string& solver, const OrderClaim& claim, const ExactProblem& problem,
                            const PathPtr& path, Solutions& solutions);

}  // namespace ito::experiments
