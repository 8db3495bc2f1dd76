// Lu, Zhou, Bao, Chen, Li, Zhu 2022 (DPM-Solver), algorithms 4 (order 2) and 5 (order 3), singlestep, in eps, for a
// step t -> s with h = lambda_s - lambda_t and times s_i = t(lambda_t + r_i h) inside it:
//
//   order 1   x_s = (alpha_s/alpha_t) x_t - sigma_s (e^h - 1) eps_t = alpha_s x0_t + sigma_s eps_t     (3.7; DDIM)
//   order 2   u   = order 1 from t to s_1,   D_1 = eps(u, s_1) - eps_t
//             x_s = (order 1) - sigma_s (e^h - 1)/(2 r_1) D_1
//   order 3   u_1 = order 1 from t to s_1,   D_1 = eps(u_1, s_1) - eps_t
//             u_2 = (order 1 to s_2) - sigma_{s_2} (r_2/r_1) ((e^{r_2 h} - 1)/(r_2 h) - 1) D_1
//             D_2 = eps(u_2, s_2) - eps_t,   x_s = (order 1) - sigma_s/r_2 ((e^h - 1)/h - 1) D_2
//
// The papers' r_1: 1/2 (order 2), 1/3 (order 3), r_2 = 2/3. Order 3 holds for any r_1 but for r_2 = 2/3 alone (else 2):
// D_2 must carry eps'' with weight r_2/4 = 1/6. Order 1 is written as DDIM's step, which does not cancel where alpha_t
// is small. Every step stands alone: no start, no end; a step from pure noise (alpha_t = 0) or to the clean end is of
// order 1 and takes one evaluation.
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/exponential_weights.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class DpmSolver final : public Solver {
 public:
  DpmSolver(int order, double r_1, double r_2) : order_(order), r_1_(r_1), r_2_(r_2) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("dpm_solver", path, grid, prediction, {Prediction::sample, Prediction::eps});
    if (order_ > 1) check_reads_inside("dpm_solver", path, grid, prediction, {Prediction::eps}, {r_1_});
    if (order_ > 2) check_reads_inside("dpm_solver", path, grid, prediction, {Prediction::eps}, {r_2_});
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    const Tensor x0_t = hat.x0();
    if (st.sigma_s == 0.0) return combine({{st.alpha_s, x0_t}});
    const Tensor eps_t = hat.eps();
    if (order_ == 1 || st.unbounded()) return combine({{st.alpha_s, x0_t}, {st.sigma_s, eps_t}});

    const double h = st.h;
    const Time s_1 = st.inside(path, r_1_);
    const Tensor u_1 = combine({{path.alpha(s_1), x0_t}, {path.sigma(s_1), eps_t}});
    const Tensor eps_1 = trajectory.evaluate(u_1, s_1).eps();
    if (order_ == 2) {
      const double of_D_1 = -st.sigma_s * math::expm1(h) / (2.0 * r_1_);
      return combine({{st.alpha_s, x0_t}, {st.sigma_s - of_D_1, eps_t}, {of_D_1, eps_1}});
    }
    const Time s_2 = st.inside(path, r_2_);
    const double sigma_s2 = path.sigma(s_2);
    const double of_D_1 = -sigma_s2 * (r_2_ / r_1_) * (r_2_ * h) * phi(2, r_2_ * h);
    const Tensor u_2 = combine({{path.alpha(s_2), x0_t}, {sigma_s2 - of_D_1, eps_t}, {of_D_1, eps_1}});
    const Tensor eps_2 = trajectory.evaluate(u_2, s_2).eps();
    const double of_D_2 = -st.sigma_s / r_2_ * h * phi(2, h);
    return combine({{st.alpha_s, x0_t}, {st.sigma_s - of_D_2, eps_t}, {of_D_2, eps_2}});
  }

  int calls_per_step() const override { return order_; }

 private:
  int order_;
  double r_1_, r_2_;
};

const Register<Solver> dpm_solver{
    {.name = "dpm_solver",
     .order = "1, 2 or 3",
     .evaluations = "as its order (1 from pure noise and in the step to the clean end)",
     .paper = "Lu et al. 2022 (DPM-Solver), eq. 3.7, algorithms 4 and 5",
     .summary = "Exponential Runge-Kutta method in lambda on the predicted eps; each step stands alone, so that it "
                "neither starts nor ends differently.",
     .formula = "1: x_s = (alpha_s/alpha_t) x_t - sigma_s (e^h - 1) eps_t\n"
                "2: (1 to s) - sigma_s (e^h - 1)/(2 r_1) D_1,  D_1 = eps(u_1, s_1) - eps_t,  u_1 = (1 to s_1)\n"
                "3: (1 to s) - sigma_s/r_2 ((e^h - 1)/h - 1) D_2,  D_2 = eps(u_2, s_2) - eps_t,\n"
                "   u_2 = (1 to s_2) - sigma_{s_2} (r_2/r_1) ((e^{r_2 h} - 1)/(r_2 h) - 1) D_1\n"
                "s_i = t(lambda_t + r_i h)",
     .parameters = {{.name = "order",
                     .default_value = std::int64_t{2},
                     .meaning = "order, and evaluations a step",
                     .min = 1,
                     .max = 3},
                    {.name = "r1",
                     .default_value = 0.0,
                     .meaning = "where in the step s_1 stands; 0: the paper's, 1/2 for order 2 and 1/3 for order 3",
                     .min = 0,
                     .max = 1},
                    {.name = "r2",
                     .default_value = 2.0 / 3.0,
                     .meaning = "where in the step s_2 stands; the order is 3 at 2/3 and 2 elsewhere",
                     .min = 0.01,
                     .max = 1}},
     .orders = {{.order = 2},
                {.order = 1, .parameters = {{"order", std::int64_t{1}}}},
                {.order = 2, .parameters = {{"r1", 0.8}}},
                {.order = 3, .parameters = {{"order", std::int64_t{3}}}},
                {.order = 3, .parameters = {{"order", std::int64_t{3}}, {"r1", 0.5}}},
                {.order = 2, .parameters = {{"order", std::int64_t{3}}, {"r2", 0.9}}}}},
    [](const Parameters& parameters) {
      const int order = static_cast<int>(parameters.integer("order"));
      const double r_1 = parameters.number("r1");
      return std::make_unique<DpmSolver>(order, r_1 == 0.0 ? (order == 3 ? 1.0 / 3.0 : 0.5) : r_1,
                                         parameters.number("r2"));
    }};

}  // namespace
}  // namespace ito
