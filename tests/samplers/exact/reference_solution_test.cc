#include "samplers/exact/reference_solution.h"

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
    const ReferenceSolution solved =
        reference_solution(mixture_denoiser(mixture, path), start, from, to, {}, {.steps = 400});
    EXPECT_LE(difference(solved.x, closed.x), 1e-10) << name;
    EXPECT_LE(solved.error, 1e-9) << name;
    EXPECT_GT(solved.evaluations, 12 * 400 - 10);
    for (double& value : start.mutable_span<double>()) value /= deviation;
  }
}

// Halving the step divides the error of the extrapolated solution by about 2^5, and the estimate bounds it.
TEST(ReferenceSolution, ErrorEstimateIsHonest) {
  const auto mixture = std::make_shared<const GaussianMixture>(test::random_components(2, 6, 2), 2);
  const Denoiser denoiser = mixture_denoiser(mixture, make_path("flow"));
  const Tensor x = points(40, 2, 5);
  const std::vector<std::int32_t> asked(40, 1);
  const Tensor condition = Tensor::from(asked, {40});
  const Tensor best = reference_solution(denoiser, x, Time(1), Time(0), condition, {.steps = 800}).x;
  double before = 0;
  for (const int steps : {25, 50, 100}) {
    const ReferenceSolution solved = reference_solution(denoiser, x, Time(1), Time(0), condition, {.steps = steps});
    const double error = difference(solved.x, best);
    EXPECT_LE(error / std::sqrt(80.0), 3 * solved.error) << steps;
    if (before > 0) {
      EXPECT_LE(error, before / 8) << steps;
    }
    before = error;
  }
}

TEST(ReferenceSolution, RefusesBadOptions) {
  const Denoiser denoiser = gaussian_denoiser(test::random_gaussian(2), make_path("vp"));
  EXPECT_THROW(reference_solution(denoiser, points(1, 2, 1), Time(1), Time(0), {}, {.steps = 0}), InputError);
  EXPECT_THROW(reference_solution(denoiser, points(1, 2, 1), Time(1), Time(0), {}, {.finest = 0}), InputError);
}

}  // namespace
}  // namespace ito
