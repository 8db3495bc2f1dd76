// Log-gamma and the incomplete beta function against MPFR and closed forms.
#include <mpfr.h>

#include <random>

#include "kernels/core/math.h"

namespace ito {
namespace {

double exact_log_gamma(double x) {
  mpfr_t y;
  mpfr_init2(y, 200);
  mpfr_set_d(y, x, MPFR_RNDN);
  mpfr_lngamma(y, y, MPFR_RNDN);
  const double result = mpfr_get_d(y, MPFR_RNDN);
  mpfr_clear(y);
  return result;
}

TEST(SpecialFunctions, LogGammaAgainstMpfr) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  double worst = 0, at = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = i % 4 == 0   ? std::exp2(40 * unit(random) - 20)
                     : i % 4 == 1 ? 10 * unit(random)
                     : i % 4 == 2 ? 1 + 1e-3 * (unit(random) - 0.5)
                                  : 2 + 1e-3 * (unit(random) - 0.5);
    const double want = exact_log_gamma(x);
    const double ulp = std::nextafter(std::fabs(want), 1e308) - std::fabs(want);
    const double error = std::fabs(math::log_gamma(x) - want) / ulp;
    if (error > worst) worst = error, at = x;
  }
  EXPECT_LE(worst, 10) << std::hexfloat << at;
  if (std::getenv("ITO_SHOW_ULP")) std::printf("log_gamma %.3f ULP at %.17g\n", worst, at);
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(math::log_gamma(0.0), inf);
  EXPECT_EQ(math::log_gamma(inf), inf);
  EXPECT_EQ(math::log_gamma(1.0), 0);
  EXPECT_EQ(math::log_gamma(2.0), 0);
  EXPECT_TRUE(std::isnan(math::log_gamma(-1.5)));
  EXPECT_FLOAT_EQ(math::log_gamma(4.0f), static_cast<float>(std::log(6.0)));
}

// I_x(a, b) = x^a / B(a, b) sum_n (1 - b)_n x^n / (n! (a + n)), in 400 bits; x <= 0.9 converges in a few hundred terms.
double exact_incomplete_beta(double a, double b, double x) {
  mpfr_t sum, term, power, scratch, big_x;
  mpfr_inits2(400, sum, term, power, scratch, big_x, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_d(big_x, x, MPFR_RNDN);
  mpfr_set_zero(sum, 1);
  mpfr_set_ui(term, 1, MPFR_RNDN);
  for (int n = 0; n < 2000; ++n) {
    mpfr_set_d(scratch, a, MPFR_RNDN);
    mpfr_add_ui(scratch, scratch, static_cast<unsigned long>(n), MPFR_RNDN);
    mpfr_div(scratch, term, scratch, MPFR_RNDN);
    mpfr_add(sum, sum, scratch, MPFR_RNDN);
    mpfr_set_si(scratch, n + 1, MPFR_RNDN);
    mpfr_sub_d(scratch, scratch, b, MPFR_RNDN);
    mpfr_mul(term, term, scratch, MPFR_RNDN);
    mpfr_mul(term, term, big_x, MPFR_RNDN);
    mpfr_div_ui(term, term, static_cast<unsigned long>(n + 1), MPFR_RNDN);
  }
  mpfr_set_d(scratch, a, MPFR_RNDN);
  mpfr_pow(power, big_x, scratch, MPFR_RNDN);
  mpfr_mul(sum, sum, power, MPFR_RNDN);
  mpfr_set_d(term, b, MPFR_RNDN);
  mpfr_beta(scratch, scratch, term, MPFR_RNDN);
  mpfr_div(sum, sum, scratch, MPFR_RNDN);
  const double result = mpfr_get_d(sum, MPFR_RNDN);
  mpfr_clears(sum, term, power, scratch, big_x, static_cast<mpfr_ptr>(nullptr));
  return result;
}

TEST(SpecialFunctions, IncompleteBetaAgainstMpfrAndItsInverse) {
  for (const double a : {0.1, 0.5, 0.6, 1.0, 2.0, 3.5, 17.0, 100.0})
    for (const double b : {0.1, 0.5, 0.6, 1.0, 2.0, 4.25, 30.0, 100.0})
      for (const double x : {1e-12, 0.01, 0.2, 0.5, 0.77, 0.9}) {
        const double want = exact_incomplete_beta(a, b, x);
        const double got = math::incomplete_beta(a, b, x);
        EXPECT_NEAR(got, want, 1e-14 * (1 + a + b) * want + 1e-300) << a << ", " << b << ", " << x;
        if (got < 1e-290 || got > 0.999) continue;
        // The inverse is as good as p allows: an error of 1e-13 in p moves x by that over the density.
        const double back = math::incomplete_beta_inverse(a, b, got);
        EXPECT_NEAR(math::incomplete_beta(a, b, back), got, 1e-13 * got) << a << ", " << b << ", " << x;
      }
}

TEST(SpecialFunctions, IncompleteBetaHasItsClosedForms) {
  for (double x = 0.03; x < 1; x += 0.09) {
    EXPECT_NEAR(math::incomplete_beta(0.5, 0.5, x), std::asin(std::sqrt(x)) * 2 / std::acos(-1.0), 1e-14);
    EXPECT_NEAR(math::incomplete_beta(1.0, 3.0, x), 1 - (1 - x) * (1 - x) * (1 - x), 1e-14);
    EXPECT_NEAR(math::incomplete_beta(2.0, 1.0, x), x * x, 1e-14);
    EXPECT_NEAR(math::incomplete_beta_inverse(2.0, 1.0, x), std::sqrt(x), 1e-14);
    EXPECT_NEAR(math::incomplete_beta(3.0, 0.7, x) + math::incomplete_beta(0.7, 3.0, 1 - x), 1, 1e-14);
  }
  EXPECT_EQ(math::incomplete_beta(2.0, 3.0, 0.0), 0);
  EXPECT_EQ(math::incomplete_beta(2.0, 3.0, 1.0), 1);
  EXPECT_EQ(math::incomplete_beta_inverse(2.0, 3.0, 0.0), 0);
  EXPECT_EQ(math::incomplete_beta_inverse(2.0, 3.0, 1.0), 1);
  EXPECT_TRUE(std::isnan(math::incomplete_beta(0.0, 1.0, 0.5)));
  EXPECT_TRUE(std::isnan(math::incomplete_beta(1.0, 1.0, 1.5)));
  EXPECT_TRUE(std::isnan(math::incomplete_beta_inverse(1.0, -1.0, 0.5)));
}

}  // namespace
}  // namespace ito
