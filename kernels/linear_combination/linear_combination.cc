#include "kernels/linear_combination/linear_combination.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void linear_combination_per_sample(Context& context, std::int64_t samples, std::int64_t elements,
                                   std::span<const double> coefficients, const T* const* x, T* y) {
  require_backend(context, "linear_combination");
  require(samples >= 0 && elements >= 0, "linear_combination: a size is negative");
  if (samples == 0 || elements == 0) return;
  const std::int64_t count = static_cast<std::int64_t>(coefficients.size());
  require(count % samples == 0, "linear_combination: coefficients must be [terms, samples]");
  require(count >= samples && count <= kMaxTerms * samples, "linear_combination: expected 1 to 8 terms");
  simd::linear_combination(context, samples, elements, static_cast<int>(count / samples), coefficients.data(), x, y);
}

template <class T>
void linear_combination(Context& context, std::int64_t n, std::span<const double> coefficients, const T* const* x,
                        T* y) {
  linear_combination_per_sample(context, 1, n, coefficients, x, y);
}

template void linear_combination<float>(Context&, std::int64_t, std::span<const double>, const float* const*, float*);
template void linear_combination<double>(Context&, std::int64_t, std::span<const double>, const double* const*,
                                         double*);
template void linear_combination_per_sample<float>(Context&, std::int64_t, std::int64_t, std::span<const double>,
                                                   const float* const*, float*);
template void linear_combination_per_sample<double>(Context&, std::int64_t, std::int64_t, std::span<const double>,
                                                    const double* const*, double*);

}  // namespace ito::kernels
