#include "kernels/embedding/embedding.h"

#include "kernels/core/backend.h"

namespace ito::kernels {
namespace {

void check(const Context& context, const char* kernel, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
           const std::int32_t* indices) {
  require_backend(context, kernel);
  require(n >= 0 && vocabulary >= 0 && columns >= 0, "embedding: a size is negative");
  for (std::int64_t i = 0; i < n; ++i)
    if (indices[i] < 0 || indices[i] >= vocabulary)
      throw InputError("embedding: index " + std::to_string(indices[i]) + " (place " + std::to_string(i) +
                       ") is outside the table: expected 0 to " + std::to_string(vocabulary - 1));
}

}  // namespace

template <class T>
void embedding(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
               const std::int32_t* indices, const T* table, T* out) {
  check(context, "embedding", n, vocabulary, columns, indices);
  simd::embedding(context, n, columns, indices, table, out);
}

template <class T>
void embedding_gradient(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
                        const std::int32_t* indices, const T* d_out, T* d_table, bool accumulate) {
  check(context, "embedding_gradient", n, vocabulary, columns, indices);
  simd::embedding_gradient(context, n, vocabulary, columns, indices, d_out, d_table, accumulate);
}

template void embedding<float>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*, const float*,
                               float*);
template void embedding<double>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*, const double*,
                                double*);
template void embedding_gradient<float>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*,
                                        const float*, float*, bool);
template void embedding_gradient<double>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*,
                                         const double*, double*, bool);

}  // namespace ito::kernels
