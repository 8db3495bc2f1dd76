#include <vector>

#include "kernels/quadratic_form/quadratic_form.h"

namespace ito::kernels::reference {

void quadratic_form(Context&, std::int64_t points, const double* x, const QuadraticForms& forms, double* out) {
  for (std::int64_t n = 0; n < points; ++n)
    for (std::int64_t k = 0; k < forms.count; ++k) {
      double square = 0;
      std::int64_t entry = 0;
      for (std::int64_t i = 0; i < forms.dimension; ++i) {
        double z = 0;
        for (std::int64_t j = 0; j <= i; ++j, ++entry)
          z += forms.factors[entry * forms.stride + k] *
               (x[n * forms.dimension + j] - forms.centres[j * forms.stride + k]);
        square += z * z;
      }
      out[n * forms.count + k] = forms.offset[k] - 0.5 * square;
    }
}

}  // namespace ito::kernels::reference
