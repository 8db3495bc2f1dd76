#include <cmath>

#include "kernels/timestep_features/timestep_features.h"

namespace ito::kernels::reference {

template <class T>
void timestep_features(std::int64_t n, std::int64_t half, double max_period, const double* t, T* out) {
  for (std::int64_t r = 0; r < n; ++r)
    for (std::int64_t i = 0; i < half; ++i) {
      const double w = std::pow(max_period, -static_cast<double>(i) / static_cast<double>(half));
      out[r * 2 * half + i] = static_cast<T>(std::cos(t[r] * w));
      out[r * 2 * half + half + i] = static_cast<T>(std::sin(t[r] * w));
    }
}

template void timestep_features<float>(std::int64_t, std::int64_t, double, const double*, float*);
template void timestep_features<double>(std::int64_t, std::int64_t, double, const double*, double*);

}  // namespace ito::kernels::reference
