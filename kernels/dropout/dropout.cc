#include "kernels/dropout/dropout.h"

#include <string>

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void dropout(Context& context, const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, const T* x, T* y) {
  require_backend(context, "dropout");
  if (!(rate >= 0 && rate < 1))
    throw InputError("dropout: expected a rate of at least 0 and below 1, not " + std::to_string(rate));
  require_counters(first_sample, samples, elements);
  simd::dropout(context, key, rate, first_sample, samples, elements, x, y);
}

template void dropout<float>(Context&, const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t, const float*,
                             float*);
template void dropout<double>(Context&, const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t,
                              const double*, double*);

}  // namespace ito::kernels
