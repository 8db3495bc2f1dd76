#include "kernels/embedding/embedding.h"

namespace ito::kernels::reference {

template <class T>
void embedding(std::int64_t n, std::int64_t columns, const std::int32_t* indices, const T* table, T* out) {
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < columns; ++c) out[i * columns + c] = table[indices[i] * columns + c];
}

template <class T>
void embedding_gradient(std::int64_t n, std::int64_t vocabulary, std::int64_t columns, const std::int32_t* indices,
                        const T* d_out, T* d_table, bool accumulate) {
  for (std::int64_t v = 0; v < vocabulary; ++v)
    for (std::int64_t c = 0; c < columns; ++c) {
      double total = accumulate ? static_cast<double>(d_table[v * columns + c]) : 0;
      for (std::int64_t i = 0; i < n; ++i)
        if (indices[i] == v) total += static_cast<double>(d_out[i * columns + c]);
      d_table[v * columns + c] = static_cast<T>(total);
    }
}

template void embedding<float>(std::int64_t, std::int64_t, const std::int32_t*, const float*, float*);
template void embedding<double>(std::int64_t, std::int64_t, const std::int32_t*, const double*, double*);
template void embedding_gradient<float>(std::int64_t, std::int64_t, std::int64_t, const std::int32_t*, const float*,
                                        float*, bool);
template void embedding_gradient<double>(std::int64_t, std::int64_t, std::int64_t, const std::int32_t*, const double*,
                                         double*, bool);

}  // namespace ito::kernels::reference
