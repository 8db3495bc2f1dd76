// Hang, Gu, Geng, Guo 2024 (Improved noise schedule for diffusion training), table 1: a uniform t gives log-SNR a
// Laplace law around mu. (diffusers' table of the same name puts alpha where abar belongs.)
//
//   2 lambda = mu - b log(2 t)           t <= 1/2          lambda' = -b/(2 t)
//            = mu + b log(2 (1 - t))     t >= 1/2                  = -b/(2 (1 - t))
//   clipped to [-clip, clip];   alpha^2 = 1/(1 + e^(-2 lambda)),  sigma^2 = 1/(1 + e^(2 lambda))
//   f = sigma^2 lambda',  sigma' = -sigma alpha^2 lambda',  g^2 = -2 sigma^2 lambda'
//   inverse: 2 t = e^(-(2 lambda - mu)/b) where 2 lambda >= mu,  2 (1 - t) = e^((2 lambda - mu)/b) elsewhere
//
// Without the clip lambda is infinite at both ends. With it sigma(0) = 1/sqrt(1 + e^clip) > 0, so that grids append the
// clean end, and alpha(1) is as far from 0: lambda and the SDE are finite on the whole clock. The stretches on which
// lambda stands still, 2 t <= e^(-(clip - mu)/b) and 2 (1 - t) <= e^(-(clip + mu)/b), are 1e-13 long with the default
// parameters; there alpha' = sigma' = 0 and the inverse is the end of the clock. The clip is ours: lambda'' jumps at t
// = 1/2.
#include <limits>

#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/paths/common.h"

namespace ito {
namespace {

class LaplacePath final : public Path {
 public:
  explicit LaplacePath(const Parameters& parameters)
      : signature_(path_signature(name_, parameters)),
        mu_(parameters.number("mu")),
        b_(parameters.number("b")),
        clip_(parameters.number("clip")) {
    if (!(std::abs(mu_) < clip_))
      throw InputError("path 'laplace': mu " + value_text(mu_) + " is not inside the clip, -" + value_text(clip_) +
                       " to " + value_text(clip_));
  }

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }
  Time clean_end() const override { return Time(kBeyondTheClock); }

  double alpha(Time t) const override { return std::sqrt(math::sigmoid(log_snr(t))); }
  double sigma(Time t) const override { return std::sqrt(math::sigmoid(-log_snr(t))); }
  double d_alpha(Time t) const override { return alpha(t) * drift(t); }
  // sigma' = -sigma alpha^2 lambda'
  double d_sigma(Time t) const override { return -sigma(t) * math::sigmoid(log_snr(t)) * d_lambda(t); }
  Lambda lambda(Time t) const override { return Lambda(0.5 * log_snr(t)); }
  Time time(Lambda lambda) const override {
    const double log_snr = 2.0 * check_lambda(*this, lambda);
    if (std::abs(log_snr) >= clip_) return log_snr > 0.0 ? t_min() : t_max();
    const double half = 0.5 * math::exp(-std::abs(log_snr - mu_) / b_);
    return Time(log_snr >= mu_ ? half : 1.0 - half);
  }
  // sigma^2 lambda', and g^2 = -2 sigma^2 lambda'
  double drift(Time t) const override { return math::sigmoid(-log_snr(t)) * d_lambda(t); }
  double diffusion_squared(Time t) const override { return -2.0 * drift(t); }

 private:
  // How far t is from its end of the clock, as 1 - 2 |t - 1/2|.
  static double depth(Time t) { return 2.0 * (t.value <= 0.5 ? t.value : 1.0 - t.value); }
  double log_snr(Time t) const {
    check_clock(*this, t);
    if (t.value == kBeyondTheClock) return std::numeric_limits<double>::infinity();
    const double from_mu = -b_ * math::log(depth(t));
    return std::clamp(t.value <= 0.5 ? mu_ + from_mu : mu_ - from_mu, -clip_, clip_);
  }
  double d_lambda(Time t) const { return std::abs(log_snr(t)) < clip_ ? -b_ / depth(t) : 0.0; }

  std::string name_ = "laplace";
  std::string signature_;
  double mu_, b_, clip_;
};

const Register<Path> laplace{
    {.name = "laplace",
     .paper = "Hang, Gu, Geng, Guo 2024 (Improved noise schedule for diffusion training), table 1",
     .summary = "Variance-preserving, with most of the clock where signal and noise are alike; clipped at both ends.",
     .formula =
         "2 lambda = mu - b sign(1/2 - t) log(1 - 2 |t - 1/2|) in [-clip, clip],\n"
         "alpha^2 = 1/(1 + e^(-2 lambda)),  sigma^2 = 1 - alpha^2;  t in [0, 1], the clean end appended by grids",
     .parameters = {{.name = "mu",
                     .default_value = 0.0,
                     .meaning = "log-SNR (2 lambda) at t = 1/2, where the schedule is slowest",
                     .min = -50,
                     .max = 50},
                    {.name = "b",
                     .default_value = 0.5,
                     .meaning = "scale of the Laplace law of log-SNR",
                     .min = 1e-3,
                     .max = 100},
                    {.name = "clip",
                     .default_value = 15.0,
                     .meaning = "largest |log-SNR|, which holds at both ends of the clock",
                     .min = 1e-3,
                     .max = 200}}},
    [](const Parameters& parameters) { return std::make_shared<LaplacePath>(parameters); }};

}  // namespace
}  // namespace ito
