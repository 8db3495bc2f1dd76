// How accurate the elementary functions are: double against MPFR, float against libm's double versions.
#include "kernels/core/math.h"

#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <random>

#include "kernels/core/math_scalar.h"
#include "kernels/core/parallel.h"
#include "tests/kernels/ulp.h"

namespace ito {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A number with 200 bits.
class Big {
 public:
  Big() { mpfr_init2(x_, 200); }
  explicit Big(double value) : Big() { mpfr_set_d(x_, value, MPFR_RNDN); }
  ~Big() { mpfr_clear(x_); }
  Big(const Big&) = delete;
  Big& operator=(const Big&) = delete;
  mpfr_ptr get() { return x_; }

 private:
  mpfr_t x_;
};

// |got - want| in ulps of want; 0 when both are the same infinity or both NaN.
double error_in_ulps(double got, Big& want) {
  const double nearest = mpfr_get_d(want.get(), MPFR_RNDN);
  if (std::isnan(nearest) || std::isnan(got)) return std::isnan(nearest) && std::isnan(got) ? 0 : kInfinity;
  if (std::isinf(nearest) || std::isinf(got)) {
    if (got == nearest) return 0;
    // one ulp from the overflow threshold is an error of one ulp, not of infinity
    const double finite = std::isinf(got) ? nearest : got;
    return std::fabs(finite) == std::numeric_limits<double>::max() ? 1 : kInfinity;
  }
  Big difference;
  mpfr_sub_d(difference.get(), want.get(), got, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.get(), MPFR_RNDN)) / ulp_of<double>(nearest);
}

using BigFunction = int (*)(mpfr_ptr, mpfr_srcptr);

int big_sigmoid(mpfr_ptr y, mpfr_srcptr x) {
  mpfr_neg(y, x, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  return mpfr_ui_div(y, 1, y, MPFR_RNDN);
}
int big_silu(mpfr_ptr y, mpfr_srcptr x) {
  big_sigmoid(y, x);
  return mpfr_mul(y, y, x, MPFR_RNDN);
}
int big_gelu(mpfr_ptr y, mpfr_srcptr x) {  // x erfc(-x / sqrt 2) / 2
  mpfr_t root;
  mpfr_init2(root, 200);
  mpfr_set_ui(root, 2, MPFR_RNDN);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_div(y, x, root, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(y, y, MPFR_RNDN);
  mpfr_mul(y, y, x, MPFR_RNDN);
  mpfr_clear(root);
  return mpfr_div_ui(y, y, 2, MPFR_RNDN);
}
int big_logit(mpfr_ptr y, mpfr_srcptr p) {
  mpfr_ui_sub(y, 1, p, MPFR_RNDN);
  mpfr_div(y, p, y, MPFR_RNDN);
  return mpfr_log(y, y, MPFR_RNDN);
}

struct Range {
  double low, high;  // both signs where low is negative; spread evenly, and evenly in exponents where low > 0
};

struct Case {
  const char* name;
  double (*function)(double);
  BigFunction reference;
  double bound;  // ULP
  std::vector<Range> ranges;
};

#define ITO_BIG(name) [](mpfr_ptr y, mpfr_srcptr x) { return mpfr_##name(y, x, MPFR_RNDN); }
const std::vector<Case> kCases = {
    {"exp", math::exp, ITO_BIG(exp), 1.1, {{-745.2, 709.8}, {-1, 1}, {1e-300, 1}, {-745.2, -708}}},
    {"expm1", math::expm1, ITO_BIG(expm1), 2, {{-50, 709.8}, {-2, 2}, {1e-310, 1}}},
    {"log", math::log, ITO_BIG(log), 1, {{5e-324, 1.7e308}, {0.5, 2}, {0.99, 1.01}}},
    {"log1p", math::log1p, ITO_BIG(log1p), 1, {{-1, 2}, {1e-310, 1.7e308}, {-0.3, 0.5}}},
    {"sin", math::sin, ITO_BIG(sin), 1, {{-10, 10}, {1e-310, 1.7e308}, {-1e9, 1e9}, {1e8, 1e12}}},
    {"cos", math::cos, ITO_BIG(cos), 1, {{-10, 10}, {1e-310, 1.7e308}, {-1e9, 1e9}, {1e8, 1e12}}},
    {"tan", math::tan, ITO_BIG(tan), 2.5, {{-10, 10}, {1e-310, 1.7e308}, {-1e9, 1e9}}},
    {"atan", math::atan, ITO_BIG(atan), 1, {{-5, 5}, {1e-310, 1.7e308}}},
    {"acos", math::acos, ITO_BIG(acos), 1, {{-1, 1}, {0.999, 1}, {1e-20, 1}}},
    {"tanh", math::tanh, ITO_BIG(tanh), 3, {{-25, 25}, {-1, 1}, {1e-310, 1}}},
    {"erf", math::erf, ITO_BIG(erf), 1.5, {{-6.5, 6.5}, {1e-307, 1}, {0.9, 1.1}}},
    {"sigmoid", math::sigmoid, big_sigmoid, 3, {{-745.2, 50}, {-5, 5}, {1e-300, 1}}},
    {"logit", math::logit, big_logit, 3, {{0, 1}, {1e-310, 0.5}, {0.49, 0.51}, {0.24, 0.26}, {0.74, 0.76}}},
    {"silu",
     [](double x) { return math::scalar::silu(math::scalar::Operations<double>{}, x); },
     big_silu,
     4,
     {{-751, 100}, {-5, 5}, {1e-300, 1}}},
    {"gelu",
     [](double x) { return math::scalar::gelu(math::scalar::Operations<double>{}, x); },
     big_gelu,
     7,
     {{-38.6, 10}, {-3, 3}, {1e-300, 1}}},
};

std::vector<double> points(const std::vector<Range>& ranges, int count) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> xs;
  for (const Range& range : ranges) {
    const auto low_bits = std::bit_cast<std::uint64_t>(range.low), high_bits = std::bit_cast<std::uint64_t>(range.high);
    for (int i = 0; i < count; ++i) {
      if (range.low > 0) xs.push_back(std::bit_cast<double>(low_bits + random() % (high_bits - low_bits + 1)));
      if (range.low <= 0 || range.high / range.low < 4)
        xs.push_back(range.low + (range.high - range.low) * unit(random));
    }
    xs.push_back(range.low);
    xs.push_back(range.high);
  }
  return xs;
}

TEST(Math, DoubleAgainstMpfr) {
  for (const Case& c : kCases) {
    double worst = 0, at = 0;
    for (const double x : points(c.ranges, 3000)) {
      Big argument(x), want;
      c.reference(want.get(), argument.get());
      const double error = error_in_ulps(c.function(x), want);
      if (error > worst) worst = error, at = x;
    }
    EXPECT_LE(worst, c.bound) << c.name << " at " << std::hexfloat << at;
    if (std::getenv("ITO_SHOW_ULP")) std::printf("double %-8s %.3f ULP at %.17g\n", c.name, worst, at);
  }
}

// Arguments within a fraction of an ulp of multiples of pi / 2, where reduction loses most.
TEST(Math, CircularFunctionsNearMultiplesOfHalfPi) {
  std::mt19937_64 random(2);
  double worst = 0;
  for (int i = 0; i < 3000; ++i) {
    Big multiple;
    mpfr_const_pi(multiple.get(), MPFR_RNDN);
    mpfr_mul_ui(multiple.get(), multiple.get(), random() >> (random() % 63), MPFR_RNDN);
    mpfr_div_ui(multiple.get(), multiple.get(), 2, MPFR_RNDN);
    const double x = mpfr_get_d(multiple.get(), MPFR_RNDN);
    Big argument(x), s, c;
    mpfr_sin_cos(s.get(), c.get(), argument.get(), MPFR_RNDN);
    worst = std::max({worst, error_in_ulps(math::sin(x), s), error_in_ulps(math::cos(x), c)});
  }
  EXPECT_LE(worst, 1);
  const double hardest = 0x1.6ac5b262ca1ffp+849;  // nearest of all doubles to a multiple of pi / 2
  Big argument(hardest), want;
  mpfr_cos(want.get(), argument.get(), MPFR_RNDN);
  EXPECT_LE(error_in_ulps(math::cos(hardest), want), 1);
}

TEST(Math, PowAgainstMpfr) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(0, 1);
  double worst = 0, worst_x = 0, worst_y = 0;
  for (int i = 0; i < 20000; ++i) {
    const double exponent = std::ldexp(1.0, static_cast<int>(random() % 11)) * (2 * unit(random) - 1);
    const double x = i % 3 == 0 ? 1 + 0.1 * (unit(random) - 0.5) : std::exp2(exponent);
    double y = 1000 * (2 * unit(random) - 1) / std::log2(x) * (i % 2 ? 1.07 : unit(random));
    if (i % 5 == 0) y = std::rint(y);
    Big a(x), b(y), want;
    mpfr_pow(want.get(), a.get(), b.get(), MPFR_RNDN);
    const double error = error_in_ulps(math::pow(x, y), want);
    if (error > worst) worst = error, worst_x = x, worst_y = y;
  }
  EXPECT_LE(worst, 1) << std::hexfloat << worst_x << " ^ " << worst_y;
  if (std::getenv("ITO_SHOW_ULP")) std::printf("double pow      %.3f ULP\n", worst);
}

TEST(Math, ErfinvInvertsErf) {
  double worst = 0, at = 0;
  for (const double x : points({{-1, 1}, {1e-300, 1}, {0.9999, 1 - 0x1p-53}, {0.49, 0.51}}, 2000)) {
    if (std::fabs(x) == 1) continue;
    const double y = math::erfinv(x);
    // one Newton step in 200 bits gives the true value: t = y - (erf y - x) / erf'(y)
    Big exact(y), t, slope;
    mpfr_erf(t.get(), exact.get(), MPFR_RNDN);
    mpfr_sub_d(t.get(), t.get(), x, MPFR_RNDN);
    mpfr_sqr(slope.get(), exact.get(), MPFR_RNDN);
    mpfr_exp(slope.get(), slope.get(), MPFR_RNDN);
    mpfr_mul(t.get(), t.get(), slope.get(), MPFR_RNDN);
    mpfr_const_pi(slope.get(), MPFR_RNDN);
    mpfr_sqrt(slope.get(), slope.get(), MPFR_RNDN);
    mpfr_mul(t.get(), t.get(), slope.get(), MPFR_RNDN);
    mpfr_div_ui(t.get(), t.get(), 2, MPFR_RNDN);
    mpfr_sub(t.get(), exact.get(), t.get(), MPFR_RNDN);
    const double error = error_in_ulps(y, t);
    if (error > worst) worst = error, at = x;
  }
  EXPECT_LE(worst, 4) << std::hexfloat << at;
  if (std::getenv("ITO_SHOW_ULP")) std::printf("double erfinv   %.3f ULP at %.17g\n", worst, at);
}

struct FloatCase {
  const char* name;
  float (*function)(float);
  double (*reference)(double);
  double bound;
};

const std::vector<FloatCase> kFloatCases = {
    {"exp", math::exp, std::exp, 1.1},
    {"expm1", math::expm1, std::expm1, 2},
    {"log", math::log, std::log, 1},
    {"log1p", math::log1p, std::log1p, 1},
    {"sin", math::sin, std::sin, 0.5001},
    {"cos", math::cos, std::cos, 0.5001},
    {"tan", math::tan, std::tan, 0.5001},
    {"atan", math::atan, std::atan, 0.5001},
    {"acos", math::acos, std::acos, 0.5001},
    {"tanh", math::tanh, std::tanh, 3},
    {"erf", math::erf, std::erf, 1.5},
    {"sigmoid", math::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 3},
    {"logit", math::logit, [](double p) { return std::log(p) - std::log1p(-p); }, 0.51},
    {"silu", [](float x) { return math::scalar::silu(math::scalar::Operations<float>{}, x); },
     [](double x) { return x / (1 + std::exp(-x)); }, 4},
    {"gelu", [](float x) { return math::scalar::gelu(math::scalar::Operations<float>{}, x); },
     [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }, 7},
    {"gelu_tanh", [](float x) { return math::scalar::gelu_tanh(math::scalar::Operations<float>{}, x); },
     [](double x) { return x / (1 + std::exp(-2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); },
     220},
};

double float_error(float got, double want) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : kInfinity;
  const float nearest = static_cast<float>(want);
  if (got == nearest) return std::isinf(nearest) ? 0 : std::fabs(static_cast<double>(got) - want) / ulp_of<float>(want);
  if (std::isinf(got) || std::isinf(nearest))
    return std::fabs(std::isinf(got) ? nearest : got) == std::numeric_limits<float>::max() ? 1 : kInfinity;
  return std::fabs(static_cast<double>(got) - want) / ulp_of<float>(want);
}

// The worst error, and where, over the floats of one 256th of all bit patterns, each `stride`-th of them.
struct Worst {
  double error = 0;
  float at = 0;
};
Worst worst_of(const FloatCase& c, std::uint64_t part, std::uint64_t stride) {
  Worst worst;
  const std::uint64_t begin = part << 24, end = (part + 1) << 24;
  for (std::uint64_t bits = (begin + stride - 1) / stride * stride; bits < end; bits += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::string_view(c.name) != "exp" && std::isinf(x)) continue;  // limits are tested below
    const double error = float_error(c.function(x), c.reference(static_cast<double>(x)));
    if (error > worst.error) worst = {error, x};
  }
  return worst;
}

// Every float under ITO_LONG=1 (half an hour of processor time), else each 9,973rd.
TEST(Math, FloatOverItsWholeRange) {
  const std::uint64_t stride = std::getenv("ITO_LONG") ? 1 : 9973;
  for (const FloatCase& c : kFloatCases) {
    std::vector<Worst> parts(256);
    parallel_items(default_context(), 256, [&](int, std::int64_t part) {
      parts[static_cast<std::size_t>(part)] = worst_of(c, static_cast<std::uint64_t>(part), stride);
    });
    const Worst worst =
        *std::max_element(parts.begin(), parts.end(), [](const Worst& a, const Worst& b) { return a.error < b.error; });
    EXPECT_LE(worst.error, c.bound) << c.name << " at " << std::hexfloat << worst.at;
    if (std::getenv("ITO_SHOW_ULP"))
      std::printf("float  %-8s %.4f ULP at %.9g\n", c.name, worst.error, static_cast<double>(worst.at));
  }
}

}  // namespace
}  // namespace ito
