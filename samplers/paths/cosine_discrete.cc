// Nichol, Dhariwal 2021 (Improved DDPM), eq. 17 and what follows it: the cosine schedule as T betas, none above a cap
// (diffusers' squaredcos_cap_v2). In continuous time log alpha is linear between training times (tabulated.h).
//
//   beta_i = min(1 - f((i + 1)/T)/f(i/T), beta_cap),  f(t) = cos^2((t + s)/(1 + s) pi/2),  i = 0 .. T-1
//
// With c = (pi/2)/(1 + s) no difference cancels:
//
//   1 - f(b)/f(a) = sin((b - a) c) sin((a + b + 2 s) c)/cos^2((a + s) c),   cos((a + s) c) = sin((1 - a) c),
//                   sin((a + b + 2 s) c) = sin((2 - a - b) c)
//
// At T = 1000 the cap holds for the last step alone and abar_{T-1} = 2.43e-9: sigma/alpha = 20291 at t = 1, which few
// samplers survive with a predicted eps; `cosine` has alpha(1) = 0 instead.
#include <numbers>

#include "samplers/factories.h"
#include "samplers/paths/tabulated.h"

namespace ito {
namespace {

std::vector<double> capped_betas(double s, double cap, std::int64_t T) {
  const double c = 0.5 * std::numbers::pi / (1.0 + s), steps = static_cast<double>(T);
  std::vector<double> betas;
  for (std::int64_t i = 0; i < T; ++i) {
    const double sum = static_cast<double>(2 * i + 1) / steps;  // a + b
    const double cos_a = math::sin(static_cast<double>(T - i) / steps * c);
    const double beta = math::sin(c / steps) * math::sin((sum < 1.0 ? sum + 2.0 * s : 2.0 - sum) * c) / (cos_a * cos_a);
    betas.push_back(std::min(beta, cap));
  }
  return betas;
}

const Register<Path> cosine_discrete{
    {.name = "cosine_discrete",
     .paper = "Nichol, Dhariwal 2021 (Improved DDPM), eq. 17, betas clipped at 0.999",
     .summary = "The cosine schedule as T betas with a cap: almost pure noise at the last training time.",
     .formula = "beta_i = min(1 - f((i + 1)/T)/f(i/T), beta_cap),  f = cos^2((t + s)/(1 + s) pi/2),\n"
                "alpha((i + 1)/T) = sqrt(abar_i),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = {{.name = "s",
                     .default_value = 0.008,
                     .meaning = "offset that keeps beta from vanishing near t = 0, in units of t",
                     .min = 1e-6,
                     .max = 1.0},
                    {.name = "beta_cap",
                     .default_value = 0.999,
                     .meaning = "largest variance of a training step",
                     .min = 1e-6,
                     .max = 0.999999999},
                    training_steps_parameter()}},
    [](const Parameters& parameters) {
      return std::make_shared<TabulatedPath>(
          "cosine_discrete", path_signature("cosine_discrete", parameters),
          knots_of_betas(capped_betas(parameters.number("s"), parameters.number("beta_cap"), parameters.integer("T"))));
    }};

}  // namespace
}  // namespace ito
