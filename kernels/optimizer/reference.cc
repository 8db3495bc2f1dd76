#include <cmath>

#include "kernels/core/math.h"
#include "kernels/optimizer/optimizer.h"

namespace ito::kernels::reference {

template <class T>
void adamw(const AdamW& s, std::int64_t n, const T* gradient, T* parameter, T* m, T* v) {
  const double t = static_cast<double>(s.step);
  for (std::int64_t i = 0; i < n; ++i) {
    const double g = s.gradient_scale * static_cast<double>(gradient[i]);
    const double m_t = s.beta1 * static_cast<double>(m[i]) + (1 - s.beta1) * g;
    const double v_t = s.beta2 * static_cast<double>(v[i]) + (1 - s.beta2) * g * g;
    const double m_hat = m_t / (1 - math::pow(s.beta1, t));
    const double v_hat = v_t / (1 - math::pow(s.beta2, t));
    const double p = static_cast<double>(parameter[i]);
    parameter[i] = static_cast<T>(p - s.learning_rate * (m_hat / (std::sqrt(v_hat) + s.epsilon) + s.weight_decay * p));
    m[i] = static_cast<T>(m_t);
    v[i] = static_cast<T>(v_t);
  }
}

template <class T>
void exponential_average(double decay, std::int64_t n, const T* parameter, T* average) {
  for (std::int64_t i = 0; i < n; ++i)
    average[i] =
        static_cast<T>(decay * static_cast<double>(average[i]) + (1 - decay) * static_cast<double>(parameter[i]));
}

template void adamw<float>(const AdamW&, std::int64_t, const float*, float*, float*, float*);
template void adamw<double>(const AdamW&, std::int64_t, const double*, double*, double*, double*);
template void exponential_average<float>(double, std::int64_t, const float*, float*);
template void exponential_average<double>(double, std::int64_t, const double*, double*);

}  // namespace ito::kernels::reference
