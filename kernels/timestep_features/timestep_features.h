// Sinusoidal features of time (Vaswani et al. 2017, section 3.5, in the form of DDPM and ADM):
//
//   out[n, i] = cos(t_n w_i),  out[n, half + i] = sin(t_n w_i),   w_i = exp(-(log(max_period) i) / half)
//   for 0 <= i < half
//
// out is [n, 2 half], contiguous. Computed in double (math_functions.h's functions) and rounded to T once, so float
// features are the rounded double ones. t is in the caller's units: DDPM's are timesteps, 0 to 999. A t that is not
// finite gives NaN.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

// T is float or double; InputError unless n, half >= 0 and max_period >= 1 is finite.
template <class T>
void timestep_features(Context& context, std::int64_t n, std::int64_t half, double max_period, const double* t, T* out);

namespace reference {  // libm's functions
template <class T>
void timestep_features(std::int64_t n, std::int64_t half, double max_period, const double* t, T* out);
}  // namespace reference

namespace simd {
template <class T>
void timestep_features(Context& context, std::int64_t n, std::int64_t half, double max_period, const double* t, T* out);
}  // namespace simd

}  // namespace ito::kernels
