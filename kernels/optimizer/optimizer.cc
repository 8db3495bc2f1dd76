#include "kernels/optimizer/optimizer.h"

#include <cmath>

#include "kernels/core/backend.h"
#include "kernels/core/math.h"

namespace ito::kernels {

AdamWCoefficients adamw_coefficients(const AdamW& s) {
  require(s.step >= 1, "adamw: steps are counted from 1");
  require(s.beta1 >= 0 && s.beta1 < 1 && s.beta2 >= 0 && s.beta2 < 1, "adamw: expected betas in [0, 1)");
  require(s.epsilon > 0, "adamw: expected an epsilon above 0");
  const double t = static_cast<double>(s.step);
  return {.gradient_scale = s.gradient_scale,
          .beta1 = s.beta1,
          .one_minus_beta1 = 1.0 - s.beta1,
          .beta2 = s.beta2,
          .one_minus_beta2 = 1.0 - s.beta2,
          .root_scale = 1.0 / std::sqrt(1.0 - math::pow(s.beta2, t)),
          .epsilon = s.epsilon,
          .minus_rate = -s.learning_rate / (1.0 - math::pow(s.beta1, t)),
          .keep = 1.0 - s.learning_rate * s.weight_decay};
}

template <class T>
void adamw(Context& context, const AdamW& settings, std::int64_t n, const T* gradient, T* parameter, T* m, T* v) {
  require_backend(context, "adamw");
  require(n >= 0, "adamw: a size is negative");
  simd::adamw(context, adamw_coefficients(settings), n, gradient, parameter, m, v);
}

template <class T>
void exponential_average(Context& context, double decay, std::int64_t n, const T* parameter, T* average) {
  require_backend(context, "exponential_average");
  require(n >= 0, "exponential_average: a size is negative");
  require(decay >= 0 && decay <= 1, "exponential_average: expected a decay in [0, 1]");
  simd::exponential_average(context, decay, n, parameter, average);
}

template void adamw<float>(Context&, const AdamW&, std::int64_t, const float*, float*, float*, float*);
template void adamw<double>(Context&, const AdamW&, std::int64_t, const double*, double*, double*, double*);
template void exponential_average<float>(Context&, double, std::int64_t, const float*, float*);
template void exponential_average<double>(Context&, double, std::int64_t, const double*, double*);

}  // namespace ito::kernels
