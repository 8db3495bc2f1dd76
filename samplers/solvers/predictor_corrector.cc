// Song, Sohl-Dickstein, Kingma, Kumar, Ermon, Poole 2021 (Score SDE), algorithms 2 and 3 (predictor-corrector), 4 and 5
// (the corrector), for a step t -> s < t:
//
//   predictor   x_s = alpha_s x_0-hat + sqrt(sigma_s^2 - eta_t^2) eps-hat + eta_t z,  eta_t = sigma_s sqrt(1 - e^(-2h))
//   corrector   corrector_steps times at s:   g = score(x_s, s),   step = 2 a (snr norm(z)/norm(g))^2,
//               x_s <- x_s + step g + sqrt(2 step) z,              a = (alpha_t/alpha_s)^2
//
// The predictor is the ancestral step (their appendix F; ddim with eta = 1). It equals their reverse-diffusion
// predictor to first order in h. Their a is 1 on VE and 1 - beta_i on VP; (alpha_t/alpha_s)^2 is both, and it is what
// other paths get. (The corrector itself is the same on x and on x/alpha, whatever the path.) From pure noise, alpha_t
// = 0, a is 0 and the corrector leaves x as it is. Norms are per sample, where the source takes batch means
// (langevin.h). With corrector_steps = 0 this is ddim, eta = 1. The step to the clean end is alpha_s x_0-hat,
// uncorrected.
//
// The corrector's noise is no increment of the SDE: it is drawn with from = to = s and a substep of its own
// (fresh noise on a Brownian path too).
#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/process/langevin.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class PredictorCorrector final : public Solver {
 public:
  PredictorCorrector(int corrector_steps, double snr) : corrector_steps_(corrector_steps), snr_(snr) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("predictor_corrector", path, grid, prediction, {Prediction::sample, Prediction::eps});
    for (int i = 1; corrector_steps_ > 0 && i <= grid.steps(); ++i)
      if (!ends_clean(path, grid[i]))
        check_reads_at("predictor_corrector", path, grid[i], prediction, {Prediction::score});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.sigma_s == 0.0) return ddim_step(st, hat);

    const double of_z = st.sigma_s * std::sqrt(-math::expm1(-2.0 * st.h));
    const double of_eps = st.sigma_s * math::exp(-st.h);
    Tensor x_s = combine({{st.alpha_s, hat.x0()}, {of_eps, hat.renoise_eps()}, {of_z, trajectory.noise(x)}});
    const double a = (st.alpha_t / st.alpha_s) * (st.alpha_t / st.alpha_s);
    for (int i = 1; i <= corrector_steps_; ++i) {
      const Tensor score = trajectory.evaluate(x_s, st.s).as(Prediction::score);
      const Tensor z = trajectory.noise(x_s, i, st.s, st.s);
      x_s = langevin_step(x_s, score, z, langevin_steps_from_norms(score, z, snr_, a));
    }
    return x_s;
  }

  int calls_per_step() const override { return 1 + corrector_steps_; }

 private:
  int corrector_steps_;
  double snr_;
};

const Register<Solver> predictor_corrector{
    {.name = "predictor_corrector",
     .order = "1 weak (no corrector)",
     .evaluations = "1 + corrector_steps (1 in the step to the clean end)",
     .paper = "Song et al. 2021 (Score SDE), algorithms 2 to 5",
     .summary =
         "An ancestral step, then Langevin steps at the new time whose size follows from a signal-to-noise ratio.",
     .formula = "x_s = alpha_s x_0-hat + sigma_s e^(-h) eps-hat + sigma_s sqrt(1 - e^(-2h)) z\n"
                "then corrector_steps times: x_s += step g + sqrt(2 step) z,  g = score(x_s, s),\n"
                "step = 2 a (snr norm(z)/norm(g))^2 for each sample,  a = (alpha_t/alpha_s)^2"
                "\nthe corrector leaves a bias that snr sets",
     .parameters = {{.name = "corrector_steps",
                     .default_value = std::int64_t{1},
                     .meaning = "Langevin steps at each new time; 0: the predictor alone (ddim, eta = 1)",
                     .min = 0,
                     .max = 1000},
                    {.name = "snr",
                     .default_value = 0.16,
                     .meaning = "ratio of a Langevin step's drift to its noise (their r)",
                     .min = 0,
                     .max = 10}},
     .orders = {{.order = 1, .parameters = {{"corrector_steps", std::int64_t{0}}}, .kind = "strong"},
                {.order = 1, .parameters = {{"corrector_steps", std::int64_t{0}}}, .kind = "weak"}}},
    [](const Parameters& parameters) {
      return std::make_unique<PredictorCorrector>(static_cast<int>(parameters.integer("corrector_steps")),
                                                  parameters.number("snr"));
    }};

}  // namespace
}  // namespace ito
