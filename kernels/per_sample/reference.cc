#include "kernels/per_sample/per_sample.h"

namespace ito::kernels::reference {

template <class T>
void gated_residual(const SampleShape& shape, const T* x, const T* gate, const T* h, T* y) {
  for (std::int64_t n = 0; n < shape.samples; ++n)
    for (std::int64_t p = 0; p < shape.positions; ++p)
      for (std::int64_t c = 0; c < shape.channels; ++c) {
        const std::int64_t i = (n * shape.positions + p) * shape.channels + c;
        const double g = static_cast<double>(gate[n * shape.channels + c]);
        y[i] = static_cast<T>(static_cast<double>(x[i]) + g * static_cast<double>(h[i]));
      }
}

template <class T>
void dot_per_sample(const SampleShape& shape, const T* x, const T* y, T* out) {
  for (std::int64_t n = 0; n < shape.samples; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      double sum = 0;
      for (std::int64_t p = 0; p < shape.positions; ++p) {
        const std::int64_t i = (n * shape.positions + p) * shape.channels + c;
        sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
      }
      out[n * shape.channels + c] = static_cast<T>(sum);
    }
}

#define ITO_INSTANTIATE(T)                                                               \
  template void gated_residual<T>(const SampleShape&, const T*, const T*, const T*, T*); \
  template void dot_per_sample<T>(const SampleShape&, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
