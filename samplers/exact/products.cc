#include "samplers/exact/products.h"

#include "kernels/core/context.h"
#include "kernels/gemm/gemm.h"

namespace ito {

std::vector<double> multiply(std::span<const double> a, std::span<const double> b, std::int64_t m, std::int64_t n,
                             std::int64_t k) {
  std::vector<double> c(static_cast<std::size_t>(m * n));
  kernels::gemm<double>(default_context(), {.m = m,
                                            .n = n,
                                            .k = k,
                                            .a = {.data = a.data(), .row_stride = k},
                                            .b = {.data = b.data(), .row_stride = n},
                                            .c = c.data(),
                                            .c_row_stride = n});
  return c;
}

std::vector<double> multiply_transposed(std::span<const double> a, std::span<const double> b, std::int64_t m,
                                        std::int64_t n, std::int64_t k) {
  std::vector<double> c(static_cast<std::size_t>(m * n));
  kernels::gemm<double>(default_context(), {.m = m,
                                            .n = n,
                                            .k = k,
                                            .a = {.data = a.data(), .row_stride = k},
                                            .b = {.data = b.data(), .row_stride = k, .transposed = true},
                                            .c = c.data(),
                                            .c_row_stride = n});
  return c;
}

void add_transposed_multiply(std::span<const double> a, std::span<const double> b, std::int64_t m, std::int64_t n,
                             std::int64_t k, std::span<double> c) {
  kernels::gemm<double>(default_context(), {.m = m,
                                            .n = n,
                                            .k = k,
                                            .a = {.data = a.data(), .row_stride = m, .transposed = true},
                                            .b = {.data = b.data(), .row_stride = n},
                                            .c = c.data(),
                                            .c_row_stride = n,
                                            .accumulate = true});
}

}  // namespace ito
