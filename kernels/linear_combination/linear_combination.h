// A solver step's arithmetic, in one pass over memory:
//
//   y = c_0 x_0,   then   y = fma(c_i, x_i, y)   for i = 1, 2, ..., terms - 1
//
// in this order and in T (float or double), each c_i rounded from double to T first. A coefficient of exactly 0 still
// multiplies: 0 * Inf is NaN, as a divergence should be. y may be one of the x_i (exactly; no partial overlap).
// InputError when there are no terms or more than kMaxTerms.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/core/context.h"

namespace ito::kernels {

inline constexpr int kMaxTerms = 8;

// x[i] and y are [n]; one coefficient a term.
template <class T>
void linear_combination(Context& context, std::int64_t n, std::span<const double> coefficients, const T* const* x,
                        T* y);

// x[i] and y are [samples, elements]; coefficients are [terms, samples]: one for each term and sample.
template <class T>
void linear_combination_per_sample(Context& context, std::int64_t samples, std::int64_t elements,
                                   std::span<const double> coefficients, const T* const* x, T* y);

// The formula in plain loops, accumulated in double and rounded once: to read, and to test against.
namespace reference {
template <class T>
void linear_combination(std::int64_t n, std::span<const double> coefficients, const T* const* x, T* y);
template <class T>
void linear_combination_per_sample(std::int64_t samples, std::int64_t elements, std::span<const double> coefficients,
                                   const T* const* x, T* y);
}  // namespace reference

namespace simd {
template <class T>
void linear_combination(Context& context, std::int64_t samples, std::int64_t elements, int terms,
                        const double* coefficients, const T* const* x, T* y);
}  // namespace simd

}  // namespace ito::kernels
