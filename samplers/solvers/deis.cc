// Zhang, Chen 2023 (DEIS), eq. 14-15 (tAB) and section 4 (rhoAB), multistep, in eps, for a step t -> s with the outputs
// eps_j at t = t_0 and before it, t_1, ..., t_r. On any path x/alpha moves with rho = sigma/alpha:
//
//   x_s = (alpha_s/alpha_t) x_t + sum_j C_j eps_j,   C_j = alpha_s int_{rho_t}^{rho_s} l_j(.) d rho
//
// where l_j is Lagrange's polynomial through t_0 .. t_r in
//
//   tab       the path's time:     C_j = -sigma_s int_0^h e^{h - u} l_j(t(lambda_t + u)) du,  h = lambda_s - lambda_t
//   rhoab     rho (Adams-Bashforth on any places; linear multistep):  int of a polynomial
//   logrhoab  log rho = -lambda (diffusers' DEIS):  C_j = -sigma_s h int_0^1 e^{h (1 - v)} l_j dv, by phi functions
//
// order = r + 1; of order 1 all three are DDIM. rhoab and logrhoab are exact to rounding. tab's integral is taken by
// Gauss-Legendre in lambda, 8 points on pieces of at most 1/2: t(lambda) has its poles at least pi/2 off the real axis
// on every smooth path, which leaves an error below 1e-15 of the largest C_j; on a path with corners (discretised), of
// second order in the distance of its knots.
//
// The first step has no past and is DDIM; the order grows by one a step. Towards the end, if lower_order_final is on
// and there are fewer than 15 steps, it is at most the number of steps left. A step from pure noise (alpha_t = 0) is
// DDIM and its output is not kept; a step to the clean end is x_s = alpha_s x_0-hat.
#include <algorithm>
#include <cmath>
#include <vector>

#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/quadrature.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

constexpr double kPiece = 0.5;

enum class Variable : unsigned char { time, ratio, log_ratio };

class Deis final : public Solver {
 public:
  Deis(Variable variable, int order, bool lower_order_final)
      : variable_(variable), order_(order), lower_order_final_(lower_order_final) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("deis", path, grid, prediction, {Prediction::sample, Prediction::eps});
    outputs_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    if (path.alpha(estimate.t()) != 0.0) outputs_.add(place(path, estimate.t()), estimate.eps());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    const Tensor x0_t = hat.x0();
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, x0_t}});
    const Tensor eps_t = hat.eps();
    if (st.unbounded()) return combine({{st.alpha_s, x0_t}, {st.sigma_s, eps_t}});

    outputs_.add(place(path, st.t), eps_t);
    int order = std::min(order_, static_cast<int>(outputs_.size()));
    if (lower_order_final_) order = order_left(trajectory, order);
    if (order == 1) return combine({{st.alpha_s, x0_t}, {st.sigma_s, eps_t}});
    std::vector<double> at;
    for (int j = 0; j < order; ++j) at.push_back(outputs_[static_cast<std::size_t>(j)].at);
    const std::vector<double> C = coefficients(path, st, at);
    std::vector<Term> terms{{st.alpha_s / st.alpha_t, x}};
    for (std::size_t j = 0; j < C.size(); ++j) terms.push_back({C[j], outputs_[j].value});
    return combine(terms);
  }

 private:
  double place(const Path& path, Time t) const {
    if (variable_ == Variable::time) return t.value;
    return variable_ == Variable::ratio ? path.sigma(t) / path.alpha(t) : path.lambda(t).value;
  }

  // C_j, outputs standing at[j] in the polynomial's variable; the variable is scaled to v = 0 at t and 1 at s.
  std::vector<double> coefficients(const Path& path, const Step& st, const std::vector<double>& at) const {
    const double length = place(path, st.s) - at[0];
    std::vector<double> v;
    for (const double place : at) v.push_back((place - at[0]) / length);
    if (variable_ == Variable::time) return quadrature(path, st, v);
    const bool ratio = variable_ == Variable::ratio;
    std::vector<double> C = exponential_weights(ratio ? 0.0 : st.h, v);
    for (double& c : C) c *= ratio ? st.alpha_s * length : -st.sigma_s * st.h;
    return C;
  }

  static std::vector<double> quadrature(const Path& path, const Step& st, const std::vector<double>& v) {
    std::vector<std::vector<double>> l;
    for (std::size_t j = 0; j < v.size(); ++j) l.push_back(lagrange_coefficients(v, j));
    std::vector<double> C(v.size(), 0.0);
    const int pieces = static_cast<int>(std::ceil(st.h / kPiece));
    const double half = 0.5 * st.h / pieces;
    for (int i = 0; i < pieces; ++i)
      for (std::size_t n = 0; n < 4; ++n)
        for (const double sign : {-1.0, 1.0}) {
          const double u = (2 * i + 1 + sign * kGaussNodes[n]) * half;
          const double at = (path.time(Lambda(st.lambda_t + u)).value - st.t.value) / (st.s.value - st.t.value);
          const double weight = -st.sigma_s * half * kGaussWeights[n] * math::exp(st.h - u);
          for (std::size_t j = 0; j < v.size(); ++j) {
            double value = 0;
            for (std::size_t k = v.size(); k-- > 0;) value = std::fma(value, at, l[j][k]);
            C[j] = std::fma(weight, value, C[j]);
          }
        }
    return C;
  }

  Variable variable_;
  int order_;
  bool lower_order_final_;
  History outputs_{4};
};

// On any smooth grid: tab's higher orders are told in equal steps of lambda, where its places are uneven; equal steps
// of edm's time take thousands before order 4 shows.
std::vector<OrderClaim> deis_orders() {
  std::vector<OrderClaim> claims;
  const auto claim = [&](const char* variant, const char* clock, std::int64_t order) {
    claims.push_back({.order = static_cast<double>(order),
                      .parameters = {{"variant", std::string(variant)}, {"order", order}, {"lower_order_final", false}},
                      .clock = clock,
                      .history = static_cast<int>(order) - 1});
  };
  for (std::int64_t order = 4; order >= 2; --order) {
    claim("tab", "lambda", order);
    claim("rhoab", "ratio", order);
    claim("logrhoab", "lambda", order);
  }
  claim("tab", "time", 2);
  claim("tab", "time", 1);
  return claims;
}

const Register<Solver> deis{
    {.name = "deis",
     .order = "1 to 4",
     .evaluations = "1",
     .paper = "Zhang, Chen 2023 (DEIS), eq. 14-15 and section 4",
     .summary = "Exponential Adams-Bashforth method on the predicted eps, extrapolated by a polynomial in time, "
                "sigma/alpha or its logarithm. Starts with DDIM and grows; lower_order_final shrinks it to DDIM at the "
                "end.",
     .formula = "x_s = (alpha_s/alpha_t) x_t + sum_j C_j eps_j,  C_j = alpha_s int_{rho_t}^{rho_s} l_j d rho,  "
                "rho = sigma/alpha\n"
                "l_j: Lagrange's polynomial through the last r + 1 outputs in t (tab), rho (rhoab), log rho (logrhoab)",
     .parameters = {{.name = "variant",
                     .default_value = std::string("tab"),
                     .meaning = "the polynomial's variable: time, sigma/alpha, or its logarithm (diffusers)",
                     .choices = {"tab", "rhoab", "logrhoab"}},
                    {.name = "order",
                     .default_value = std::int64_t{4},
                     .meaning = "outputs in the polynomial, r + 1 (tAB-3 of the paper is tab of order 4)",
                     .min = 1,
                     .max = 4},
                    lower_order_final_parameter()},
     .orders = deis_orders()},
    [](const Parameters& parameters) {
      const std::string& variant = parameters.text("variant");
      const Variable variable = variant == "tab"     ? Variable::time
                                : variant == "rhoab" ? Variable::ratio
                                                     : Variable::log_ratio;
      return std::make_unique<Deis>(variable, static_cast<int>(parameters.integer("order")),
                                    parameters.boolean("lower_order_final"));
    }};

}  // namespace
}  // namespace ito
