// EDM preconditioning against table 1 of Karras 2022, and at both ends of the noise.
#include "experiments/models/preconditioning.h"

#include <cmath>
#include <limits>

namespace ito::experiments {
namespace {

TEST(Preconditioning, IsTableOneOfKarras) {
  for (const double sd : {0.5, 0.8})
    for (const double s : {0.002, 0.3, 1.0, 7.0, 80.0}) {
      const std::vector<double> lambda = {-std::log(s)};
      const Preconditioning c(lambda, sd);
      // x = x_t/sqrt(alpha^2 + sigma^2) = (x_t/alpha)/sqrt(1 + s^2).
      const double to_x = std::sqrt(1 + s * s), root = std::sqrt(s * s + sd * sd);
      EXPECT_NEAR(c.skip[0], sd * sd / (s * s + sd * sd) * to_x, 1e-12 * to_x);
      EXPECT_NEAR(c.out[0], s * sd / root, 1e-12);
      EXPECT_NEAR(c.in[0], to_x / root, 1e-12 * to_x / root);
    }
}

// Data of mean square sd^2: F's input and target have unit variance at every level.
TEST(Preconditioning, InputAndTargetHaveUnitVariance) {
  const double sd = 0.7;
  for (const double l : {-6.0, -1.0, 0.0, 2.5, 6.0}) {
    const std::vector<double> lambda = {l};
    const Preconditioning c(lambda, sd);
    const double a2 = 1 / (1 + std::exp(-2 * l)), b2 = 1 - a2, a = std::sqrt(a2), b = std::sqrt(b2);
    EXPECT_NEAR(c.in[0] * c.in[0] * (a2 * sd * sd + b2), 1, 1e-9);
    // target = (x_0 - skip (a x_0 + b eps)) / out
    const double of_data = (1 - c.skip[0] * a) / c.out[0], of_noise = c.skip[0] * b / c.out[0];
    EXPECT_NEAR(of_data * of_data * sd * sd + of_noise * of_noise, 1, 1e-6);
  }
}

TEST(Preconditioning, EndsAreFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> ends = {infinity, -infinity};
  const Preconditioning c(ends, 0.5);
  EXPECT_EQ(c.skip[0], 1);  // clean: the input itself
  EXPECT_EQ(c.out[0], 0);
  EXPECT_EQ(c.in[0], 2);
  EXPECT_EQ(c.skip[1], 0);  // noise: the network alone
  EXPECT_EQ(c.out[1], 0.5);
  EXPECT_EQ(c.in[1], 1);
}

}  // namespace
}  // namespace ito::experiments
