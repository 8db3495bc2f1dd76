// The matrix product: square, and the layers of a 2-128-128-128-2 MLP on a shard of 256 rows, forward (gemm), gradient
// of the input (gemm_nt) and gradient of the weights (gemm_tn).
#include <memory>

#include "bench/case.h"
#include "kernels/gemm/gemm.h"

namespace ito::bench {
namespace {

template <class T>
Work make(const Shape& shape, bool a_transposed, bool b_transposed) {
  const std::int64_t m = shape[0], n = shape[1], k = shape[2];
  const auto a = std::make_shared<std::vector<T>>(values<T>(m * k));
  const auto b = std::make_shared<std::vector<T>>(values<T>(k * n));
  const auto c = std::make_shared<std::vector<T>>(m * n);
  return {Bound::compute, 2.0 * static_cast<double>(m * n * k), [=](Context& context) {
            kernels::gemm<T>(context, {.m = m,
                                       .n = n,
                                       .k = k,
                                       .a = {a->data(), a_transposed ? m : k, a_transposed},
                                       .b = {b->data(), b_transposed ? k : n, b_transposed},
                                       .c = c->data(),
                                       .c_row_stride = n});
          }};
}

template <bool a_transposed, bool b_transposed>
Work make_gemm(const Shape& shape, Dtype dtype) {
  return dtype == Dtype::float32 ? make<float>(shape, a_transposed, b_transposed)
                                 : make<double>(shape, a_transposed, b_transposed);
}

const std::vector<Dtype> kBoth = {Dtype::float32, Dtype::float64};
const bool registered =
    add_family({.kernel = "gemm",
                .axes = "m x n x k",
                .shapes = {{1024, 1024, 1024}, {256, 128, 2}, {256, 128, 128}, {256, 2, 128}, {2048, 128, 128}},
                .dtypes = kBoth,
                .make = make_gemm<false, false>}) &&
    add_family({.kernel = "gemm_nt",
                .axes = "m x n x k",
                .shapes = {{1024, 1024, 1024}, {256, 128, 128}, {256, 128, 2}},
                .make = make_gemm<false, true>}) &&
    add_family({.kernel = "gemm_tn",
                .axes = "m x n x k",
                .shapes = {{1024, 1024, 1024}, {2, 128, 256}, {128, 128, 256}, {128, 2, 256}},
                .make = make_gemm<true, false>});

}  // namespace
}  // namespace ito::bench
