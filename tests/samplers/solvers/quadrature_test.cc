#include "samplers/solvers/quadrature.h"

#include <array>

namespace ito {
namespace {

TEST(Quadrature, IsExactForPolynomialsOfDegreeFifteen) {
  for (int degree = 0; degree <= 15; ++degree) {
    const auto power = [degree](double x) {
      double result = 1;
      for (int i = 0; i < degree; ++i) result *= x;
      return result;
    };
    const double exact = (std::pow(1.3, degree + 1) - std::pow(-0.4, degree + 1)) / (degree + 1);
    EXPECT_NEAR(integral(power, -0.4, 1.3, 5.0), exact, 1e-14 * (1 + exact)) << degree;
  }
}

TEST(Quadrature, OfAnExponentialIsExactToRounding) {
  for (const double c : {0.1, 1.0, 2.0, 101.0})
    for (const double b : {1e-9, 0.3, 7.0, 40.0}) {
      const auto f = [c, b](double w) { return std::exp(-c * (b - w)); };
      const double exact = -std::expm1(-c * b) / c;
      EXPECT_NEAR(integral(f, 0.0, b, 1.0 / c) / exact, 1.0, 2e-16 * (10 + c * b)) << c << " " << b;
    }
}

TEST(Quadrature, LagrangePolynomialsAreOneAtTheirNodeAndSumToOne) {
  const std::array<double, 3> nodes = {0.0, -0.7, -1.1};
  for (std::size_t j = 0; j < 3; ++j)
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(lagrange(nodes, j, nodes[i]), i == j ? 1.0 : 0.0);
  EXPECT_NEAR(lagrange(nodes, 0, 0.4) + lagrange(nodes, 1, 0.4) + lagrange(nodes, 2, 0.4), 1.0, 1e-14);
}

}  // namespace
}  // namespace ito
