// Esser et al. 2024 (Stable Diffusion 3), section 5.3.2: a path whose clock is shifted towards noise, as larger images
// and longer videos need (shift.h).
//
//   alpha(t) = alpha_of(tau),  sigma(t) = sigma_of(tau),  tau = s t/(1 + (s - 1) t)
//   alpha' = alpha_of'(tau) tau',  f = f_of(tau) tau',  g^2 = g_of^2(tau) tau'
//   on flow:  alpha = (1 - t)/(1 + (s - 1) t),  sigma = s t/(1 + (s - 1) t),  lambda = log((1 - t)/t) - log s
//
// A network that is told the time of this path is told t; the same walk on the unshifted path, with the grid `shifted`,
// tells it tau, as SD3, FLUX and Wan do.
#include "samplers/paths/shift.h"
#include "samplers/paths/wrapper.h"

namespace ito {
namespace {

class ShiftedPath final : public ReclockedPath {
 public:
  ShiftedPath(const PathPtr& base, double s)
      : ReclockedPath("shifted", "shifted(of=" + base->signature() + ", s=" + value_text(s) + ")", base), s_(s) {}

 private:
  double inner(double t) const override { return shifted_time(t, s_); }
  double outer(double tau) const override { return unshifted_time(tau, s_); }
  double speed(double t) const override { return shift_speed(t, s_); }

  double s_;
};

std::vector<Parameter> parameters_of_shifted() {
  std::vector<Parameter> parameters = base_parameters("flow");
  for (Parameter& parameter : shift_parameters()) parameters.push_back(std::move(parameter));
  return parameters;
}

const Register<Path> shifted{
    {.name = "shifted",
     .paper = "Esser et al. 2024 (Stable Diffusion 3), eq. 23; dynamic: FLUX.1's get_schedule (Black Forest Labs 2024)",
     .summary = "Another path with more of its clock in noise: t -> s t/(1 + (s - 1) t); s fixed, or by token count.",
     .formula = "alpha(t) = alpha_of(tau),  sigma(t) = sigma_of(tau),  tau = s t/(1 + (s - 1) t);  t in [0, 1]\n"
                "flow: lambda = log((1 - t)/t) - log s;   tokens > 0: s = exp(mu), mu linear in tokens through mu_line",
     .parameters = parameters_of_shifted()},
    [](const Parameters& parameters) {
      return std::make_shared<ShiftedPath>(base_of("shifted", parameters), shift_of(parameters, "path 'shifted'"));
    }};

}  // namespace
}  // namespace ito
