// Jabri, Fleet, Chen 2023 (RIN), after Chen 2023 (On the importance of noise scheduling), algorithm 1: abar falls along
// a logistic S. (diffusers' "sigmoid" is GeoDiff's betas, another path.)
//
//   abar(t) = [S(a) - S(b)]/[S(a) - S(c)] in [clip, 1],   b = (start + t (end - start))/tau,  c = b(0),  a = b(1)
//
// S(p) - S(q) = S(p) S(-q) (1 - e^(q - p)), so with d = a - c neither end cancels:
//
//   alpha^2 = S(-b)/S(-c) (1 - e^(-d (1 - t)))/(1 - e^(-d)),   sigma^2 = S(b)/S(a) (1 - e^(-d t))/(1 - e^(-d))
//   (log alpha)' = -(d/2) S(b)/(S(a) (1 - e^(-d (1 - t))))
//   inverse, K = S(a) - S(c) = S(a) S(-c) (1 - e^(-d)):   S(b) = S(c) + sigma^2 K,  S(-b) = S(-a) + alpha^2 K,
//            t d = b - c = log(S(b)/S(-b)) - c, near the ends by
//            1 - e^(-(b - c)) = sigma^2 K/(S(-c) S(b)),   1 - e^(-(a - b)) = alpha^2 K/(S(a) S(-b))
//
// The clip keeps alpha(1) = sqrt(clip) above 0, so that lambda(1) and the SDE are finite. It also holds alpha still on
// the last stretch of the clock: there alpha' = 0, lambda is constant and its inverse is t = 1. With the default
// parameters that stretch is [1 - 3.3e-9, 1]; it is long where end/tau is beyond about 20, and a grid with two times in
// it is refused. Just before it alpha ~ sqrt(1 - t), so methods in t do well to start below t = 1.
#include "samplers/factories.h"
#include "samplers/paths/variance_preserving.h"

namespace ito {
namespace {

constexpr double kFarthest = 700.0;  // S(-700) is still a normal number

class SigmoidPath final : public VariancePreservingPath {
 public:
  explicit SigmoidPath(const Parameters& parameters)
      : VariancePreservingPath("sigmoid", parameters), clip_(parameters.number("clip")) {
    const double start = parameters.number("start"), end = parameters.number("end"), tau = parameters.number("tau");
    if (!(start < end))
      throw InputError("path 'sigmoid': start " + value_text(start) + " is not below end " + value_text(end));
    c_ = start / tau;
    d_ = (end - start) / tau;
    const double a = c_ + d_;
    if (!(std::max(std::abs(c_), std::abs(a)) <= kFarthest))
      throw InputError("path 'sigmoid': start/tau is " + value_text(c_) + " and end/tau " + value_text(a) +
                       "; expected -" + value_text(kFarthest) + " to " + value_text(kFarthest));
    S_a_ = math::sigmoid(a), S_minus_a_ = math::sigmoid(-a);
    S_c_ = math::sigmoid(c_), S_minus_c_ = math::sigmoid(-c_);
    whole_ = -math::expm1(-d_);
    least_ = 0.5 * math::log(clip_);
  }

 private:
  double b(Time t) const { return c_ + d_ * t.value; }
  double left(Time t) const { return -math::expm1(-d_ * (1.0 - t.value)); }  // 1 - e^(-d (1 - t))
  double alpha_squared(Time t) const { return math::sigmoid(-b(t)) / S_minus_c_ * (left(t) / whole_); }

  double log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    const double sigma_squared = math::sigmoid(b(t)) / S_a_ * (-math::expm1(-d_ * t.value) / whole_);
    if (sigma_squared < 0.5) return 0.5 * math::log1p(-sigma_squared);
    return 0.5 * math::log(std::max(alpha_squared(t), clip_));
  }
  double d_log_alpha(Time t) const override {
    check_time(*this, t, 0.0, 1.0);
    if (alpha_squared(t) < clip_) return 0.0;
    return -0.5 * d_ * math::sigmoid(b(t)) / (S_a_ * left(t));
  }
  double time_of_log_alpha(double l) const override {
    if (l <= least_ + 4 * std::numeric_limits<double>::epsilon() * std::abs(least_)) return 1.0;
    const double alpha_squared = math::exp(2.0 * l), sigma_squared = -math::expm1(2.0 * l);
    const double K = S_a_ * S_minus_c_ * whole_;
    const double S_b = S_c_ + sigma_squared * K, S_minus_b = S_minus_a_ + alpha_squared * K;
    const double from_c = sigma_squared * K / (S_minus_c_ * S_b);
    if (from_c < 0.5) return -math::log1p(-from_c) / d_;
    const double from_a = alpha_squared * K / (S_a_ * S_minus_b);
    if (from_a < 0.5) return 1.0 + math::log1p(-from_a) / d_;
    return (math::log(S_b) - math::log(S_minus_b) - c_) / d_;
  }

  double clip_;
  double c_, d_;
  double S_a_, S_minus_a_, S_c_, S_minus_c_;  // S(a), S(-a), S(c), S(-c)
  double whole_;                              // 1 - e^(-d)
  double least_;                              // log alpha(1)
};

const Register<Path> sigmoid{
    {.name = "sigmoid",
     .paper = "Jabri, Fleet, Chen 2023 (Scalable adaptive computation, RIN); Chen 2023, algorithm 1",
     .summary = "Variance-preserving, with abar along a logistic curve, clipped above 0: made for large images.",
     .formula = "alpha^2 = [S(end/tau) - S((start + t (end - start))/tau)]/[S(end/tau) - S(start/tau)] in [clip, 1],\n"
                "S(x) = 1/(1 + e^-x),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = {{.name = "start",
                     .default_value = -3.0,
                     .meaning = "where on the logistic curve data stand, before division by tau",
                     .min = -1e3,
                     .max = 1e3},
                    {.name = "end",
                     .default_value = 3.0,
                     .meaning = "where on the logistic curve noise stands, before division by tau",
                     .min = -1e3,
                     .max = 1e3},
                    {.name = "tau",
                     .default_value = 1.0,
                     .meaning = "temperature of the logistic curve: smaller is steeper",
                     .min = 1e-3,
                     .max = 1e3},
                    {.name = "clip",
                     .default_value = 1e-9,
                     .meaning = "least alpha^2, which holds at t = 1",
                     .min = 1e-30,
                     .max = 0.1}}},
    [](const Parameters& parameters) { return std::make_shared<SigmoidPath>(parameters); }};

}  // namespace
}  // namespace ito
