// Luo, Tan, Huang, Li, Zhao 2023 (LCM), algorithm 3, after Song, Dhariwal, Chen, Sutskever 2023 (consistency
// models), algorithm 1; for a step t -> s < t:
//
//   f   = c_skip x_t/sqrt(alpha_t^2 + sigma_t^2) + c_out x_0-hat
//   x_s = alpha_s f + sigma_s z
//   c_skip = sd^2/(q^2 + sd^2),   c_out = q/sqrt(q^2 + sd^2),   sd = sigma_data,   q = timestep_scaling (1000 t - 1)
//
// It suits models that were distilled to be consistent: whose f(x_t, t) is the end of the ODE through x_t, not the mean
// of the data given x_t. With a plain denoiser the last state is a posterior mean: the samples lie too close to the
// data's mean, and no number of steps changes it except through how small the last time is; its law does not converge
// to the data's as the grid is refined, so that it has no order.
//
// boundary = true applies c_skip and c_out, which make f(x, t) = x at t -> 0 for the distilled network; q is the index
// of the training time, of which the source has 1000, times timestep_scaling (10), and never below 0. The source's path
// is variance preserving; x/sqrt(alpha^2 + sigma^2) is the state on that path with the same lambda, and t is what a
// network is told as time. boundary = false (default) is f = x_0-hat, which an exact denoiser or an undistilled network
// wants.
//
// The step to the clean end is f, without noise. z is no increment of an SDE: it is drawn with from = to = s
// (fresh noise on a Brownian path too).
#include <cmath>

#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

constexpr double kTrainingTimes = 1000.0;

class Lcm final : public Solver {
 public:
  Lcm(bool boundary, double sigma_data, double timestep_scaling)
      : boundary_(boundary), sigma_data_(sigma_data), timestep_scaling_(timestep_scaling) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("lcm", path, grid, prediction, {Prediction::sample});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Tensor x0 = trajectory.evaluate(x, st.t).x0();
    double of_x = 0.0, of_x0 = 1.0;
    if (boundary_) {
      const double index = kTrainingTimes * network_time(trajectory.path(), st.t) - 1.0;
      const double q = timestep_scaling_ * std::fmax(index, 0.0), sd = sigma_data_;
      of_x = sd * sd / (q * q + sd * sd) / std::sqrt(st.alpha_t * st.alpha_t + st.sigma_t * st.sigma_t);
      of_x0 = q / std::sqrt(q * q + sd * sd);
    }
    std::vector<Term> terms = {{st.alpha_s * of_x0, x0}};
    if (boundary_) terms.push_back({st.alpha_s * of_x, x});
    if (st.sigma_s > 0.0) terms.push_back({st.sigma_s, trajectory.noise(x, 0, st.s, st.s)});
    return combine(terms);
  }

 private:
  bool boundary_;
  double sigma_data_, timestep_scaling_;
};

const Register<Solver> lcm{
    {.name = "lcm",
     .order = "none",
     .evaluations = "1",
     .paper = "Luo et al. 2023 (LCM), algorithm 3",
     .summary = "Predicts the end of the path and noises it anew to the next time; for consistency-distilled models.",
     .formula = "x_s = alpha_s f + sigma_s z,  f = x_0-hat, or with boundary\n"
                "f = c_skip x_t/sqrt(alpha_t^2 + sigma_t^2) + c_out x_0-hat,  c_skip = sd^2/(q^2 + sd^2),\n"
                "c_out = q/sqrt(q^2 + sd^2),  q = timestep_scaling (1000 t - 1)",
     .parameters = {{.name = "boundary",
                     .default_value = false,
                     .meaning = "apply c_skip and c_out (for a network that was distilled with them)"},
                    {.name = "sigma_data",
                     .default_value = 0.5,
                     .meaning = "scale of the data in c_skip and c_out (their sigma_data)",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "timestep_scaling",
                     .default_value = 10.0,
                     .meaning = "factor of the training time's index in c_skip and c_out",
                     .min = 0,
                     .max = 1e6}}},
    [](const Parameters& parameters) {
      return std::make_unique<Lcm>(parameters.boolean("boundary"), parameters.number("sigma_data"),
                                   parameters.number("timestep_scaling"));
    }};

}  // namespace
}  // namespace ito
