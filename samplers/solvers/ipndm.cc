// The improved PNDM of Zhang, Chen 2023 (DEIS), appendix H (diffusers' IPNDM, after Crowson's v-diffusion): PNDM's
// linear multistep method without its Runge-Kutta start. With the outputs eps_0 of this step and eps_1, ... before it:
//
//   eps' = sum_j w_j eps_j,   w Adams-Bashforth's:  1;  (3, -1)/2;  (23, -16, 5)/12;  (55, -59, 37, -9)/24
//   x_s  = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps',   r = sigma/alpha        (DDIM with eps')
//
// The weights are right for steps equal in r, and only there has the method its order; elsewhere the steps' inequality
// leaves 2 (lms has the weights that suit). The first steps use the outputs that there are; the step from pure noise
// is DDIM's and leaves none (r infinite); the step to the clean end is alpha_s x_0-hat.
#include "samplers/factories.h"
#include "samplers/solvers/adams_bashforth.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

class Ipndm final : public Solver {
 public:
  explicit Ipndm(std::int64_t order) : history_(static_cast<std::size_t>(order - 1)) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("ipndm", path, grid, prediction, {Prediction::sample, Prediction::eps});
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

    const RatioStep in_ratio(path, st.t, st.s);
    const Tensor eps_t = hat.eps();
    const Tensor x_s = adams_bashforth_step(in_ratio.of_x, x, in_ratio.of_eps, eps_t, history_);
    history_.add(ratio(path, st.t), eps_t);
    return x_s;
  }

 private:
  History history_;
};

std::vector<OrderClaim> claims() {
  std::vector<OrderClaim> orders;
  for (int order = 1; order <= 4; ++order) {
    const std::map<std::string, Value> parameters = {{"order", std::int64_t{order}}};
    orders.push_back(
        {.order = static_cast<double>(order), .parameters = parameters, .clock = "ratio", .history = order - 1});
    if (order >= 2) orders.push_back({.order = 2, .parameters = parameters, .clock = "lambda", .history = order - 1});
  }
  return orders;
}

const Register<Solver> ipndm{
    {.name = "ipndm",
     .order = "1 to 4 on grids uniform in sigma/alpha, elsewhere at most 2",
     .evaluations = "1",
     .paper = "Zhang, Chen 2023 (DEIS), appendix H, after Liu et al. 2022 (PNDM)",
     .summary = "DDIM with an eps extrapolated by the Adams-Bashforth weights of equal steps, whatever the steps are.",
     .formula = "x_s = (alpha_s/alpha_t) x_t + alpha_s (r_s - r_t) eps',  r = sigma/alpha,\n"
                "eps' = (55 eps_0 - 59 eps_1 + 37 eps_2 - 9 eps_3)/24 at order 4",
     .parameters = {{.name = "order",
                     .default_value = std::int64_t{4},
                     .meaning = "outputs that a step uses, its own and order - 1 before it",
                     .min = 1,
                     .max = 4}},
     .orders = claims()},
    [](const Parameters& parameters) { return std::make_unique<Ipndm>(parameters.integer("order")); }};

}  // namespace
}  // namespace ito
