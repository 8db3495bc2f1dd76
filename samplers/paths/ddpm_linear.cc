// Ho, Jain, Abbeel 2020 (DDPM), section 4: T steps with betas linear in the step (tabulated.h).
//
//   beta_i = beta_min + i (beta_max - beta_min)/(T - 1),  i = 0 .. T-1
//
// abar_{T-1} = 4.036e-5: a little of the data is left at t = 1.
#include "samplers/factories.h"
#include "samplers/paths/tabulated.h"

namespace ito {
namespace {

const Register<Path> ddpm_linear{
    {.name = "ddpm_linear",
     .paper = "Ho, Jain, Abbeel 2020 (DDPM), section 4",
     .summary =
         "DDPM's discrete schedule; training index i stands at t = (i + 1)/T, log alpha is linear between indices.",
     .formula = "beta_i = linspace(beta_min, beta_max, T),  abar_i = prod (1 - beta),\n"
                "alpha((i + 1)/T) = sqrt(abar_i),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = beta_parameters(1e-4, 0.02)},
    [](const Parameters& parameters) {
      check_betas("ddpm_linear", parameters);
      return std::make_shared<TabulatedPath>(
          "ddpm_linear", path_signature("ddpm_linear", parameters),
          knots_of_betas(
              linspace(parameters.number("beta_min"), parameters.number("beta_max"), parameters.integer("T"))));
    }};

}  // namespace
}  // namespace ito
