#include <cmath>

#include "kernels/random/random.h"

namespace ito::kernels::reference {

template <class T>
void uniform(const RandomKey& key, std::int64_t first_sample, std::int64_t samples, std::int64_t elements, T* out) {
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t e = 0; e < elements; ++e)
      out[s * elements + e] = static_cast<T>(
          random_uniform(key, static_cast<std::uint32_t>(first_sample + s), static_cast<std::uint32_t>(e)));
}

template <class T>
void normal(const RandomKey& key, std::int64_t first_sample, std::int64_t samples, std::int64_t elements, T* out) {
  const double two_pi = 2 * std::acos(-1.0);
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t e = 0; e < elements; ++e) {
      const auto words =
          random_words(key, static_cast<std::uint32_t>(first_sample + s), static_cast<std::uint32_t>(e / 4));
      const std::size_t pair = static_cast<std::size_t>(e % 4 / 2 * 2);
      const double u_0 = (words[pair] + 0.5) * 0x1p-32, u_1 = (words[pair + 1] + 0.5) * 0x1p-32;
      const double radius = std::sqrt(-2 * std::log(u_0));
      out[s * elements + e] = static_cast<T>(radius * (e % 2 == 0 ? std::cos(two_pi * u_1) : std::sin(two_pi * u_1)));
    }
}

template void uniform<float>(const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void uniform<double>(const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);
template void normal<float>(const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void normal<double>(const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);

}  // namespace ito::kernels::reference
