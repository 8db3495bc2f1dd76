// Updates of parameters, one pass over memory each.
//
// AdamW (Loshchilov, Hutter 2019, algorithm 2; Kingma, Ba 2015), step t = 1, 2, ...:
//   g = gradient_scale gradient
//   m = fma(beta1, m, (1 - beta1) g)                       v = fma(beta2, v, ((1 - beta2) g) g)
//   d = fma(sqrt(v), 1 / sqrt(1 - beta2^t), epsilon)
//   parameter = fma(-learning_rate / (1 - beta1^t), m / d, (1 - learning_rate weight_decay) parameter)
// Weight decay is decoupled: it does not pass through the moments. Exponential moving average:
//   average = fma(1 - decay, parameter - average, average)         so a parameter at rest is a fixed point
//
// Every coefficient is computed in double, rounded to T (float or double) once, and the operations follow in the order
// written, each rounded to T. Arrays are [n] and do not overlap.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

struct AdamW {
  std::int64_t step = 1;  // t
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  double gradient_scale = 1.0;  // what clipping by the global norm multiplies gradients with
};

// InputError for a step below 1, a beta outside [0, 1), or an epsilon that is not above 0.
template <class T>
void adamw(Context& context, const AdamW& settings, std::int64_t n, const T* gradient, T* parameter, T* m, T* v);

// decay in [0, 1]: InputError otherwise.
template <class T>
void exponential_average(Context& context, double decay, std::int64_t n, const T* parameter, T* average);

// The coefficients of one AdamW step.
struct AdamWCoefficients {
  double gradient_scale, beta1, one_minus_beta1, beta2, one_minus_beta2, root_scale, epsilon, minus_rate, keep;
};
AdamWCoefficients adamw_coefficients(const AdamW& settings);

// The papers' formulas, in double throughout and rounded when stored: to read, and to test against.
namespace reference {
template <class T>
void adamw(const AdamW& settings, std::int64_t n, const T* gradient, T* parameter, T* m, T* v);
template <class T>
void exponential_average(double decay, std::int64_t n, const T* parameter, T* average);
}  // namespace reference

namespace simd {
template <class T>
void adamw(Context& context, const AdamWCoefficients& c, std::int64_t n, const T* gradient, T* parameter, T* m, T* v);
template <class T>
void exponential_average(Context& context, double decay, std::int64_t n, const T* parameter, T* average);
}  // namespace simd

}  // namespace ito::kernels
