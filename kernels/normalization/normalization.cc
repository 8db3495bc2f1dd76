#include "kernels/normalization/normalization.h"

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

template <class T>
void check(const Context& context, const char* kernel, const Normalization<T>& f) {
  require_backend(context, kernel);
  require(f.samples >= 0 && f.positions >= 0 && f.channels >= 0, "normalization: a size is negative");
  require(f.epsilon > 0, "normalization: expected epsilon > 0");
}

template <class T>
void check_groups(const Context& context, const char* kernel, const Normalization<T>& f) {
  check(context, kernel, f);
  require(f.groups > 0 && f.channels % f.groups == 0, "group_norm: expected groups that divide the channels");
}

}  // namespace

template <class T>
void layer_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std) {
  check(context, "layer_norm", f);
  simd::row_norm(context, f, true, x, y, mean, reciprocal_std);
}

template <class T>
void rms_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* reciprocal_std) {
  check(context, "rms_norm", f);
  simd::row_norm<T>(context, f, false, x, y, nullptr, reciprocal_std);
}

template <class T>
void group_norm(Context& context, const Normalization<T>& f, const T* x, T* y, T* mean, T* reciprocal_std) {
  check_groups(context, "group_norm", f);
  simd::group_norm(context, f, x, y, mean, reciprocal_std);
}

template <class T>
void layer_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  check(context, "layer_norm_gradient", f);
  simd::row_norm_gradient(context, f, true, x, mean, reciprocal_std, dy, gradients);
}

template <class T>
void rms_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* reciprocal_std, const T* dy,
                       const NormalizationGradients<T>& gradients) {
  check(context, "rms_norm_gradient", f);
  simd::row_norm_gradient<T>(context, f, false, x, nullptr, reciprocal_std, dy, gradients);
}

template <class T>
void group_norm_gradient(Context& context, const Normalization<T>& f, const T* x, const T* mean,
                         const T* reciprocal_std, const T* dy, const NormalizationGradients<T>& gradients) {
  check_groups(context, "group_norm_gradient", f);
  simd::group_norm_gradient(context, f, x, mean, reciprocal_std, dy, gradients);
}

#define ITO_INSTANTIATE(T)                                                                                        \
  template void layer_norm<T>(Context&, const Normalization<T>&, const T*, T*, T*, T*);                           \
  template void rms_norm<T>(Context&, const Normalization<T>&, const T*, T*, T*);                                 \
  template void group_norm<T>(Context&, const Normalization<T>&, const T*, T*, T*, T*);                           \
  template void layer_norm_gradient<T>(Context&, const Normalization<T>&, const T*, const T*, const T*, const T*, \
                                       const NormalizationGradients<T>&);                                         \
  template void rms_norm_gradient<T>(Context&, const Normalization<T>&, const T*, const T*, const T*,             \
                                     const NormalizationGradients<T>&);                                           \
  template void group_norm_gradient<T>(Context&, const Normalization<T>&, const T*, const T*, const T*, const T*, \
                                       const NormalizationGradients<T>&);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels
