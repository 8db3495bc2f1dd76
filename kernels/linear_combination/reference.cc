#include "kernels/linear_combination/linear_combination.h"

namespace ito::kernels::reference {

template <class T>
void linear_combination_per_sample(std::int64_t samples, std::int64_t elements, std::span<const double> coefficients,
                                   const T* const* x, T* y) {
  const std::int64_t terms = samples == 0 ? 0 : static_cast<std::int64_t>(coefficients.size()) / samples;
  for (std::int64_t n = 0; n < samples; ++n)
    for (std::int64_t i = n * elements; i < (n + 1) * elements; ++i) {
      double total = 0;
      for (std::int64_t t = 0; t < terms; ++t)
        total += static_cast<double>(static_cast<T>(coefficients[t * samples + n])) * static_cast<double>(x[t][i]);
      y[i] = static_cast<T>(total);
    }
}

template <class T>
void linear_combination(std::int64_t n, std::span<const double> coefficients, const T* const* x, T* y) {
  linear_combination_per_sample(1, n, coefficients, x, y);
}

template void linear_combination<float>(std::int64_t, std::span<const double>, const float* const*, float*);
template void linear_combination<double>(std::int64_t, std::span<const double>, const double* const*, double*);
template void linear_combination_per_sample<float>(std::int64_t, std::int64_t, std::span<const double>,
                                                   const float* const*, float*);
template void linear_combination_per_sample<double>(std::int64_t, std::int64_t, std::span<const double>,
                                                    const double* const*, double*);

}  // namespace ito::kernels::reference
