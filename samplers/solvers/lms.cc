// The linear multistep method of Crowson's k-diffusion (sample_lms; diffusers' LMSDiscrete): Adams-Bashforth with
// variable steps in r = sigma/alpha for x/alpha. With the outputs eps_0 of this step, eps_1, ... of those before it, at
// r_0 = r_t, r_1, ...:
//
//   x_s = (alpha_s/alpha_t) x_t + alpha_s sum_j c_j eps_j
//   c_j = integral from r_t to r_s of L_j(r) dr,   L_j(r) = prod over k != j of (r - r_k)/(r_j - r_k)
//
// The same as DEIS's rho-AB (Zhang, Chen 2023, section 3) of degree order - 1. The integrals are exact here; the
// published codes integrate numerically, to 1e-4. The first steps, which have fewer outputs behind them, use those that
// there are (order 1: DDIM); so does the step after pure noise, which is DDIM's and leaves no output (r infinite). The
// step to the clean end is alpha_s x_0-hat.
#include <array>
#include <vector>

#include "autograd/arithmetic.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

// Integrals over [0, 1] of the Lagrange polynomials of `nodes` (at most 4), by their coefficients.
std::vector<double> lagrange_integrals(const std::vector<double>& nodes) {
  std::vector<double> integrals;
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    std::array<double, 4> polynomial{1.0};  // ascending powers
    std::size_t degree = 0;
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if (k == j) continue;
      const double scale = 1.0 / (nodes[j] - nodes[k]);
      ++degree;
      for (std::size_t m = degree + 1; m-- > 0;)
        polynomial[m] = scale * ((m > 0 ? polynomial[m - 1] : 0.0) - nodes[k] * polynomial[m]);
    }
    double integral = 0;
    for (std::size_t m = degree + 1; m-- > 0;) integral += polynomial[m] / static_cast<double>(m + 1);
    integrals.push_back(integral);
  }
  return integrals;
}

class Lms final : public Solver {
 public:
  explicit Lms(std::int64_t order) : history_(static_cast<std::size_t>(order - 1)) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("lms", path, grid, prediction, {Prediction::sample, Prediction::eps});
    history_.clear();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    history_.add(ratio(path, estimate.t()), estimate.eps());
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);

    // In u = (r - r_t)/(r_s - r_t) the step is [0, 1], this output stands at 0 and those before at u < 0.
    const RatioStep in_ratio(path, st.t, st.s);
    const double r_t = ratio(path, st.t), width = ratio(path, st.s) - r_t;
    const Tensor eps_t = hat.eps();
    std::vector<double> nodes{0.0};
    for (std::size_t k = 0; k < history_.size(); ++k) nodes.push_back((history_[k].at - r_t) / width);
    const std::vector<double> c = lagrange_integrals(nodes);
    std::vector<Term> terms{{in_ratio.of_x, x}, {in_ratio.of_eps * c[0], eps_t}};
    for (std::size_t k = 0; k < history_.size(); ++k) terms.push_back({in_ratio.of_eps * c[k + 1], history_[k].value});
    history_.add(r_t, eps_t);
    return combine(terms);
  }

 private:
  History history_;
};

std::vector<OrderClaim> claims() {
  std::vector<OrderClaim> orders;
  for (int order = 1; order <= 4; ++order)
    orders.push_back({.order = static_cast<double>(order),
                      .parameters = {{"order", std::int64_t{order}}},
                      .clock = "lambda",
                      .history = order - 1});
  return orders;
}

const Register<Solver> lms{
    {.name = "lms",
     .order = "1 to 4",
     .evaluations = "1",
     .paper = "Crowson 2022 (k-diffusion, sample_lms); Zhang, Chen 2023 (DEIS), rho-AB",
     .summary = "Adams-Bashforth with variable steps in sigma/alpha: eps is extrapolated by a polynomial, exactly "
                "integrated.",
     .formula = "x_s = (alpha_s/alpha_t) x_t + alpha_s sum_j c_j eps_j,  r = sigma/alpha,\n"
                "c_j = integral from r_t to r_s of prod over k != j of (r - r_k)/(r_j - r_k)",
     .parameters = {{.name = "order",
                     .default_value = std::int64_t{4},
                     .meaning = "outputs that a step uses, its own and order - 1 before it",
                     .min = 1,
                     .max = 4}},
     .orders = claims()},
    [](const Parameters& parameters) { return std::make_unique<Lms>(parameters.integer("order")); }};

}  // namespace
}  // namespace ito
