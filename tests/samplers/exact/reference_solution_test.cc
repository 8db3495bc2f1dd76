#include "samplers/exact/reference_solution.h"

#include "autograd/arithmetic.h"
#include "kernels/core/error.h"
#include "tests/samplers/exact/support.h"

namespace ito {
namespace {

using test::difference;
using test::points;

// A Gaussian as a mixture of one component has no closed-form flow, so the integrator is held against the formula, on
// every path and to both ends.
TEST(ReferenceSolution, ReachesTheClosedFormOnEveryPath) {
  const std::vector<double> mean{0.3, -0.2}, covariance{0.5, 0.2, 0.2, 0.3};
  const auto gaussian = std::make_shared<const Gaussian>(mean, covariance);
  const auto mixture = std::make_shared<const GaussianMixture>(std::vector<FullComponent>{{1, 0, mean, covariance}}, 0);
  const Tensor x = points(6, 2, 2);
  for (const Entry* entry : entries_of("path")) {
    const std::string& name = entry->name;
    const PathPtr path = make_path(name);
    const Time from = path->t_max(), to = path->t_min();
    Tensor start = x;
    const double deviation = name == "edm" ? 80 : name == "ve" ? 50 : 1;
    for (double& value : start.mutable_span<double>()) value *= deviation;
    const ReferenceSolution closed = reference_solution(gaussian_denoiser(gaussian, path), start, from, to);
    EXPECT_EQ(closed.evaluations, 0);
    EXPECT_EQ(closed.error, 0);
    const ReferenceSolution solved = reference_solution(mixture_denoiser(mixture, path), start, from, to);
    EXPECT_LE(difference(solved.x, closed.x), 1e-11) << name;
    EXPECT_LE(solved.error, 1e-10) << name;
    EXPECT_GT(solved.evaluations, 100) << name;
    for (double& value : start.mutable_span<double>()) value /= deviation;
  }
}

// Errors are in proportion to the tolerance, and the estimate bounds them, without being ten times too wide.
TEST(ReferenceSolution, ErrorIsInProportionToTheToleranceAndTheEstimateIsHonest) {
  const auto mixture = std::make_shared<const GaussianMixture>(test::random_components(2, 6, 2), 2);
  const Denoiser denoiser = mixture_denoiser(mixture, make_path("flow"));
  const Tensor x = points(40, 2, 5);
  const std::vector<std::int32_t> asked(40, 1);
  const Tensor condition = Tensor::from(asked, {40});
  const auto rms_error = [](const Tensor& a, const Tensor& b) {
    return std::sqrt(squared_norm(combine({{1, a}, {-1, b}})) / static_cast<double>(a.size()));
  };
  const Tensor best = reference_solution(denoiser, x, Time(1), Time(0), condition, {.tolerance = 1e-14}).x;
  for (const double tolerance : {1e-6, 1e-8, 1e-10, 1e-12}) {
    const ReferenceSolution solved =
        reference_solution(denoiser, x, Time(1), Time(0), condition, {.tolerance = tolerance});
    const double error = rms_error(solved.x, best);
    EXPECT_LE(error, 30 * tolerance);
    EXPECT_GE(error, 0.01 * tolerance);
    EXPECT_LE(error, solved.error) << tolerance;
    EXPECT_LE(solved.error, 100 * error) << tolerance;
  }
}

// Carried to the noise and back it is where it began.
TEST(ReferenceSolution, GoesEitherWay) {
  const auto mixture = std::make_shared<const GaussianMixture>(test::random_components(2, 6, 2), 2);
  const Denoiser denoiser = mixture_denoiser(mixture, make_path("vp"));
  const Tensor x = points(10, 2, 9);
  const Tensor noise = reference_solution(denoiser, x, Time(0.1), Time(0.9)).x;
  EXPECT_GT(difference(noise, x), 0.1);
  EXPECT_LE(difference(reference_solution(denoiser, noise, Time(0.9), Time(0.1)).x, x), 1e-9);
}

TEST(ReferenceSolution, RefusesBadOptions) {
  const Denoiser denoiser = gaussian_denoiser(test::random_gaussian(2), make_path("vp"));
  EXPECT_THROW(reference_solution(denoiser, points(1, 2, 1), Time(1), Time(0), {}, {.tolerance = 0}), InputError);
  EXPECT_THROW(reference_solution(denoiser, points(1, 2, 1), Time(1), Time(0), {}, {.max_steps = 0}), InputError);
}

}  // namespace
}  // namespace ito
