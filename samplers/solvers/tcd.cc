// Zheng, Hu, Fan, Wang, Zhang, Tao, Li 2024 (TCD), strategic stochastic sampling (algorithm 4), for a step t -> s < t
// through s' = (1 - gamma) s:
//
//   x_s' = alpha_s' x_0-hat + sigma_s' eps-hat
//   x_s  = (alpha_s/alpha_s') x_s' + sqrt(sigma_s^2 - (alpha_s/alpha_s')^2 sigma_s'^2) z
//
// gamma (the published code's eta) = 0 is ddim, and what may serve any model; gamma = 1 denoises to the end of the
// clock and noises anew, as lcm does. It suits trajectory-consistency models, which predict x_s' from x_t in one
// evaluation. With a plain denoiser a step overshoots to s' by one DDIM step and returns by noise, in which the
// overshoot, of size gamma s at every step size, does not vanish as the grid is refined: its law does not converge to
// the data's.
//
// s' is on the path's own clock (the source: the index of the training time, on a variance-preserving path), so equal
// gammas overshoot differently on different paths. training_times = T > 0 rounds s' down to the T training times
// (i + 1)/T of a path on [0, 1], as the published code does, but never above s (s below 1/T, or between two of the
// times). The last step is ddim's to s, without noise (as the
// published code's); so is the one to the clean end. z is no increment of an SDE: it is drawn with from = s' <= to = s
// (fresh noise on a Brownian path too).
#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class Tcd final : public Solver {
 public:
  Tcd(double gamma, double training_times) : gamma_(gamma), training_times_(training_times) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("tcd", path, grid, prediction, {Prediction::sample, Prediction::eps});
    if (training_times_ > 0 && path.t_max().value != 1.0)
      throw InputError("solver 'tcd': training_times rounds times of a clock on [0, 1]; path '" + path.name() +
                       "' ends at " + value_text(path.t_max().value) + " (use training_times = 0)");
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step whole(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, whole.t);
    if (gamma_ == 0.0 || whole.sigma_s == 0.0 || trajectory.last()) return ddim_step(whole, hat);

    const Step over(path, whole.t, overshot(whole.s));
    const Tensor x_over = ddim_step(over, hat);
    if (over.s == whole.s) return x_over;
    const double back = whole.lambda_s - over.lambda_s;  // < 0
    const double of_z = whole.sigma_s * std::sqrt(-math::expm1(2.0 * back));
    return combine({{whole.alpha_s / over.alpha_s, x_over}, {of_z, trajectory.noise(x, 0, over.s, whole.s)}});
  }

 private:
  Time overshot(Time s) const {
    if (training_times_ == 0.0) return Time((1.0 - gamma_) * s.value);
    const double index = std::rint(s.value * training_times_) - 1.0;
    return Time(std::fmin(s.value, (std::floor((1.0 - gamma_) * index) + 1.0) / training_times_));
  }
  double gamma_, training_times_;
};

const Register<Solver> tcd{
    {.name = "tcd",
     .order = "1 at gamma = 0",
     .evaluations = "1",
     .paper = "Zheng et al. 2024 (TCD), algorithm 4",
     .summary = "Steps past the next time and returns to it by fresh noise; for trajectory-consistency models.",
     .formula = "s' = (1 - gamma) s,  x_s' = alpha_s' x_0-hat + sigma_s' eps-hat,\n"
                "x_s = (alpha_s/alpha_s') x_s' + sqrt(sigma_s^2 - (alpha_s/alpha_s')^2 sigma_s'^2) z",
     .parameters = {{.name = "gamma",
                     .default_value = 0.3,
                     .meaning = "how far a step overshoots, as a share of the way from s to the end: 0 ddim, 1 lcm",
                     .min = 0,
                     .max = 1},
                    {.name = "training_times",
                     .default_value = std::int64_t{0},
                     .meaning = "round s' down to this many training times, as the published code; 0: do not round",
                     .min = 0,
                     .max = 1e6}},
     .orders = {{.order = 1, .parameters = {{"gamma", 0.0}}}}},
    [](const Parameters& parameters) {
      return std::make_unique<Tcd>(parameters.number("gamma"),
                                   static_cast<double>(parameters.integer("training_times")));
    }};

}  // namespace
}  // namespace ito
