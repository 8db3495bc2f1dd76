// Embedding lookup and its gradient.
//
//   out[i, :] = table[indices[i], :]                       table [vocabulary, columns], out [n, columns]
//   d_table[v, :] = sum over i with indices[i] = v of d_out[i, :]
//
// The gradient's sums are chains of additions over ascending i from +0; accumulate adds the finished total to d_table.
// InputError, naming the first such index and its place, for an index outside [0, vocabulary); nothing is then written.
// T is float or double; matrices are contiguous.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

template <class T>
void embedding(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
               const std::int32_t* indices, const T* table, T* out);

template <class T>
void embedding_gradient(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
                        const std::int32_t* indices, const T* d_out, T* d_table, bool accumulate = false);

namespace reference {  // plain loops, double accumulation
template <class T>
void embedding(std::int64_t n, std::int64_t columns, const std::int32_t* indices, const T* table, T* out);
template <class T>
void embedding_gradient(std::int64_t n, std::int64_t vocabulary, std::int64_t columns, const std::int32_t* indices,
                        const T* d_out, T* d_table, bool accumulate);
}  // namespace reference

namespace simd {  // indices are in range
template <class T>
void embedding(Context& context, std::int64_t n, std::int64_t columns, const std::int32_t* indices, const T* table,
               T* out);
template <class T>
void embedding_gradient(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
                        const std::int32_t* indices, const T* d_out, T* d_table, bool accumulate);
}  // namespace simd

}  // namespace ito::kernels
