// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver++), algorithm 2 (2M), for a step t -> s with the previous step's x_0:
//
//   h = lambda_s - lambda_t,   h_prev = lambda_t - lambda_prev,   r = h_prev/h
//   D   = (1 + 1/(2r)) x0_t - 1/(2r) x0_prev
//   x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) D
//
// The first step has no past and takes D = x0_t (order 1: DPM-Solver++ 1 = DDIM); so does the last one if
// lower_order_final is on and there are fewer than 15 steps, and any step to the clean end, where x_s = alpha_s x0_t.
#include <optional>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"

namespace ito {
namespace {

constexpr int kFewSteps = 15;  // as in the authors' code and diffusers

class DpmSolverPp2M final : public Solver {
 public:
  explicit DpmSolverPp2M(bool lower_order_final) : lower_order_final_(lower_order_final) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver_pp_2m", path, grid, prediction, {Prediction::sample});
    previous_.reset();
  }

  void remember(const Path& path, Time t, const Tensor& x0) override { previous_ = {path.lambda(t).value, x0}; }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Time t = trajectory.from(), s = trajectory.to();
    const Tensor x0_t = trajectory.evaluate(x, t).x0();
    const double alpha_s = path.alpha(s);
    if (ends_clean(path, s)) return combine({{alpha_s, x0_t}});

    const double lambda_t = path.lambda(t).value;
    const double h = path.lambda(s).value - lambda_t;
    const double of_x = path.sigma(s) / path.sigma(t);
    const double of_D = -alpha_s * math::expm1(-h);
    const bool first_order =
        !previous_ || (trajectory.last() && lower_order_final_ && trajectory.grid().steps() < kFewSteps);
    Tensor x_s;
    if (first_order) {
      x_s = combine({{of_x, x}, {of_D, x0_t}});
    } else {
      const double r = (lambda_t - previous_->lambda) / h;
      const double of_difference = 1.0 / (2.0 * r);
      x_s = combine({{of_x, x}, {of_D * (1.0 + of_difference), x0_t}, {-of_D * of_difference, previous_->x0}});
    }
    previous_ = {lambda_t, x0_t};
    return x_s;
  }

 private:
  struct Output {
    double lambda;
    Tensor x0;
  };
  bool lower_order_final_;
  std::optional<Output> previous_;
};

const Register<Solver> dpm_solver_pp_2m{
    {.name = "dpm_solver_pp_2m",
     .order = "2",
     .evaluations = "1",
     .paper = "Lu et al. 2022 (DPM-Solver++), algorithm 2",
     .summary = "Exponential two-step method in lambda: x_0 is extrapolated from this evaluation and the last.",
     .formula = "r = (lambda_t - lambda_prev)/h,  D = (1 + 1/(2r)) x0_t - 1/(2r) x0_prev,\n"
                "x_s = (sigma_s/sigma_t) x_t - alpha_s (e^(-h) - 1) D",
     .parameters = {{.name = "lower_order_final",
                     .default_value = true,
                     .meaning = "take the last step with order 1 when there are fewer than 15 steps, for stability"}}},
    [](const Parameters& parameters) {
      return std::make_unique<DpmSolverPp2M>(parameters.boolean("lower_order_final"));
    }};

}  // namespace
}  // namespace ito
