// Cui, Zhang, Lu, Liao 2023 (ER-SDE-Solver), ER-SDE-Solver-1, 2 and 3, for a step t -> s. With the state
// y = x/alpha and the ratio q = sigma/alpha (the paper's VP form; on VE y = x and q = sigma), every reverse SDE with
// the path's marginals is given by a function phi, phi/q not falling:
//
//   y_s = (phi_s/phi_t) y_t + phi_s int_{q_s}^{q_t} phi'(q)/phi(q)^2 x_0-hat(q) dq + q_s sqrt(1 - rho^2) z
//   rho = (phi_s/q_s)/(phi_t/q_t)                       (their variance: q_s^2 - q_t^2 (phi_s/phi_t)^2)
//
//   noise_scale = "er_sde_5":  phi = q (e^(q^0.3) + 10)      the paper's recommendation: little noise late
//   noise_scale = "power":     phi = q^(1 + nu^2)            the nu-family: nu = 0 the ODE, 1 the reverse SDE
//
// x_0-hat(q) is the polynomial through the outputs at t and before, in q: one (order 1), two or three of them. Their
// algorithms take a Taylor polynomial whose first derivative is the backward difference of the last two outputs at
// every order; at order 3 that leaves an error of second order, and the order of the published formula is 2 (compat =
// "published"). Their code also sums the integrals with 100 points from one end (error O(h/100), so in the limit of
// many steps its order is 1) and drops a noise whose variance is below 1e-6; here the integrals are exact.
//
// Starts with as many outputs as there are. A step to the clean end is alpha_s x_0-hat; one from pure noise ddim's,
// without noise. Order 1 with "power", nu = 0 is ddim; nu = 1 ddim with eta = 1.
#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/quadrature.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

// phi, as what the formulas need of it, at log q.
struct NoiseScale {
  bool er_sde_5;
  double nu;

  // log of (phi/q at `to`) / (phi/q at `from`), to <= from: log rho, at most 0.
  double log_rho(double from, double to) const {
    if (!er_sde_5) return nu * nu * (to - from);
    const double a = math::exp(0.3 * to), b = math::exp(0.3 * from);  // q^0.3
    // (e^a + 10)/(e^b + 10) without overflow.
    return math::log1p(math::expm1(a - b) / (1.0 + 10.0 * math::exp(-b)));
  }
  // d log phi / d log q = 1 + nu^2, nu^2 that of the SDE at this q.
  double slope(double log_q) const {
    if (!er_sde_5) return 1.0 + nu * nu;
    const double a = math::exp(0.3 * log_q);
    return 1.0 + 0.3 * a / (1.0 + 10.0 * math::exp(-a));
  }
};

class ErSde final : public Solver {
 public:
  ErSde(int order, NoiseScale scale, bool published)
      : scale_(scale), published_(published), history_(static_cast<std::size_t>(order)) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("er_sde", path, grid, prediction, {Prediction::sample});
    history_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(path.lambda(estimate.t()).value, estimate.x0());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);
    history_.add(st.lambda_t, hat.x0());

    const double log_rho = scale_.log_rho(-st.lambda_t, -st.lambda_s);
    const std::vector<double> b = coefficients(st);
    std::vector<Term> terms = {{st.alpha_s / st.alpha_t * math::exp(log_rho - st.h), x}};
    for (std::size_t j = 0; j < b.size(); ++j) terms.push_back({st.alpha_s * b[j], history_[j].value});
    if (log_rho < 0.0)
      terms.push_back({st.sigma_s * std::sqrt(-math::expm1(2.0 * log_rho)), trajectory.noise(x, scale_.nu)});
    return combine(terms);
  }

 private:
  // Of each output in the integral, with the places of outputs as v = q/q_t - 1, from v_s to 0:
  //   phi_s phi'(q)/phi(q)^2 dq = slope phi_s/phi(q) dlog q
  std::vector<double> coefficients(const Step& st) const {
    const auto integral_of = [&](auto polynomial) {
      const auto integrand = [&](double w) {  // w = log(q/q_t), from -h to 0
        const double log_q = w - st.lambda_t;
        const double weight = math::exp(scale_.log_rho(log_q, -st.lambda_s) - (w + st.h));
        return scale_.slope(log_q) * weight * polynomial(math::expm1(w));
      };
      return integral(integrand, -st.h, 0.0, std::fmin(0.25, 1.0 / scale_.slope(-st.lambda_t)));
    };
    std::vector<double> nodes;
    for (std::size_t j = 0; j < history_.size(); ++j) nodes.push_back(math::expm1(st.lambda_t - history_[j].at));
    if (published_ && nodes.size() == 3) return published_coefficients(nodes, integral_of);
    std::vector<double> b;
    for (std::size_t j = 0; j < nodes.size(); ++j)
      b.push_back(integral_of([&](double v) { return lagrange(nodes, j, v); }));
    return b;
  }

  // x0_0 + v D + v^2/2 U,  U = 2 (D - D_1)/(v_0 - v_2),
  //   D = (x0_0 - x0_1)/(v_0 - v_1),  D_1 = (x0_1 - x0_2)/(v_1 - v_2)
  template <class IntegralOf>
  static std::vector<double> published_coefficients(const std::vector<double>& nodes, const IntegralOf& integral_of) {
    const double d0 = nodes[0] - nodes[1], d1 = nodes[1] - nodes[2], d2 = nodes[0] - nodes[2];
    const double of_x0 = integral_of([](double) { return 1.0; }), of_D = integral_of([](double v) { return v; });
    const double of_U = integral_of([](double v) { return 0.5 * v * v; });
    const double of_first = of_D + 2.0 * of_U / d2, of_second = -2.0 * of_U / d2;
    return {of_x0 + of_first / d0, -of_first / d0 + of_second / d1, -of_second / d1};
  }

  NoiseScale scale_;
  bool published_;
  History history_;
};

OrderClaim claim(double order, int stage, double nu, const char* kind, int history = 0, const char* compat = "none") {
  return {.order = order,
          .parameters = {{"order", std::int64_t{stage}},
                         {"noise_scale", std::string("power")},
                         {"nu", nu},
                         {"compat", std::string(compat)}},
          .history = history,
          .kind = kind,
          .nu = nu};
}

const Register<Solver> er_sde{
    {.name = "er_sde",
     .order = "1 to 3 at nu = 0; 1 strong, 1 or 2 weak",
     .evaluations = "1",
     .paper = "Cui et al. 2023 (ER-SDE-Solver), ER-SDE-Solver-1 to 3 for VE and VP",
     .summary = "Multistep method in sigma/alpha for reverse SDEs whose noise is a chosen function of the noise level.",
     .formula =
         "q = sigma/alpha:  x_s/alpha_s = (phi_s/phi_t) x_t/alpha_t + phi_s int_{q_s}^{q_t} phi'/phi^2 x_0-hat dq"
         "\n                 + sqrt(q_s^2 - q_t^2 (phi_s/phi_t)^2) z\n"
         "er_sde_5: phi = q (e^(q^0.3) + 10);  power: phi = q^(1 + nu^2)"
         "\norder at nu = 0 (2 for the published third); with noise 1 strong, and 1, 2, 2 weak (on Gaussian data)",
     .parameters = {{.name = "order",
                     .default_value = std::int64_t{3},
                     .meaning = "outputs that the polynomial goes through",
                     .min = 1,
                     .max = 3},
                    {.name = "noise_scale",
                     .default_value = std::string("er_sde_5"),
                     .meaning = "the function phi: the paper's choice, or a power",
                     .choices = {"er_sde_5", "power"}},
                    {.name = "nu",
                     .default_value = 1.0,
                     .meaning = "noise of the family for noise_scale = power: 0 the ODE, 1 the reverse SDE",
                     .min = 0,
                     .max = 10},
                    {.name = "compat",
                     .default_value = std::string("none"),
                     .meaning = "published: the paper's Taylor polynomial at order 3, whose order is 2",
                     .choices = {"none", "published"}}},
     .orders = {claim(1, 1, 0.0, "ode"), claim(2, 2, 0.0, "ode", 1), claim(3, 3, 0.0, "ode", 2),
                claim(2, 3, 0.0, "ode", 2, "published"), claim(1, 1, 1.0, "strong"), claim(1, 1, 1.0, "weak"),
                claim(1, 1, 0.5, "weak"), claim(2, 2, 1.0, "weak"), claim(2, 2, 0.5, "weak")}},
    [](const Parameters& p) {
      const bool er_sde_5 = p.text("noise_scale") == "er_sde_5";
      return std::make_unique<ErSde>(static_cast<int>(p.integer("order")),
                                     NoiseScale{.er_sde_5 = er_sde_5, .nu = er_sde_5 ? 1.0 : p.number("nu")},
                                     p.text("compat") == "published");
    }};

}  // namespace
}  // namespace ito
