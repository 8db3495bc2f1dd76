#include "kernels/core/math.h"

#include "kernels/core/math_scalar.h"

namespace ito::math {
namespace {

constexpr scalar::Operations<float> kFloat{};
constexpr scalar::Operations<double> kDouble{};

}  // namespace

float exp(float x) { return scalar::exp(kFloat, x); }
double exp(double x) { return scalar::exp(kDouble, x); }
float expm1(float x) { return scalar::expm1(kFloat, x); }
double expm1(double x) { return scalar::expm1(kDouble, x); }
float log(float x) { return scalar::log(kFloat, x); }
double log(double x) { return scalar::log(kDouble, x); }
float log1p(float x) { return scalar::log1p(kFloat, x); }
double log1p(double x) { return scalar::log1p(kDouble, x); }
float pow(float x, float y) { return scalar::in_double(scalar::Pow{}, kFloat, x, y); }
double pow(double x, double y) { return scalar::in_double(scalar::Pow{}, kDouble, x, y); }
float sin(float x) { return scalar::in_double(scalar::Sin{}, kFloat, x); }
double sin(double x) { return scalar::in_double(scalar::Sin{}, kDouble, x); }
float cos(float x) { return scalar::in_double(scalar::Cos{}, kFloat, x); }
double cos(double x) { return scalar::in_double(scalar::Cos{}, kDouble, x); }
float tan(float x) { return scalar::in_double(scalar::Tan{}, kFloat, x); }
double tan(double x) { return scalar::in_double(scalar::Tan{}, kDouble, x); }
float atan(float x) { return scalar::in_double(scalar::Atan{}, kFloat, x); }
double atan(double x) { return scalar::in_double(scalar::Atan{}, kDouble, x); }
float acos(float x) { return scalar::in_double(scalar::Acos{}, kFloat, x); }
double acos(double x) { return scalar::in_double(scalar::Acos{}, kDouble, x); }
float tanh(float x) { return scalar::tanh(kFloat, x); }
double tanh(double x) { return scalar::tanh(kDouble, x); }
float erf(float x) { return scalar::erf(kFloat, x); }
double erf(double x) { return scalar::erf(kDouble, x); }
float erfinv(float x) { return scalar::in_double(scalar::Erfinv{}, kFloat, x); }
double erfinv(double x) { return scalar::in_double(scalar::Erfinv{}, kDouble, x); }
float sigmoid(float x) { return scalar::sigmoid(kFloat, x); }
double sigmoid(double x) { return scalar::sigmoid(kDouble, x); }
float logit(float p) { return scalar::in_double(scalar::Logit{}, kFloat, p); }
double logit(double p) { return scalar::in_double(scalar::Logit{}, kDouble, p); }

}  // namespace ito::math
