// Schedules given by T betas, as paths in continuous time (DDPM and what follows it).
//
//   abar_i = prod_{j <= i} (1 - beta_j),  i = 0 .. T-1
//   log alpha((i + 1)/T) = log(abar_i)/2, piecewise linear in t between, log alpha(0) = 0
//
// Training index i stands at t = (i + 1)/T. At those knots alpha' jumps: the derivative at a knot is that of the cell
// below it, which is the one that a solver coming from noise is about to cross.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "samplers/paths/variance_preserving.h"

namespace ito {

// T numbers from a to b, equally spaced; one number is a.
inline std::vector<double> linspace(double a, double b, std::int64_t T) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(T));
  for (std::int64_t i = 0; i < T; ++i) {
    const double fraction = T == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(T - 1);
    values.push_back(a + fraction * (b - a));
  }
  return values;
}

// The parameters beta_min, beta_max and T of a schedule that runs between two betas.
inline std::vector<Parameter> beta_parameters(double beta_min, double beta_max) {
  return {
      {.name = "beta_min",
       .default_value = beta_min,
       .meaning = "variance of the first training step",
       .min = 1e-12,
       .max = 0.999},
      {.name = "beta_max",
       .default_value = beta_max,
       .meaning = "variance of the last training step",
       .min = 1e-12,
       .max = 0.999},
      {.name = "T", .default_value = std::int64_t{1000}, .meaning = "number of training steps", .min = 1, .max = 1e6}};
}

class DiscreteBetasPath final : public VariancePreservingPath {
 public:
  // betas: in (0, 1), one a training step.
  DiscreteBetasPath(const std::string& name, const Parameters& parameters, const std::vector<double>& betas)
      : VariancePreservingPath(name, parameters), steps_(static_cast<double>(betas.size())), knots_{0.0} {
    const double beta_min = parameters.number("beta_min"), beta_max = parameters.number("beta_max");
    if (beta_max < beta_min)
      throw InputError("path '" + name + "': beta_max " + value_text(beta_max) + " is below beta_min " +
                       value_text(beta_min));
    knots_.reserve(betas.size() + 1);
    for (const double beta : betas) knots_.push_back(knots_.back() + 0.5 * math::log1p(-beta));
  }

 private:
  // t T = cell + fraction with fraction in (0, 1]; cell 0 also holds t = 0.
  struct Place {
    std::size_t cell;
    double fraction;
  };
  Place place(Time t) const {
    check_time(*this, t, 0.0, 1.0);
    double position = t.value * steps_;
    // (i + 1)/T times T may miss i + 1 by rounding.
    if (const double knot = std::nearbyint(position); knot >= 1.0 && std::abs(position - knot) <= 1e-15 * knot)
      position = knot;
    const double cell = std::max(std::ceil(position) - 1.0, 0.0);
    return {static_cast<std::size_t>(cell), position - cell};
  }
  double log_alpha(Time t) const override {
    const auto [cell, fraction] = place(t);
    if (fraction == 1.0) return knots_[cell + 1];
    return knots_[cell] + fraction * (knots_[cell + 1] - knots_[cell]);
  }
  double d_log_alpha(Time t) const override {
    const std::size_t cell = place(t).cell;
    return (knots_[cell + 1] - knots_[cell]) * steps_;
  }
  double time_of_log_alpha(double l) const override {
    // The cell with knots_[cell + 1] <= l < knots_[cell]; the knots fall.
    const auto below = std::lower_bound(knots_.begin() + 1, knots_.end(), l, std::greater<double>());
    const std::size_t next =
        below == knots_.end() ? knots_.size() - 1 : static_cast<std::size_t>(below - knots_.begin());
    const double fraction = (l - knots_[next - 1]) / (knots_[next] - knots_[next - 1]);
    return (static_cast<double>(next - 1) + fraction) / steps_;
  }

  double steps_;               // T
  std::vector<double> knots_;  // log alpha at t = i/T
};

}  // namespace ito
