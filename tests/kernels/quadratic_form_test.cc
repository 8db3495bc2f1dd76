#include "kernels/quadratic_form/quadratic_form.h"

#include "kernels/core/error.h"
#include "tests/kernels/wide_values.h"

namespace {

using namespace ito;
using test::first_difference;
using test::for_each_configuration;
using test::wide_values;

struct Case {
  std::vector<double> x, centres, factors, offset;
  kernels::QuadraticForms forms;
};

Case make_case(std::int64_t points, std::int64_t dimension, std::int64_t count, std::int64_t stride, int spread) {
  Case made;
  made.x = wide_values<double>(1, points * dimension, spread);
  made.centres = wide_values<double>(2, dimension * stride, spread);
  made.factors = wide_values<double>(3, dimension * (dimension + 1) / 2 * stride, spread);
  made.offset = wide_values<double>(4, count, spread);
  made.forms = {dimension, count, made.centres.data(), made.factors.data(), made.offset.data(), stride};
  return made;
}

// The order stated in the header.
std::vector<double> oracle(std::int64_t points, const Case& given) {
  const auto& [dimension, count, centres, factors, offset, stride] = given.forms;
  std::vector<double> out(static_cast<std::size_t>(points * count));
  for (std::int64_t n = 0; n < points; ++n)
    for (std::int64_t k = 0; k < count; ++k) {
      double square = 0;
      for (std::int64_t i = 0; i < dimension; ++i) {
        double z = 0;
        for (std::int64_t j = 0; j <= i; ++j) {
          const double w = factors[(i * (i + 1) / 2 + j) * stride + k];
          const double d = given.x[n * dimension + j] - centres[j * stride + k];
          z = j == 0 ? w * d : std::fma(w, d, z);
        }
        square = i == 0 ? z * z : std::fma(z, z, square);
      }
      out[n * count + k] = std::fma(-0.5, square, offset[k]);
    }
  return out;
}

TEST(QuadraticForm, EqualsTheOracle) {
  for (const std::int64_t dimension : {1, 2, 3, 4, 7, 16})
    for (const std::int64_t count : {0, 1, 3, 4, 5, 8, 9, 16, 31, 300})
      for (const std::int64_t points : {0, 1, 2, 65}) {
        const Case given = make_case(points, dimension, count, count + 2, 20);
        const std::vector<double> expected = oracle(points, given);
        for_each_configuration([&](Context& context, const std::string& where) {
          std::vector<double> out(expected.size() + 1, 42.0);
          kernels::quadratic_form(context, points, given.x.data(), given.forms, out.data());
          EXPECT_EQ(out.back(), 42.0) << "wrote past the end";
          out.pop_back();
          EXPECT_EQ(first_difference(out, expected), -1)
              << where << ", D " << dimension << ", count " << count << ", points " << points;
        });
      }
}

// Rounding of a sum of m products differs by at most about m eps of the sum of magnitudes; here all are below 2^8.
TEST(QuadraticForm, AgreesWithTheReference) {
  const std::int64_t points = 7, dimension = 5, count = 13;
  const Case given = make_case(points, dimension, count, count, 1);
  std::vector<double> fast(points * count), plain(points * count);
  Context context;
  kernels::quadratic_form(context, points, given.x.data(), given.forms, fast.data());
  kernels::reference::quadratic_form(context, points, given.x.data(), given.forms, plain.data());
  for (std::size_t i = 0; i < fast.size(); ++i) EXPECT_NEAR(fast[i], plain[i], 1e-12 * (1 + std::abs(plain[i])));
}

TEST(QuadraticForm, RefusesBadSizes) {
  Context context;
  Case given = make_case(1, 1, 1, 1, 1);
  given.forms.dimension = 17;
  double out = 0;
  EXPECT_THROW(kernels::quadratic_form(context, 1, given.x.data(), given.forms, &out), InputError);
  given.forms.dimension = 0;
  EXPECT_THROW(kernels::quadratic_form(context, 1, given.x.data(), given.forms, &out), InputError);
}

}  // namespace
