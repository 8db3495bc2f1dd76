// A path as a network knows it that was trained at T times alone: index i = 0 .. T-1 at t = (i + 1)/T (as dpm-solver;
// score_sde has t = i/(T - 1)).
//
//   variance preserving: log alpha piecewise linear between t = i/T, i = 0 .. T, sigma = sqrt(1 - alpha^2); where
//                        alpha(1) = 0 the last cell is linear in alpha (tabulated.h)
//   other paths:         exact at any t
//
// At a knot log alpha = -log1p(e^(-2 lambda))/2. Between knots alpha' is that of a line: it jumps at the knots, so a
// method in t keeps its order only on a grid that holds them, and only if it reads no slope at a step's end (midpoint
// does not, Heun does: order 1); methods in lambda see alpha and sigma alone.
#include "samplers/paths/tabulated.h"
#include "samplers/paths/wrapper.h"

namespace ito {
namespace {

// Not exact equality: sigma and alpha are rounded.
bool preserves_variance(const Path& path) {
  for (const double t : {0.1, 0.35, 0.6, 0.85}) {
    const double alpha = path.alpha(Time(t)), sigma = path.sigma(Time(t));
    if (std::abs(alpha * alpha + sigma * sigma - 1.0) > 1e-12) return false;
  }
  return true;
}

std::vector<double> knots_on(const Path& path, std::int64_t T) {
  std::vector<double> knots;
  for (std::int64_t i = 0; i <= T; ++i) {
    const Lambda lambda = path.lambda(Time(static_cast<double>(i) / static_cast<double>(T)));
    knots.push_back(-0.5 * math::log1p(math::exp(-2.0 * lambda.value)) + 0.0);  // + 0.0: no negative zero
  }
  return knots;
}

class ExactPath final : public ReclockedPath {
 public:
  using ReclockedPath::ReclockedPath;

 private:
  double inner(double t) const override { return t; }
  double outer(double t) const override { return t; }
  double speed(double) const override { return 1.0; }
};

std::vector<Parameter> parameters_of_discretised() {
  std::vector<Parameter> parameters = base_parameters("vp");
  parameters.push_back(training_steps_parameter());
  return parameters;
}

const Register<Path> discretised{
    {.name = "discretised",
     .paper = "Lu et al. 2022 (DPM-Solver), appendix D.1: discrete-time models in continuous time",
     .summary = "Another path known at T training times: log alpha linear between them where it preserves variance.",
     .formula = "log alpha((i + 1)/T) = log alpha_of((i + 1)/T), i = 0 .. T-1, linear in t between,\n"
                "sigma = sqrt(1 - alpha^2);  alpha_of(1) = 0: alpha linear in the last cell;\n"
                "paths with alpha^2 + sigma^2 != 1: exact at any t;  t in [0, 1]",
     .parameters = parameters_of_discretised()},
    [](const Parameters& parameters) -> PathPtr {
      const PathPtr base = base_of("discretised", parameters);
      const std::int64_t T = parameters.integer("T");
      const std::string signature = "discretised(T=" + value_text(T) + ", of=" + base->signature() + ")";
      if (!preserves_variance(*base)) return std::make_shared<ExactPath>("discretised", signature, base);
      return std::make_shared<TabulatedPath>("discretised", signature, knots_on(*base, T));
    }};

}  // namespace
}  // namespace ito
