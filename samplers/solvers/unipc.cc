// Zhao, Bai, Rao, Zhou, Lu 2023 (UniPC), algorithms 5-8, multistep, for a step t -> s with h = lambda_s - lambda_t, in
// x_0 (or in eps, with h for -h, alpha for sigma, and - sigma_s for alpha_s). Outputs m_j = x_0-hat at the places
// v_j = (lambda_j - lambda_t)/h of this step, D_j = m_j - m_t:
//
//   UniP-p   x_s = (sigma_s/sigma_t) x_t + alpha_s h [phi_1(-h) m_t + sum_j w_j D_j],   j = the p - 1 outputs before t
//   UniC-p   the same with the output at s itself, v = 1, for one more: x_s again, now of order p + 1
//   sum_j w_j v_j^k = k! phi_{k+1}(-h),  k = 1, 2, ...            (eq. 5: R a B(h) = phi, w = a B(h)/(h v))
//
// B(h) cancels out of w wherever eq. 5 is solved: w are the weights of the polynomial through the outputs. It is seen
// in UniP-2 and UniC-1 alone, where the authors put a = 1/2: w = B(h)/(2 h v), with B(h) = h (bh1) or e^h - 1 (bh2; in
// x_0 its size is 1 - e^{-h}). UniP-1 = DDIM, UniP-2 with bh2 = DPM-Solver++ 2M, UniP-3 = DPM-Solver++ 3M (with D2
// right).
//
// One evaluation a step: the model is asked at the predicted x_s, at the start of the next step, and what it says there
// corrects x_s before the next step leaves it; it is not asked again. So the states at the grid's times are predicted
// ones, and the last is never corrected (algorithm 5's note; an uncorrected last step keeps order p + 1).
//
// The first step has no past and is UniP-1, corrected by UniC-1; p grows by one a step. Towards the end, if
// lower_order_final is on, p is at most the number of steps left (diffusers does so for any number of steps); so the
// last step is DDIM. A step from pure noise (alpha_t = 0) is DDIM, is not corrected, and its output is not kept; a step
// to the clean end is x_s = alpha_s x_0-hat.
#include <optional>
#include <vector>

#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/history.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

struct UniPcOptions {
  int order;
  bool corrector, bh1;
  Prediction output;  // sample or eps
  bool lower_order_final;
};

class UniPc final : public Solver {
 public:
  explicit UniPc(const UniPcOptions& options) : options_(options) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    if (options_.output == Prediction::sample)
      check_reads("unipc", path, grid, prediction, {Prediction::sample});
    else
      check_reads("unipc", path, grid, prediction, {Prediction::sample, Prediction::eps});
    outputs_.clear();
    last_.reset();
  }

  void remember(const Path& path, const Estimate& estimate) override {
    outputs_.add(path.lambda(estimate.t()).value, estimate.as(options_.output));
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Step st(trajectory.path(), trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, hat.x0()}});
    if (st.unbounded()) return combine({{st.alpha_s, hat.x0()}, {st.sigma_s, hat.eps()}});

    const Tensor m_t = hat.as(options_.output);
    const Tensor x_t = last_ ? advance(last_->st, last_->x, last_->order, &m_t) : x;
    outputs_.add(st.lambda_t, m_t);
    int p = std::min(options_.order, static_cast<int>(outputs_.size()));
    if (options_.lower_order_final) p = std::min(p, trajectory.grid().steps() - trajectory.step());
    if (options_.corrector) last_ = Last{st, x_t, p};
    return advance(st, x_t, p, nullptr);
  }

 private:
  struct Last {
    Step st;
    Tensor x;  // at st.t
    int order;
  };

  // UniP-p, or with m_s UniC-p: outputs_[0] is m_t.
  Tensor advance(const Step& st, const Tensor& x_t, int p, const Tensor* m_s) const {
    const bool data = options_.output == Prediction::sample;
    const double z = data ? -st.h : st.h;
    const double of_x = data ? st.sigma_s / st.sigma_t : st.alpha_s / st.alpha_t;
    const double of_outputs = (data ? st.alpha_s : -st.sigma_s) * st.h;
    std::vector<double> v;
    std::vector<Tensor> m;
    for (int j = 0; j < p; ++j) {
      v.push_back((outputs_[static_cast<std::size_t>(j)].at - st.lambda_t) / st.h);
      m.push_back(outputs_[static_cast<std::size_t>(j)].value);
    }
    if (m_s) {
      v.push_back(1.0);
      m.push_back(*m_s);
    }
    const std::vector<double> w = weights(z, v);
    std::vector<Term> terms{{of_x, x_t}};
    for (std::size_t j = 0; j < w.size(); ++j) terms.push_back({of_outputs * w[j], m[j]});
    return combine(terms);
  }

  // Of m_j, not of D_j: the first is phi_1 - sum_j w_j.
  std::vector<double> weights(double z, const std::vector<double>& v) const {
    if (v.size() != 2) return exponential_weights(z, v);
    const double w = (options_.bh1 ? 1.0 : phi(1, z)) / (2.0 * v[1]);
    return {phi(1, z) - w, w};
  }

  UniPcOptions options_;
  History outputs_{3};
  std::optional<Last> last_;  // the step before, to be corrected
};

// p from 1 to 3, each with and without its corrector, and with the B(h) that shows.
std::vector<OrderClaim> unipc_orders() {
  std::vector<OrderClaim> claims;
  const auto claim = [&](double order, std::int64_t p, bool corrector, const char* variant, const char* output) {
    claims.push_back({.order = order,
                      .parameters = {{"order", p},
                                     {"corrector", corrector},
                                     {"variant", std::string(variant)},
                                     {"output", std::string(output)},
                                     {"lower_order_final", false}},
                      .history = static_cast<int>(p) - 1});
  };
  for (const char* variant : {"bh2", "bh1"})
    for (std::int64_t p = 1; p <= 3; ++p) {
      claim(static_cast<double>(p), p, false, variant, "sample");
      claim(static_cast<double>(p + 1), p, true, variant, "sample");
    }
  for (std::int64_t p = 1; p <= 3; ++p) {
    claim(static_cast<double>(p), p, false, "bh2", "eps");
    claim(static_cast<double>(p + 1), p, true, "bh2", "eps");
  }
  return claims;
}

const Register<Solver> unipc{
    {.name = "unipc",
     .order = "p + 1 with the corrector, p without",
     .evaluations = "1",
     .paper = "Zhao et al. 2023 (UniPC), eq. 5, algorithms 5-8",
     .summary = "Exponential predictor-corrector in lambda: each prediction is corrected by the evaluation that the "
                "next step makes anyway. Starts with order 1 and grows; the last step is not corrected, and "
                "lower_order_final makes it DDIM.",
     .formula = "x_s = (sigma_s/sigma_t) x_t + alpha_s h [phi_1(-h) m_t + sum_j w_j (m_j - m_t)],\n"
                "sum_j w_j v_j^k = k! phi_{k+1}(-h),  v_j = (lambda_j - lambda_t)/h\n"
                "predictor: j over the p - 1 outputs before t;  corrector: and the output at s (v = 1)\n"
                "one unknown: w = B(h)/(2 h v),  B(h) = h (bh1) or 1 - e^(-h) (bh2)",
     .parameters = {{.name = "order",
                     .default_value = std::int64_t{2},
                     .meaning = "p, the predictor's order",
                     .min = 1,
                     .max = 3},
                    {.name = "corrector", .default_value = true, .meaning = "false: the predictor alone (UniP)"},
                    {.name = "variant",
                     .default_value = std::string("bh2"),
                     .meaning = "B(h), which shows in the predictor of p = 2 and the corrector of p = 1 alone",
                     .choices = {"bh1", "bh2"}},
                    {.name = "output",
                     .default_value = std::string("sample"),
                     .meaning = "which of the model's predictions is extrapolated",
                     .choices = {"sample", "eps"}},
                    {.name = "lower_order_final",
                     .default_value = true,
                     .meaning = "p is at most the number of steps left, for stability"}},
     .orders = unipc_orders()},
    [](const Parameters& parameters) {
      return std::make_unique<UniPc>(UniPcOptions{
          .order = static_cast<int>(parameters.integer("order")),
          .corrector = parameters.boolean("corrector"),
          .bh1 = parameters.text("variant") == "bh1",
          .output = parameters.text("output") == "eps" ? Prediction::eps : Prediction::sample,
          .lower_order_final = parameters.boolean("lower_order_final"),
      });
    }};

}  // namespace
}  // namespace ito
