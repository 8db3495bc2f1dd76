#include "kernels/timestep_features/timestep_features.h"

#include <cmath>

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void timestep_features(Context& context, std::int64_t n, std::int64_t half, double max_period, const double* t,
                       T* out) {
  require_backend(context, "timestep_features");
  require(n >= 0 && half >= 0, "timestep_features: a size is negative");
  require(max_period >= 1 && std::isfinite(max_period), "timestep_features: expected a finite max_period >= 1");
  simd::timestep_features(context, n, half, max_period, t, out);
}

template void timestep_features<float>(Context&, std::int64_t, std::int64_t, double, const double*, float*);
template void timestep_features<double>(Context&, std::int64_t, std::int64_t, double, const double*, double*);

}  // namespace ito::kernels
