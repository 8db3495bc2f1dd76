// DPM2 of Crowson's k-diffusion (sample_dpm_2; diffusers' KDPM2), after DPM-Solver-2 (Lu et al. 2022) and EDM's
// algorithm 2 (Karras et al. 2022) without churn. Midpoint rule in r = sigma/alpha for x/alpha, its midpoint the
// geometric mean of the two ratios, which is the middle in lambda. In x itself, for a step t -> s:
//
//   r_m = sqrt(r_t r_s)
//   x_m = (alpha_m/alpha_t) x_t + alpha_m (r_m - r_t) eps-hat(x_t, t)
//   x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps-hat(x_m, m)
//
// (DPM-Solver-2 has the same midpoint and holds eps-hat in lambda.) The step to the clean end is alpha_s x_0-hat, the
// step from pure noise (alpha_t = 0) DDIM's; both take one evaluation.
#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class Dpm2 final : public Solver {
 public:
  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_2", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_inside("dpm_2", path, grid, prediction, {Prediction::eps}, {0.5});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);

    const Time m = path.time(Lambda(st.lambda_t + 0.5 * st.h));
    const RatioStep half(path, st.t, m), whole(path, st.t, st.s);
    const Tensor x_m = combine({{half.of_x, x}, {half.of_eps, hat.eps()}});
    return combine({{whole.of_x, x}, {whole.of_eps, trajectory.evaluate(x_m, m).eps()}});
  }

  int calls_per_step() const override { return 2; }
};

const Register<Solver> dpm_2{
    {.name = "dpm_2",
     .order = "2",
     .evaluations = "2 (1 in the step to the clean end)",
     .paper = "Crowson 2022 (k-diffusion, sample_dpm_2), after Lu et al. 2022 and Karras et al. 2022",
     .summary = "The midpoint rule in sigma/alpha for x/alpha, its midpoint the geometric mean of the ratios.",
     .formula = "r = sigma/alpha,  r_m = sqrt(r_t r_s),  x_m = (alpha_m/alpha_t) x_t + alpha_m (r_m - r_t) eps_t,\n"
                "x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps(x_m, m)",
     .orders = {{.order = 2}, {.order = 2, .clock = "ratio"}}},
    [](const Parameters&) { return std::make_unique<Dpm2>(); }};

}  // namespace
}  // namespace ito
