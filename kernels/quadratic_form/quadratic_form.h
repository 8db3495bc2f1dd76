// Log-densities of many small Gaussians at many points, up to what `offset` holds:
//
//   out[n, k] = offset[k] - 1/2 |W_k (x_n - c_k)|^2,   W_k lower triangular (an inverse Cholesky factor)
//
// Shapes: x [points, D]; centres [D, count]; factors [D (D + 1) / 2, count], rows of the triangle one after another
// (W_00, W_10, W_11, W_20, ...); offset [count]; out [points, count]. Structure of arrays: lanes run over k.
// Order (all fma): d_j = x_j - c_j; z_i = W_i0 d_0, then z_i = fma(W_ij, d_j, z_i), j = 1 .. i; q = z_0 z_0, then
// q = fma(z_i, z_i, q); out = fma(-1/2, q, offset). The difference comes first, so nothing cancels when W is large.
// Errors: InputError when D is not in [1, 16] or a size is negative.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

inline constexpr std::int64_t kQuadraticFormMaxDimension = 16;

struct QuadraticForms {
  std::int64_t dimension = 0;
  std::int64_t count = 0;
  const double* centres = nullptr;
  const double* factors = nullptr;
  const double* offset = nullptr;
  std::int64_t stride = 0;  // elements from one row of centres and factors to the next; at least count
};

void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out);

namespace reference {
void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out);
}
namespace simd {
void quadratic_form(Context& context, std::int64_t points, const double* x, const QuadraticForms& forms, double* out);
}

}  // namespace ito::kernels
