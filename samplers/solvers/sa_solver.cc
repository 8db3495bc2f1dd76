// Xue, Yi, Luo, Zhang, Sun, Li, Ma 2023 (SA-Solver), SA-Predictor and SA-Corrector in data prediction, for a step t ->
// s with h = lambda_s - lambda_t, c = 1 + tau^2:
//
//   x_s = (sigma_s/sigma_t) e^(-tau^2 h) x_t + sum_j b_j x0_j + sigma_s sqrt(1 - e^(-2 tau^2 h)) z
//   b_j = alpha_s c int_{lambda_t}^{lambda_s} e^(-c (lambda_s - lambda)) l_j(lambda) dlambda
//
// l_j: Lagrange polynomials over the lambdas of the outputs x0_j. Predictor (Adams-Bashforth): the outputs at t and
// before, predictor_order of them. Corrector (Adams-Moulton): the output at s, evaluated at the predicted x_s, with
// those at t and before, corrector_order of them in all, and the predictor's z; 0: no corrector. One evaluation a step:
// the next step's first evaluation serves the corrector, so x is corrected at the start of the next step, and the
// outputs that are kept are those at predicted states. The end of the grid stays as it was predicted.
//
// tau = 0 is the ODE: order 1 ddim, 2 and 3 the exponential Adams methods; tau = 1 the reverse SDE. tau holds in steps
// that start at t in [tau_start, tau_end] of what a network is told as time (the path's own on [0, 1], on edm linear in
// log sigma), elsewhere it is 0: the published code's choice, [0.2, 0.8].
//
// Starts with as many outputs as there are; lower_order_final lowers both orders towards the end, to 1 (predictor) and
// 2 (corrector) in the last step. A step to the clean end is alpha_s x_0-hat; one from pure noise ddim's, without
// noise.
//
// compat = "published": at order 2 the authors (and diffusers) put h^2/2 for
// int_0^h e^(-c (h - w)) w dw = (c h - 1 + e^(-c h))/c^2, in the corrector h/2 for that over h: an O(h^3) change of a
// step "for few steps"; the order stays, the error constant does not.
#include <algorithm>
#include <cmath>
#include <optional>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

struct SaParameters {
  int predictor_order, corrector_order;
  double tau, tau_start, tau_end;
  bool lower_order_final, published;
};

// b_j for outputs at lambdas[j].
std::vector<double> adams_coefficients(const Step& st, double c, const std::vector<double>& lambdas) {
  std::vector<double> places;
  for (const double lambda : lambdas) places.push_back((lambda - st.lambda_t) / st.h);
  std::vector<double> b = exponential_weights(-c * st.h, places);
  for (double& b_j : b) b_j *= st.alpha_s * c * st.h;
  return b;
}

class SaSolver final : public Solver {
 public:
  explicit SaSolver(const SaParameters& parameters)
      : p_(parameters),
        history_(static_cast<std::size_t>(std::max(parameters.predictor_order, parameters.corrector_order - 1))) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("sa_solver", path, grid, prediction, {Prediction::sample});
    history_.clear();
    last_.reset();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(path.lambda(estimate.t()).value, estimate.x0());
  }

  Tensor step(Trajectory& trajectory, const Tensor& predicted) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(predicted, st.t);
    if (st.sigma_s == 0.0) return ddim_step(st, hat);
    const Tensor x0_t = hat.x0();
    const Tensor x = last_ ? corrected(x0_t) : predicted;
    history_.add(st.lambda_t, x0_t);
    last_.reset();
    if (st.unbounded()) return ddim_step(st, hat);

    const double at = network_time(path, st.t);
    const double tau = at >= p_.tau_start && at <= p_.tau_end ? p_.tau : 0.0;
    const int left = p_.lower_order_final ? trajectory.grid().steps() - trajectory.step() : 100;
    const int order = std::min({p_.predictor_order, static_cast<int>(history_.size()), left});
    std::vector<double> lambdas;
    std::vector<Tensor> outputs;
    for (std::size_t j = 0; j < static_cast<std::size_t>(order); ++j) {
      lambdas.push_back(history_[j].at);
      outputs.push_back(history_[j].value);
    }
    const double c = 1.0 + tau * tau;
    std::vector<double> b = adams_coefficients(st, c, lambdas);
    if (p_.published && order == 2) {
      b[1] = -st.alpha_s * c * st.h * st.h / 2.0 / (lambdas[0] - lambdas[1]);
      b[0] = -st.alpha_s * math::expm1(-c * st.h) - b[1];
    }
    const Tensor z = tau > 0.0 ? trajectory.noise(x, tau) : Tensor();
    // What the corrector of this step will need; it uses at most one output more than there are now.
    const int corrector_order = std::min({p_.corrector_order, static_cast<int>(history_.size()) + 1, left + 1});
    if (corrector_order > 0) last_.emplace(Last{st, x, z, tau, corrector_order});
    return moved(st, x, z, tau, b, outputs);
  }

 private:
  struct Last {
    Step step;
    Tensor x, z;
    double tau;
    int corrector_order;
  };

  static Tensor moved(const Step& st, const Tensor& x, const Tensor& z, double tau, const std::vector<double>& b,
                      const std::vector<Tensor>& outputs) {
    std::vector<Term> terms = {{st.sigma_s / st.sigma_t * math::exp(-tau * tau * st.h), x}};
    for (std::size_t j = 0; j < b.size(); ++j) terms.push_back({b[j], outputs[j]});
    if (tau > 0.0) terms.push_back({st.sigma_s * std::sqrt(-math::expm1(-2.0 * tau * tau * st.h)), z});
    return combine(terms);
  }

  // The last step's end once more, with the output there.
  Tensor corrected(const Tensor& x0_s) const {
    const Step& st = last_->step;
    const double c = 1.0 + last_->tau * last_->tau;
    std::vector<double> lambdas = {st.lambda_s};
    std::vector<Tensor> outputs = {x0_s};
    for (std::size_t j = 0; j + 1 < static_cast<std::size_t>(last_->corrector_order); ++j) {
      lambdas.push_back(history_[j].at);
      outputs.push_back(history_[j].value);
    }
    std::vector<double> b = adams_coefficients(st, c, lambdas);
    if (p_.published && lambdas.size() == 2) {
      b[0] = st.alpha_s * c * st.h / 2.0;
      b[1] = -st.alpha_s * math::expm1(-c * st.h) - b[0];
    }
    return moved(st, last_->x, last_->z, last_->tau, b, outputs);
  }

  SaParameters p_;
  History history_;
  std::optional<Last> last_;
};

OrderClaim adams(double order, int predictor, int corrector, int history) {
  return {.order = order,
          .parameters = {{"predictor_order", std::int64_t{predictor}},
                         {"corrector_order", std::int64_t{corrector}},
                         {"tau", 0.0},
                         {"lower_order_final", false}},
          .history = history};
}

OrderClaim stochastic(double order, const char* kind, int predictor, int corrector, double tau) {
  return {.order = order,
          .parameters = {{"predictor_order", std::int64_t{predictor}},
                         {"corrector_order", std::int64_t{corrector}},
                         {"tau", tau},
                         {"tau_start", 0.0},
                         {"tau_end", 1.0},
                         {"lower_order_final", false}},
          .kind = kind,
          .nu = tau};
}

const Register<Solver> sa_solver{
    {.name = "sa_solver",
     .order = "1 to 4 at tau = 0; 1 strong, 1 or 2 weak",
     .evaluations = "1",
     .paper = "Xue et al. 2023 (SA-Solver), SA-Predictor and SA-Corrector",
     .summary = "Adams methods in lambda for the SDE with tau times the reverse SDE's noise: predictor, corrector.",
     .formula = "x_s = (sigma_s/sigma_t) e^(-tau^2 h) x_t + sum_j b_j x0_j + sigma_s sqrt(1 - e^(-2 tau^2 h)) z\n"
                "b_j = alpha_s (1 + tau^2) int_{lambda_t}^{lambda_s} e^(-(1 + tau^2)(lambda_s - lambda)) l_j dlambda"
                "\norder: predictor_order, with the corrector min(corrector_order, predictor_order + 1), at tau = "
                "0;\n1 strong and 1 (one output) or 2 weak (on Gaussian data) with noise",
     .parameters = {{.name = "predictor_order",
                     .default_value = std::int64_t{2},
                     .meaning = "outputs that the predictor uses",
                     .min = 1,
                     .max = 3},
                    {.name = "corrector_order",
                     .default_value = std::int64_t{2},
                     .meaning = "outputs that the corrector uses, the new one among them; 0: no corrector",
                     .min = 0,
                     .max = 4},
                    {.name = "tau",
                     .default_value = 1.0,
                     .meaning = "noise of the family (nu): 0 the ODE, 1 the reverse SDE",
                     .min = 0,
                     .max = 10},
                    {.name = "tau_start",
                     .default_value = 0.2,
                     .meaning = "tau holds from this time on (as a network is told it, in [0, 1]), below it is 0",
                     .min = 0,
                     .max = 1},
                    {.name = "tau_end",
                     .default_value = 0.8,
                     .meaning = "tau holds up to this time, above it is 0",
                     .min = 0,
                     .max = 1},
                    {.name = "lower_order_final",
                     .default_value = true,
                     .meaning = "use no higher order than there are steps left (corrector: one more)"},
                    {.name = "compat",
                     .default_value = std::string("none"),
                     .meaning = "published: the authors' change of the order-2 coefficients",
                     .choices = {"none", "published"}}},
     .orders = {adams(1, 1, 0, 0), adams(2, 2, 0, 1), adams(3, 3, 0, 2), adams(2, 1, 2, 0), adams(3, 2, 3, 1),
                adams(4, 3, 4, 2), stochastic(1, "strong", 1, 0, 1.0), stochastic(1, "weak", 1, 0, 1.0),
                stochastic(2, "weak", 1, 2, 1.0), stochastic(2, "weak", 2, 0, 1.0), stochastic(2, "weak", 1, 2, 0.5)}},
    [](const Parameters& p) {
      if (p.number("tau_start") > p.number("tau_end"))
        throw InputError("solver 'sa_solver': tau_start " + value_text(p.number("tau_start")) + " is above tau_end " +
                         value_text(p.number("tau_end")));
      return std::make_unique<SaSolver>(SaParameters{.predictor_order = static_cast<int>(p.integer("predictor_order")),
                                                     .corrector_order = static_cast<int>(p.integer("corrector_order")),
                                                     .tau = p.number("tau"),
                                                     .tau_start = p.number("tau_start"),
                                                     .tau_end = p.number("tau_end"),
                                                     .lower_order_final = p.boolean("lower_order_final"),
                                                     .published = p.text("compat") == "published"});
    }};

}  // namespace
}  // namespace ito
