#include "kernels/per_sample/per_sample.h"

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

void check(const Context& context, const char* kernel, const SampleShape& shape) {
  require_backend(context, kernel);
  require(shape.samples >= 0 && shape.positions >= 0 && shape.channels >= 0, "per_sample: a size is negative");
}

}  // namespace

template <class T>
void add_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  check(context, "add_per_sample", shape);
  simd::add_per_sample(context, shape, x, row, y);
}

template <class T>
void multiply_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y) {
  check(context, "multiply_per_sample", shape);
  simd::multiply_per_sample(context, shape, x, row, y);
}

template <class T>
void gated_residual(Context& context, const SampleShape& shape, const T* x, const T* gate, const T* h, T* y) {
  check(context, "gated_residual", shape);
  simd::gated_residual(context, shape, x, gate, h, y);
}

template <class T>
void repeat_per_sample(Context& context, const SampleShape& shape, const T* row, T* y) {
  check(context, "repeat_per_sample", shape);
  simd::repeat_per_sample(context, shape, row, y);
}

template <class T>
void sum_per_sample(Context& context, const SampleShape& shape, const T* x, T* out) {
  check(context, "sum_per_sample", shape);
  simd::sum_per_sample(context, shape, x, out);
}

template <class T>
void dot_per_sample(Context& context, const SampleShape& shape, const T* x, const T* y, T* out) {
  check(context, "dot_per_sample", shape);
  simd::dot_per_sample(context, shape, x, y, out);
}

#define ITO_INSTANTIATE(T)                                                                         \
  template void add_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);           \
  template void multiply_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);      \
  template void gated_residual<T>(Context&, const SampleShape&, const T*, const T*, const T*, T*); \
  template void repeat_per_sample<T>(Context&, const SampleShape&, const T*, T*);                  \
  template void sum_per_sample<T>(Context&, const SampleShape&, const T*, T*);                     \
  template void dot_per_sample<T>(Context&, const SampleShape&, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
