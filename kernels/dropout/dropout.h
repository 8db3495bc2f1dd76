// Dropout by counters (Srivastava et al. 2014, scaled in training):
//
//   y = factor x  where u >= rate,  +0 elsewhere;   factor = 1 / (1 - rate), rounded to T
//   dx = the same function of dy
//
// u is the uniform number of kernels/random at (key, sample, element): what is dropped depends on where an element
// stands, not on its neighbours, the batch, threads, or the type T. With r the number's 32-bit word, u >= rate is
// r >= rate 2^32 - 1/2, compared in whole numbers.
//
// x and y are [samples, elements], contiguous, of the sample numbers first_sample, first_sample + 1, ...; y may be x,
// else they must not overlap. T is float or double.
#pragma once

#include "kernels/random/random.h"

namespace ito::kernels {

// InputError unless 0 <= rate < 1 and the sizes are random numbers' (random.h).
template <class T>
void dropout(Context& context, const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, const T* x, T* y);

namespace reference {  // one element at a time, comparing u itself
template <class T>
void dropout(const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples, std::int64_t elements,
             const T* x, T* y);
}  // namespace reference

namespace simd {
template <class T>
void dropout(Context& context, const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, const T* x, T* y);
}  // namespace simd

}  // namespace ito::kernels
