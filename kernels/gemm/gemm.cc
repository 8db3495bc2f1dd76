#include "kernels/gemm/gemm.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void gemm(Context& context, const GemmArguments<T>& g) {
  require_backend(context, "gemm");
  require(g.m >= 0 && g.n >= 0 && g.k >= 0 && g.batch >= 0, "gemm: a size is negative");
  if (g.m == 0 || g.n == 0 || g.batch == 0) return;
  require(g.a.row_stride >= (g.a.transposed ? g.m : g.k), "gemm: a row of A is longer than its row stride");
  require(g.b.row_stride >= (g.b.transposed ? g.k : g.n), "gemm: a row of B is longer than its row stride");
  require(g.c_row_stride >= g.n, "gemm: a row of C is longer than its row stride");
  require(g.batch == 1 || g.c_batch_stride != 0, "gemm: the matrices C of a batch need a batch stride");
  simd::gemm(context, g);
}

template void gemm<float>(Context&, const GemmArguments<float>&);
template void gemm<double>(Context&, const GemmArguments<double>&);

}  // namespace ito::kernels
