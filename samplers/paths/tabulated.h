// Variance-preserving schedules given at T training times, as paths in continuous time (DDPM and what follows it).
//
//   knots: log alpha(i/T), i = 0 .. T; piecewise linear in t between; training index i stands at t = (i + 1)/T
//   of T betas: log alpha((i + 1)/T) = log(abar_i)/2,  abar_i = prod_{j <= i} (1 - beta_j),  log alpha(0) = 0
//
// Where alpha(1) = 0 no line reaches the last knot, and the last cell is linear in alpha:
//
//   alpha(t) = alpha(1 - 1/T) (1 - t) T,  (log alpha)' = -1/(1 - t)
//
// At the knots alpha' jumps: the derivative at a knot is that of the cell below it, which is the one that a solver
// coming from noise is about to cross. (k-diffusion interpolates log(sigma/alpha) between the same knots: another
// path.)
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

inline Parameter training_steps_parameter() {
  return {
      .name = "T", .default_value = std::int64_t{1000}, .meaning = "number of training steps", .min = 1, .max = 1e6};
}

// The parameters beta_min, beta_max and T of a schedule that runs between two betas.
inline std::vector<Parameter> beta_parameters(double beta_min, double beta_max) {
  return {{.name = "beta_min",
           .default_value = beta_min,
           .meaning = "variance of the first training step",
           .min = 1e-12,
           .max = 0.999},
          {.name = "beta_max",
           .default_value = beta_max,
           .meaning = "variance of the last training step",
           .min = 1e-12,
           .max = 0.999},
          training_steps_parameter()};
}

inline void check_betas(const std::string& path, const Parameters& parameters) {
  const double beta_min = parameters.number("beta_min"), beta_max = parameters.number("beta_max");
  if (beta_max < beta_min)
    throw InputError("path '" + path + "': beta_max " + value_text(beta_max) + " is below beta_min " +
                     value_text(beta_min));
}

// betas: in (0, 1), one a training step.
inline std::vector<double> knots_of_betas(const std::vector<double>& betas) {
  std::vector<double> knots = {0.0};
  knots.reserve(betas.size() + 1);
  for (const double beta : betas) knots.push_back(knots.back() + 0.5 * math::log1p(-beta));
  return knots;
}

class TabulatedPath final : public VariancePreservingPath {
 public:
  // knots: log alpha at t = i/T, never rising; the last may be -inf. Where the first is below 0 the clean end is beyond
  // the clock.
  TabulatedPath(const std::string& name, const std::string& signature, std::vector<double> knots)
      : VariancePreservingPath(name, signature),
        knots_(std::move(knots)),
        steps_(static_cast<double>(knots_.size() - 1)),
        before_last_(math::exp(knots_[knots_.size() - 2])) {}

  const std::vector<double>& knots() const { return knots_; }

  Time clean_end() const override { return Time(knots_.front() == 0.0 ? 0.0 : kBeyondTheClock); }
  double d_alpha(Time t) const override {
    if (in_last_cell(t)) return -before_last_ * steps_;
    return VariancePreservingPath::d_alpha(t);
  }
  double d_sigma(Time t) const override {
    return t.value == kBeyondTheClock ? check_clock(*this, t), 0.0 : VariancePreservingPath::d_sigma(t);
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
  // Inside the cell that is linear in alpha.
  bool in_last_cell(Time t) const {
    return std::isinf(knots_.back()) && t.value != kBeyondTheClock && place(t).cell + 2 == knots_.size();
  }
  double left(Time t) const { return (1.0 - t.value) * steps_; }  // of the last cell, 1 at its lower knot

  double log_alpha(Time t) const override {
    if (t.value == kBeyondTheClock) return check_clock(*this, t), 0.0;
    const auto [cell, fraction] = place(t);
    if (std::isinf(knots_[cell + 1])) return knots_[cell] + math::log(left(t));
    if (fraction == 1.0) return knots_[cell + 1];
    return knots_[cell] + fraction * (knots_[cell + 1] - knots_[cell]);
  }
  double d_log_alpha(Time t) const override {
    if (t.value == kBeyondTheClock) return check_clock(*this, t), 0.0;
    const std::size_t cell = place(t).cell;
    if (std::isinf(knots_[cell + 1])) return -steps_ / left(t);
    return (knots_[cell + 1] - knots_[cell]) * steps_;
  }
  double time_of_log_alpha(double l) const override {
    // A clipped path's first or last knots repeat: what stands there is at the end of the clock, whatever rounding did
    // to its lambda.
    const auto slack = [](bool still) { return still ? 8 * std::numeric_limits<double>::epsilon() : 0.0; };
    const double first = knots_.front(), last = knots_.back();
    if (l >= first * (1.0 + slack(knots_[1] == first))) return 0.0;
    if (l <= last * (1.0 - slack(knots_[knots_.size() - 2] == last))) return 1.0;
    // The cell with knots_[cell + 1] <= l < knots_[cell].
    const auto below = std::lower_bound(knots_.begin() + 1, knots_.end() - 1, l, std::greater<double>());
    if (std::isinf(*below)) return 1.0 - math::exp(l - *(below - 1)) / steps_;
    const std::size_t next = static_cast<std::size_t>(below - knots_.begin());
    const double fraction = (l - knots_[next - 1]) / (knots_[next] - knots_[next - 1]);
    return (static_cast<double>(next - 1) + fraction) / steps_;
  }

  std::vector<double> knots_;  // log alpha at t = i/T
  double steps_;               // T
  double before_last_;         // alpha((T - 1)/T)
};

}  // namespace ito
