#include "kernels/dropout/dropout.h"

namespace ito::kernels::reference {

template <class T>
void dropout(const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples, std::int64_t elements,
             const T* x, T* y) {
  const T factor = static_cast<T>(1 / (1 - rate));
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t e = 0; e < elements; ++e) {
      const double u = random_uniform(key, static_cast<std::uint32_t>(first_sample + s), static_cast<std::uint32_t>(e));
      y[s * elements + e] = u >= rate ? factor * x[s * elements + e] : T(0);
    }
}

template void dropout<float>(const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t, const float*, float*);
template void dropout<double>(const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t, const double*,
                              double*);

}  // namespace ito::kernels::reference
