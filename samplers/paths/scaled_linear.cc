// Rombach et al. 2022 (latent diffusion; the schedule of Stable Diffusion): T steps with the square roots of the betas
// linear in the step (tabulated.h).
//
//   beta_i = (sqrt beta_min + i (sqrt beta_max - sqrt beta_min)/(T - 1))^2,  i = 0 .. T-1
//
// sigma/alpha runs from 0.02917 at the first training time to 14.6146 at t = 1.
#include "samplers/factories.h"
#include "samplers/paths/tabulated.h"

namespace ito {
namespace {

std::vector<double> scaled_betas(double beta_min, double beta_max, std::int64_t T) {
  std::vector<double> betas = linspace(std::sqrt(beta_min), std::sqrt(beta_max), T);
  for (double& beta : betas) beta *= beta;
  return betas;
}

const Register<Path> scaled_linear{
    {.name = "scaled_linear",
     .paper = "Rombach et al. 2022 (Latent diffusion), the schedule of its released models",
     .summary = "Stable Diffusion's discrete schedule: square roots of beta linear in the step; less noise early on.",
     .formula = "beta_i = linspace(sqrt beta_min, sqrt beta_max, T)^2,  abar_i = prod (1 - beta),\n"
                "alpha((i + 1)/T) = sqrt(abar_i),  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = beta_parameters(0.00085, 0.012)},
    [](const Parameters& parameters) {
      check_betas("scaled_linear", parameters);
      return std::make_shared<TabulatedPath>(
          "scaled_linear", path_signature("scaled_linear", parameters),
          knots_of_betas(
              scaled_betas(parameters.number("beta_min"), parameters.number("beta_max"), parameters.integer("T"))));
    }};

}  // namespace
}  // namespace ito
