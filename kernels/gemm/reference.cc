#include "kernels/gemm/activation_scalar.h"
#include "kernels/gemm/gemm.h"

namespace ito::kernels::reference {

template <class T>
void gemm(const GemmArguments<T>& g) {
  const auto element = [](const GemmOperand<T>& x, std::int64_t batch, std::int64_t row, std::int64_t column) {
    const T* matrix = x.data + batch * x.batch_stride;
    return static_cast<double>(x.transposed ? matrix[column * x.row_stride + row]
                                            : matrix[row * x.row_stride + column]);
  };
  for (std::int64_t batch = 0; batch < g.batch; ++batch)
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        const std::int64_t at = batch * g.c_batch_stride + i * g.c_row_stride + j;
        T& c = g.c[at];
        double total = g.accumulate ? static_cast<double>(c) : 0.0;
        for (std::int64_t p = 0; p < g.k; ++p) total += element(g.a, batch, i, p) * element(g.b, batch, p, j);
        if (g.bias != nullptr) total += static_cast<double>(g.bias[j]);
        if (g.pre_activation != nullptr) g.pre_activation[at] = static_cast<T>(total);
        c = static_cast<T>(activate(g.activation, total));
      }
}

template void gemm<float>(const GemmArguments<float>&);
template void gemm<double>(const GemmArguments<double>&);

}  // namespace ito::kernels::reference
