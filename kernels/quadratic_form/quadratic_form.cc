#include "kernels/quadratic_form/quadratic_form.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out) {
  require_backend(context, "quadratic_form");
  require(points >= 0 && forms.count >= 0, "quadratic_form: a size is negative");
  require(forms.dimension >= 1 && forms.dimension <= kQuadraticFormMaxDimension,
          "quadratic_form: the dimension must be from 1 to 16");
  require(forms.stride >= forms.count, "quadratic_form: the stride is shorter than a row");
  simd::quadratic_form(context, points, x, forms, out);
}

}  // namespace ito::kernels
