#include "kernels/linear_combination/linear_combination.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/linear_combination/simd.cc"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/core/highway-inl.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Below this many elements a second thread costs more than it brings.
constexpr std::int64_t kLinearCombinationGrain = std::int64_t{1} << 16;

// Elements [begin, end) of one sample, whose coefficients are c.
template <class T, std::size_t... Term>
HWY_INLINE void combine_range(std::int64_t begin, std::int64_t end, const std::array<T, sizeof...(Term)>& c,
                              const T* const* x, T* y, std::index_sequence<Term...>) {
  const auto step = [c](auto d, auto x0, auto... rest) HWY_ATTR {
    auto sum = hn::Mul(hn::Set(d, c[0]), x0);
    std::size_t term = 0;
    ((sum = hn::MulAdd(hn::Set(d, c[++term]), rest, sum)), ...);
    return sum;
  };
  map_range(begin, end, y, step, x[Term]...);
}

template <class T, int terms>
void linear_combination_terms(Context& context, std::int64_t samples, std::int64_t elements, const double* coefficients,
                              const T* const* x, T* y) {
  parallel_for(context, samples * elements, kLinearCombinationGrain,
               [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
                 for (std::int64_t sample = begin / elements; begin < end; ++sample) {
                   const std::int64_t stop = std::min(end, (sample + 1) * elements);
                   std::array<T, terms> c;
                   for (int t = 0; t < terms; ++t) c[t] = static_cast<T>(coefficients[t * samples + sample]);
                   combine_range<T>(begin, stop, c, x, y, std::make_index_sequence<terms>());
                   begin = stop;
                 }
               });
}

// One loop for each count of terms.
template <class T, int... Count>
void linear_combination_of(std::integer_sequence<int, Count...>, Context& context, std::int64_t samples,
                           std::int64_t elements, int terms, const double* coefficients, const T* const* x, T* y) {
  ((terms == Count + 1 ? linear_combination_terms<T, Count + 1>(context, samples, elements, coefficients, x, y)
                       : static_cast<void>(0)),
   ...);
}

template <class T>
void linear_combination(Context& context, std::int64_t samples, std::int64_t elements, int terms,
                        const double* coefficients, const T* const* x, T* y) {
  linear_combination_of<T>(std::make_integer_sequence<int, kMaxTerms>(), context, samples, elements, terms,
                           coefficients, x, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void linear_combination(Context& context, std::int64_t samples, std::int64_t elements, int terms,
                        const double* coefficients, const T* const* x, T* y) {
  ITO_DISPATCH(linear_combination<T>)(context, samples, elements, terms, coefficients, x, y);
}

template void linear_combination<float>(Context&, std::int64_t, std::int64_t, int, const double*, const float* const*,
                                        float*);
template void linear_combination<double>(Context&, std::int64_t, std::int64_t, int, const double*, const double* const*,
                                         double*);

}  // namespace ito::kernels::simd
#endif
