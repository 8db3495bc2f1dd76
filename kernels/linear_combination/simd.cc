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

template <class T>
void linear_combination(Context& context, std::int64_t samples, std::int64_t elements, int terms,
                        const double* coefficients, const T* const* x, T* y) {
  switch (terms) {
    case 1:
      return linear_combination_terms<T, 1>(context, samples, elements, coefficients, x, y);
    case 2:
      return linear_combination_terms<T, 2>(context, samples, elements, coefficients, x, y);
    case 3:
      return linear_combination_terms<T, 3>(context, samples, elements, coefficients, x, y);
    case 4:
      return linear_combination_terms<T, 4>(context, samples, elements, coefficients, x, y);
    case 5:
      return linear_combination_terms<T, 5>(context, samples, elements, coefficients, x, y);
    case 6:
      return linear_combination_terms<T, 6>(context, samples, elements, coefficients, x, y);
    case 7:
      return linear_combination_terms<T, 7>(context, samples, elements, coefficients, x, y);
    case 8:
      return linear_combination_terms<T, 8>(context, samples, elements, coefficients, x, y);
  }
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
