// Gonzalez, Fernandez, Tran, Gherbi, Hajri, Masmoudi 2023 (SEEDS), SEEDS-1, 2 and 3: explicit exponential Runge-Kutta
// methods in lambda for the reverse SDE (nu = 1; here the whole family), for a step t -> s, h = lambda_s - lambda_t,
// c = 1 + nu^2. Stage k stands at lambda_t + r_k h, with the noise N_k of the way there.
//
// form = "data" (x_0-hat held; DPM-Solver++'s side), q any of the stages' places:
//   A_q  = (sigma_q/sigma_t) e^(-nu^2 r_q h) x_t + alpha_q (1 - e^(-c r_q h)) x0(x_t)
//   1:  x_s = A_s + N_s
//   2:  u = A_1 + N_1 at r_1 = 1/2;    x_s = A_s + alpha_s (1 - e^(-c h)) (x0(u) - x0(x_t)) + N_s
//   3:  u = A_1 + N_1 at r_1 = 1/3;    v   = A_2 + alpha_2 (r_2/r_1) ((e^(-z_2) - 1)/z_2 + 1) (x0(u) - x0(x_t)) + N_2
//       at r_2 = 2/3, z_q = c r_q h;   x_s = A_s + alpha_s (1/r_2) ((e^(-z) - 1)/z + 1) (x0(v) - x0(x_t)) + N_s
// form = "noise" (eps-hat held; DPM-Solver's side, the paper's algorithms for VP):
//   A_q  = (alpha_q/alpha_t) x_t - c sigma_q (e^(r_q h) - 1) eps(x_t)
//   and of the differences of eps: -c sigma_s (e^h - 1), -c sigma_2 (r_2/r_1) ((e^(r_2 h) - 1)/(r_2 h) - 1),
//   -c sigma_s (1/r_2) ((e^h - 1)/h - 1)
//
// Noise is drawn once for each part of the step, between neighbouring stages (substeps 0, 1, 2), and enters each later
// stage with its exact weight, of a part from a h to b h at the place q:
//   data   sigma_q e^(-nu^2 (q - b) h) sqrt(1 - e^(-2 nu^2 (b - a) h))   (the path's own Brownian motion, exactly)
//   noise  nu sigma_q e^((q - b) h) sqrt(e^(2 (b - a) h) - 1)
// The authors' code has, in SEEDS-3 of the noise form, the parts' weights exchanged and sigma_s for sigma_2 in the
// second stage (still of weak order 2, with 7 times the error), and in the data form (e^(-2 r_1 h) - 1)/(r_1 h) + 1 in
// the second stage, which tends to -1 and not to 0 as h -> 0: of weak order 1.
//
// One stage with "data" is ddim at nu = 0 and 1 (eta = nu). A step to the clean end is alpha_s x_0-hat; one from pure
// noise ddim's, without noise.
#include <cmath>
#include <vector>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class Seeds final : public Solver {
 public:
  Seeds(int stages, double nu, bool data) : stages_(stages), nu_(nu), data_(data) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    if (data_)
      check_reads("seeds", path, grid, prediction, {Prediction::sample});
    else
      check_reads("seeds", path, grid, prediction, {Prediction::sample, Prediction::eps});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);

    // The stages' places, the start first and the end last.
    std::vector<double> r = {0.0, 1.0};
    if (stages_ == 2) r = {0.0, 0.5, 1.0};
    if (stages_ == 3) r = {0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0};
    std::vector<Time> times = {st.t};
    for (std::size_t k = 1; k + 1 < r.size(); ++k) times.push_back(st.inside(path, r[k]));
    times.push_back(st.s);

    const Tensor f_t = held(hat);
    std::vector<Tensor> z;
    Tensor state, f = f_t;
    for (std::size_t k = 1; k < r.size(); ++k) {
      if (nu_ > 0.0) z.push_back(trajectory.noise(x, static_cast<int>(k) - 1, times[k - 1], times[k], nu_));
      if (k > 1) f = held(trajectory.evaluate(state, times[k - 1]));
      state = stage(Step(path, st.t, times[k]), st.h, r, k, x, f_t, f, z);
    }
    return state;
  }

  int calls_per_step() const override { return stages_; }

 private:
  Tensor held(const Estimate& hat) const { return data_ ? hat.x0() : hat.eps(); }

  // The state at r[k]: `q` is the step there from t, f the output at r[k - 1].
  Tensor stage(const Step& q, double h, const std::vector<double>& r, std::size_t k, const Tensor& x, const Tensor& f_t,
               const Tensor& f, const std::vector<Tensor>& z) const {
    const double c = 1.0 + nu_ * nu_, place = r[k] * h;
    // int of the exponential's weight against 1, and against w/(r[k - 1] h) over the way w: 1/r_{k-1} times that.
    double of_1, of_slope;
    if (data_) {
      of_1 = -q.alpha_s * math::expm1(-c * place);
      of_slope = q.alpha_s * c * place * phi(2, -c * place);
    } else {
      of_1 = -c * q.sigma_s * math::expm1(place);
      of_slope = -c * q.sigma_s * place * phi(2, place);
    }
    double of_difference = 0.0;
    if (stages_ == 2 && k == 2) of_difference = of_1;
    if (stages_ == 3 && k > 1) of_difference = r[k] / r[k - 1] * of_slope;

    const double of_x = data_ ? q.sigma_s / q.sigma_t * math::exp(-nu_ * nu_ * place) : q.alpha_s / q.alpha_t;
    std::vector<Term> terms = {{of_x, x}, {of_1 - of_difference, f_t}};
    if (k > 1) terms.push_back({of_difference, f});
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double after = (r[k] - r[i + 1]) * h, part = (r[i + 1] - r[i]) * h;
      const double weight = data_ ? math::exp(-nu_ * nu_ * after) * std::sqrt(-math::expm1(-2.0 * nu_ * nu_ * part))
                                  : nu_ * math::exp(after) * std::sqrt(math::expm1(2.0 * part));
      terms.push_back({q.sigma_s * weight, z[i]});
    }
    return combine(terms);
  }

  int stages_;
  double nu_;
  bool data_;
};

OrderClaim claim(double order, int stages, double nu, const char* form, const char* kind) {
  return {.order = order,
          .parameters = {{"stages", std::int64_t{stages}}, {"nu", nu}, {"form", std::string(form)}},
          .kind = kind,
          .nu = nu};
}

const Register<Solver> seeds{
    {.name = "seeds",
     .order = "1 to 3 at nu = 0; 1 strong, 1 or 2 weak",
     .evaluations = "stages (1 in the step to the clean end)",
     .paper = "Gonzalez et al. 2023 (SEEDS), SEEDS-1 to 3",
     .summary = "Exponential Runge-Kutta for the reverse SDE: the linear part and the noise exactly, 1 to 3 stages.",
     .formula =
         "stages at lambda_t + r h, r = 1/2 (two), 1/3 and 2/3 (three); with x_0-hat held and c = 1 + nu^2\n"
         "A_q = (sigma_q/sigma_t) e^(-nu^2 r h) x_t + alpha_q (1 - e^(-c r h)) x0(x_t) + N_q\n"
         "x_s = A_s + alpha_s w (x0(u) - x0(x_t)),  w = 1 - e^(-c h) (two), (3/2)((e^(-c h) - 1)/(c h) + 1) "
         "(three)"
         "\norder: stages at nu = 0; with noise 1 strong, and 1, 2, 2 weak with 1, 2, 3 stages (on Gaussian data)",
     .parameters =
         {{.name = "stages", .default_value = std::int64_t{3}, .meaning = "evaluations a step", .min = 1, .max = 3},
          {.name = "nu",
           .default_value = 1.0,
           .meaning = "noise of the family: 0 the ODE, 1 the reverse SDE (the paper's)",
           .min = 0,
           .max = 10},
          {.name = "form",
           .default_value = std::string("data"),
           .meaning = "what is held in the exponential integrals: x_0-hat (data) or eps-hat (noise)",
           .choices = {"data", "noise"}}},
     .orders = {claim(1, 1, 0.0, "data", "ode"), claim(2, 2, 0.0, "data", "ode"), claim(3, 3, 0.0, "data", "ode"),
                claim(1, 1, 0.0, "noise", "ode"), claim(2, 2, 0.0, "noise", "ode"), claim(3, 3, 0.0, "noise", "ode"),
                claim(1, 1, 1.0, "data", "strong"), claim(1, 1, 1.0, "data", "weak"), claim(2, 2, 1.0, "data", "weak"),
                claim(2, 3, 1.0, "data", "weak"), claim(1, 1, 1.0, "noise", "weak"), claim(2, 2, 1.0, "noise", "weak"),
                claim(2, 3, 1.0, "noise", "weak")}},
    [](const Parameters& p) {
      return std::make_unique<Seeds>(static_cast<int>(p.integer("stages")), p.number("nu"), p.text("form") == "data");
    }};

}  // namespace
}  // namespace ito
