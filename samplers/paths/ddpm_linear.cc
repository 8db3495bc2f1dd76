// Ho, Jain, Abbeel 2020 (DDPM), section 4: T steps with betas linear in the step, as a path in continuous time.
//
//   beta_i = beta_min + i (beta_max - beta_min)/(T - 1),  i = 0 .. T-1;     abar_i = prod_{j <= i} (1 - beta_j)
//   log alpha((i + 1)/T) = log(abar_i)/2, piecewise linear in t between, log alpha(0) = 0
//
// Training index i stands at t = (i + 1)/T. At those knots alpha' jumps: the derivative at a knot is that of the cell
// below it, which is the one that a solver coming from noise is about to cross.
#include <vector>

#include "samplers/factories.h"
#include "samplers/paths/variance_preserving.h"

namespace ito {
namespace {

class DdpmLinearPath final : public VariancePreservingPath {
 public:
  explicit DdpmLinearPath(const Parameters& parameters)
      : VariancePreservingPath("ddpm_linear", parameters), steps_(parameters.integer("T")), knots_{0.0} {
    const double beta_min = parameters.number("beta_min"), beta_max = parameters.number("beta_max");
    if (beta_max < beta_min)
      throw InputError("path 'ddpm_linear': beta_max " + value_text(beta_max) + " is below beta_min " +
                       value_text(beta_min));
    knots_.reserve(static_cast<std::size_t>(steps_) + 1);
    for (std::int64_t i = 0; i < steps_; ++i) {
      const double fraction = steps_ == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(steps_ - 1);
      const double beta = beta_min + fraction * (beta_max - beta_min);
      knots_.push_back(knots_.back() + 0.5 * math::log1p(-beta));
    }
  }

 private:
  // t T = cell + fraction with fraction in (0, 1]; cell 0 also holds t = 0.
  struct Place {
    std::size_t cell;
    double fraction;
  };
  Place place(Time t) const {
    check_time(*this, t, 0.0, 1.0);
    double position = t.value * static_cast<double>(steps_);
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
    return (knots_[cell + 1] - knots_[cell]) * static_cast<double>(steps_);
  }
  double time_of_log_alpha(double l) const override {
    // The cell with knots_[cell + 1] <= l < knots_[cell]; the knots fall.
    const auto below = std::lower_bound(knots_.begin() + 1, knots_.end(), l, std::greater<double>());
    const std::size_t next =
        below == knots_.end() ? knots_.size() - 1 : static_cast<std::size_t>(below - knots_.begin());
    const double fraction = (l - knots_[next - 1]) / (knots_[next] - knots_[next - 1]);
    return (static_cast<double>(next - 1) + fraction) / static_cast<double>(steps_);
  }

  std::int64_t steps_;
  std::vector<double> knots_;  // log alpha at t = i/T
};

const Register<Path> ddpm_linear{
    {.name = "ddpm_linear",
     .paper = "Ho, Jain, Abbeel 2020 (DDPM), section 4",
     .summary =
         "DDPM's discrete schedule; training index i stands at t = (i + 1)/T, log alpha is linear between indices.",
     .formula = "beta_i = linspace(beta_min, beta_max, T),  abar_i = prod (1 - beta),\n"
                "alpha((i + 1)/T) = sqrt(abar_i),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = {{.name = "beta_min",
                     .default_value = 1e-4,
                     .meaning = "variance of the first training step",
                     .min = 1e-12,
                     .max = 0.999},
                    {.name = "beta_max",
                     .default_value = 0.02,
                     .meaning = "variance of the last training step",
                     .min = 1e-12,
                     .max = 0.999},
                    {.name = "T",
                     .default_value = std::int64_t{1000},
                     .meaning = "number of training steps",
                     .min = 1,
                     .max = 1e6}}},
    [](const Parameters& parameters) { return std::make_shared<DdpmLinearPath>(parameters); }};

}  // namespace
}  // namespace ito
