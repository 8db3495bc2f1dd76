// Xu, Deng, Cheng, Tian, Liu, Jaakkola 2023 (Restart), on the EDM clock of any path: the state
// y = x/alpha and the level q = sigma/alpha, along which dy/dq = eps. A step t -> s is Heun's:
//
//   y' = y_t + (q_s - q_t) eps(y_t, q_t),    y_s = y_t + (q_s - q_t) (eps(y_t, q_t) + eps(y', q_s))/2
//
// and where it crosses restart_min, q_s <= restart_min < q_t, `restarts` (K) times from the state at s:
//
//   forward     y = y_s + S_noise sqrt(restart_max^2 - q_s^2) z                                       (all the way up)
//   backward    Heun's steps down the n_restart levels of Karras et al., eq. 5, rho = 7, from restart_max to q_s,
//               both among them: n_restart - 1 steps, 2 evaluations each
//
// The authors restart from the grid's time nearest to restart_min; here it is the first at or below it, so that one
// step does it whatever the grid. The forward noise leaves the state's law at restart_max as it should be, whatever
// came before: errors made above are contracted, those of the loop's own steps are not. restarts = 0 is edm_heun.
//
// The step to the clean end is alpha_s x_0-hat and is not restarted; one from pure noise is ddim's, and is not either.
// A grid without a step that is restarted is refused. The forward noise is no increment of a reverse SDE: it is drawn
// with from = s at or below to = the time of restart_max, each with its substep (fresh noise on a Brownian path too).
#include <cmath>
#include <vector>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/factories.h"
#include "samplers/solvers/checks.h"
#include "samplers/solvers/ratio.h"
#include "samplers/solvers/step.h"

namespace ito {
namespace {

constexpr double kRho = 7.0;

struct RestartParameters {
  int restarts, levels;
  double low, high, noise;
};

class Restart final : public Solver {
 public:
  explicit Restart(const RestartParameters& parameters) : p_(parameters) {}

  void start(const Path& path, const Grid& grid, Prediction prediction) override {
    check_reads("restart", path, grid, prediction, {Prediction::sample, Prediction::eps});
    check_reads_inside("restart", path, grid, prediction, {Prediction::eps}, {1.0});
    if (p_.restarts == 0) return;
    Time high;
    try {
      high = path.time(Lambda(-math::log(p_.high)));
    } catch (const InputError& error) {
      throw InputError("solver 'restart': restart_max " + value_text(p_.high) +
                       " is not a sigma/alpha of the path: " + error.what());
    }
    check_reads_at("restart", path, high, prediction, {Prediction::eps}, "choose a lower restart_max");
    for (int i = 0; i < grid.steps(); ++i)
      if (crosses(Step(path, grid[i], grid[i + 1]))) return;
    throw InputError(
        "solver 'restart': no step of the grid that starts at alpha > 0 and ends before the clean end "
        "crosses restart_min " +
        value_text(p_.low) +
        ", so that nothing is restarted; choose a restart_min that lies between the grid's sigma/alpha, "
        "or restarts = 0");
  }

  Tensor step(Trajectory& trajectory, const Tensor& x) override {
    const Path& path = trajectory.path();
    const Step st(path, trajectory.from(), trajectory.to());
    const Estimate hat = trajectory.evaluate(x, st.t);
    if (st.unbounded()) return ddim_step(st, hat);
    Tensor x_s = heun(trajectory, x, hat, st);
    if (!crosses(st)) return x_s;

    const double q_s = ratio(path, st.s);
    const std::vector<Time> times = restart_times(path, st.s, q_s);
    for (int k = 1; k <= p_.restarts; ++k) {
      const double alpha = path.alpha(times.front()), q = path.sigma(times.front()) / alpha;
      const double of_z = alpha * p_.noise * std::sqrt(q * q - q_s * q_s);
      x_s = combine({{alpha / st.alpha_s, x_s}, {of_z, trajectory.noise(x, k, st.s, times.front())}});
      for (std::size_t i = 0; i + 1 < times.size(); ++i)
        x_s = heun(trajectory, x_s, trajectory.evaluate(x_s, times[i]), Step(path, times[i], times[i + 1]));
    }
    return x_s;
  }

  // Each step's; the step that crosses restart_min makes 2 restarts (n_restart - 1) more.
  int calls_per_step() const override { return 2; }

 private:
  bool crosses(const Step& st) const {
    return !st.unbounded() && st.sigma_s / st.alpha_s <= p_.low && st.sigma_t / st.alpha_t > p_.low;
  }

  static Tensor heun(Trajectory& trajectory, const Tensor& x, const Estimate& hat, const Step& st) {
    const auto [of_x, of_eps] = RatioStep(trajectory.path(), st.t, st.s);
    const Tensor eps_t = hat.eps();
    const Tensor x_euler = combine({{of_x, x}, {of_eps, eps_t}});
    const Tensor eps_s = trajectory.evaluate(x_euler, st.s).eps();
    return combine({{of_x, x}, {0.5 * of_eps, eps_t}, {0.5 * of_eps, eps_s}});
  }

  std::vector<Time> restart_times(const Path& path, Time s, double q_s) const {
    std::vector<Time> times;
    const double high = math::pow(p_.high, 1.0 / kRho), low = math::pow(q_s, 1.0 / kRho);
    for (int i = 0; i + 1 < p_.levels; ++i) {
      const double q = i == 0 ? p_.high : math::pow(high + i / (p_.levels - 1.0) * (low - high), kRho);
      times.push_back(path.time(Lambda(-math::log(q))));
    }
    times.push_back(s);
    return times;
  }

  RestartParameters p_;
};

const Register<Solver> restart{
    {.name = "restart",
     .order = "2 (no restarts)",
     .evaluations = "2 (1 in the step to the clean end), and 2 restarts (n_restart - 1) where restart_min is crossed",
     .paper = "Xu et al. 2023 (Restart), the Restart forward and backward processes",
     .summary = "Heun on the EDM clock; once, the state is noised up an interval and brought down again, K times.",
     .formula = "q = sigma/alpha, y = x/alpha:  y_s = y_t + (q_s - q_t) (eps(y_t, q_t) + eps(y', q_s))/2\n"
                "where q_s <= restart_min < q_t, restarts times: y = y_s + S_noise sqrt(restart_max^2 - q_s^2) z,\n"
                "then Heun down n_restart Karras levels from restart_max to q_s"
                "\na restart contracts the error that stood at restart_max and adds that of its own steps, of order 2",
     .parameters = {{.name = "restarts",
                     .default_value = std::int64_t{2},
                     .meaning = "how many times (their K); 0: edm_heun",
                     .min = 0,
                     .max = 1000},
                    {.name = "n_restart",
                     .default_value = std::int64_t{3},
                     .meaning = "levels of one way down, both ends among them (their N_Restart)",
                     .min = 2,
                     .max = 1000},
                    {.name = "restart_min",
                     .default_value = 0.06,
                     .meaning = "sigma/alpha at whose crossing it restarts (CIFAR-10 in the paper)",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "restart_max",
                     .default_value = 0.3,
                     .meaning = "sigma/alpha up to which the state is noised",
                     .min = 1e-9,
                     .max = 1e6},
                    {.name = "S_noise",
                     .default_value = 1.0,
                     .meaning = "factor of the forward noise (the authors' runs: 1.003)",
                     .min = 0,
                     .max = 10}},
     .orders = {{.order = 2, .parameters = {{"restarts", std::int64_t{0}}}, .clock = "ratio"}}},
    [](const Parameters& p) {
      if (!(p.number("restart_min") < p.number("restart_max")))
        throw InputError("solver 'restart': restart_min " + value_text(p.number("restart_min")) +
                         " is not below restart_max " + value_text(p.number("restart_max")));
      return std::make_unique<Restart>(RestartParameters{.restarts = static_cast<int>(p.integer("restarts")),
                                                         .levels = static_cast<int>(p.integer("n_restart")),
                                                         .low = p.number("restart_min"),
                                                         .high = p.number("restart_max"),
                                                         .noise = p.number("S_noise")});
    }};

}  // namespace
}  // namespace ito
