// Elementary functions whose bits are the same everywhere: on scalars, in SIMD lanes (math-inl.h) and on a GPU.
//
// Each is written once, in math_functions.h, as a template over a small set of operations (+ - * / sqrt fma floor,
// exponent bits), and instantiated here for float and double. glibc's versions return other bits on the same machine
// when FMA or AVX2 are masked, so no recorded number passes through them.
//
// Error bounds (ULP, over the whole range unless said) stand beside each function in math_*.h and are tested:
// float exhaustively in `make test-long`, strided in `make test`; double against MPFR.
// Special values follow IEEE 754 / C Annex F: exp(-inf) = +0, exp(0) = 1 exactly, log(0) = -inf, log(x < 0) = NaN.
#pragma once

namespace ito::math {

float exp(float x);
double exp(double x);
float expm1(float x);
double expm1(double x);
float log(float x);
double log(double x);
float log1p(float x);
double log1p(double x);
float pow(float x, float y);
double pow(double x, double y);
float sin(float x);
double sin(double x);
float cos(float x);
double cos(double x);
float tan(float x);
double tan(double x);
float atan(float x);
double atan(double x);
float acos(float x);
double acos(double x);
float tanh(float x);
double tanh(double x);
float erf(float x);
double erf(double x);
float erfinv(float x);
double erfinv(double x);
float sigmoid(float x);  // 1 / (1 + exp(-x))
double sigmoid(double x);
float logit(float p);  // log(p / (1 - p))
double logit(double p);
float log_gamma(float x);  // x > 0
double log_gamma(double x);
// Regularised incomplete beta I_x(a, b) and its inverse in x; a, b > 0, x and p in [0, 1].
float incomplete_beta(float a, float b, float x);
double incomplete_beta(double a, double b, double x);
float incomplete_beta_inverse(float a, float b, float p);
double incomplete_beta_inverse(double a, double b, double p);

}  // namespace ito::math
