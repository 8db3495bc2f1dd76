#include "tests/samplers/solvers/sde_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(EulerAncestral, IsKDiffusions) {
  for (const double eta : {0.0, 0.6, 1.0})
    expect_by_hand("euler_ancestral", {{"eta", eta}, {"s_noise", 1.1}}, [eta](int i, double from, double to, double x) {
      const AncestralByHand part(from, to, eta);
      return x + direction(x, from) * (part.down - from) + fixed_z(i) * 1.1 * part.up;
    });
}

// MATHS.md section 4: on sigma/alpha it is DDIM with this eta, on every path.
TEST(EulerAncestral, IsDdim) {
  for (const std::string& path : all_paths())
    for (const double eta : {0.0, 0.3, 1.0}) {
      const std::vector<double> sigmas = {2.0, 1.2, 0.7};
      EXPECT_NEAR(solver_through_sigmas("euler_ancestral", {{"eta", eta}}, path, sigmas),
                  solver_through_sigmas("ddim", {{"eta", eta}}, path, sigmas), 1e-13)
          << path << " eta " << eta;
    }
}

// The share of eps-hat that both keep, alone: x_0-hat = 0, no noise is drawn, and x_s/x_t is that share times
// sigma_s/sigma_t. For eta = 1 it is e^(-h), which a step of h = 10 brings near the last digit of 1 - up^2.
TEST(EulerAncestral, IsDdimInLongSteps) {
  const PathPtr edm = make_path("edm");
  const Denoiser zero = make_denoiser("zero", Prediction::sample, edm,
                                      [](const Tensor& x, auto, const Tensor&) { return Tensor::zeros_like(x); });
  const Noise none = [](const NoiseRequest& request) { return Tensor::zeros_like(request.like); };
  const double t = 70.0, s = 0.0025, h = std::log(t / s);
  const Tensor x = Tensor::full({1, 1}, t, DType::f64);
  for (const double eta : {0.0, 0.3, 0.999999, 1.0}) {
    const long double q = expl(-2.0L * static_cast<long double>(h));
    const double share =
        static_cast<double>(sqrtl((1.0L - eta) * (1.0L + eta) + static_cast<long double>(eta) * eta * q));
    for (const char* solver : {"euler_ancestral", "ddim"})
      EXPECT_NEAR(
          walk(*make_solver(solver, {{"eta", eta}}), zero, edm, Grid(*edm, {t, s}, "grid 'one'"), x, none).item() /
              (s * share),
          1.0, 1e-12)
          << solver << " eta " << eta;
  }
}

// The share that stays, sqrt(1 - eta^2 (1 - e^(-2h))), over steps so long that 1 - up^2 has no digits left.
TEST(EulerAncestral, LongStepsKeepTheirDigits) {
  EXPECT_NEAR(solver_through_sigmas("euler_ancestral", {}, "edm", {70.0, 0.0025}),
              denoised(1.7, 70.0) + 0.0025 * 0.0025 / 70 * direction(1.7, 70.0) +
                  0.0025 * fixed_z(0) * std::sqrt(1 - std::pow(0.0025 / 70, 2)),
              1e-14);
}

}  // namespace
}  // namespace ito
