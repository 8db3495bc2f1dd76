#include "kernels/quadratic_form/quadratic_form.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/quadratic_form/simd.cc"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "kernels/core/highway-inl.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// A thread is worth starting for about this many (point, form) pairs.
constexpr std::int64_t kQuadraticFormGrain = std::int64_t{1} << 15;

// One vector of forms at one point. `load` reads a vector from a row of centres, factors or offsets. With a dimension
// known at compile time the differences stay in registers.
template <int dimension, class D, class Load>
HWY_INLINE hn::Vec<D> form(D d, std::int64_t runtime_dimension, const double* x, const QuadraticForms& forms,
                           const Load& load) {
  const std::int64_t size = dimension > 0 ? dimension : runtime_dimension;
  hn::Vec<D> difference[dimension > 0 ? dimension : kQuadraticFormMaxDimension];
  hn::Vec<D> square = hn::Zero(d);
  const double* factor = forms.factors;
  for (std::int64_t i = 0; i < size; ++i) {
    difference[i] = hn::Sub(hn::Set(d, x[i]), load(forms.centres + i * forms.stride));
    hn::Vec<D> z = hn::Mul(load(factor), difference[0]);
    factor += forms.stride;
    for (std::int64_t j = 1; j <= i; ++j, factor += forms.stride) z = hn::MulAdd(load(factor), difference[j], z);
    square = i == 0 ? hn::Mul(z, z) : hn::MulAdd(z, z, square);
  }
  return hn::MulAdd(hn::Set(d, -0.5), square, load(forms.offset));
}

template <int dimension>
void quadratic_form_points(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms,
                           double* out) {
  const std::int64_t grain = std::max<std::int64_t>(1, kQuadraticFormGrain / std::max<std::int64_t>(1, forms.count));
  parallel_for(context, points, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const hn::ScalableTag<double> d;
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t n = begin; n < end; ++n) {
      const double* point = x + n * forms.dimension;
      double* row = out + n * forms.count;
      std::int64_t k = 0;
      for (; k + lanes <= forms.count; k += lanes) {
        const auto load = [d, k](const double* p) HWY_ATTR { return hn::LoadU(d, p + k); };
        hn::StoreU(form<dimension>(d, forms.dimension, point, forms, load), d, row + k);
      }
      if (k < forms.count) {
        const std::int64_t rest = forms.count - k;
        const auto load = [d, k, rest](const double* p) HWY_ATTR { return load_first(d, p + k, rest); };
        store_first(form<dimension>(d, forms.dimension, point, forms, load), d, row + k, rest);
      }
    }
  });
}

void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out) {
  switch (forms.dimension) {
    case 1:
      return quadratic_form_points<1>(context, points, x, forms, out);
    case 2:
      return quadratic_form_points<2>(context, points, x, forms, out);
    case 3:
      return quadratic_form_points<3>(context, points, x, forms, out);
    default:
      return quadratic_form_points<0>(context, points, x, forms, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out) {
  ITO_DISPATCH(quadratic_form)(context, points, x, forms, out);
}

}  // namespace ito::kernels::simd
#endif
