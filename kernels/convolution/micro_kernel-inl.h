// GEMM's micro-kernel over one block of k that is not one even walk through A and B, but several: runs.
//
//   acc[i, j] = +0;  acc[i, j] = fma(a[i, p], b[p, j], acc[i, j]) for every run, for every p of it;
//   C = (C +) (+0 + acc)
//
// Included once for each target (see kernels/core/highway-inl.h).
#include "kernels/core/highway-inl.h"
#include "kernels/gemm/micro_kernel-inl.h"

#if defined(ITO_KERNELS_CONVOLUTION_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_CONVOLUTION_MICRO_KERNEL_INL_H_
#undef ITO_KERNELS_CONVOLUTION_MICRO_KERNEL_INL_H_
#else
#define ITO_KERNELS_CONVOLUTION_MICRO_KERNEL_INL_H_
#endif

#include <span>

#include "kernels/convolution/gather.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// One step of k moves A by 1, or, when transposed, by a_stride; rows of A are a_stride, or, when transposed, 1 apart.
// The rest is as in GemmMicroKernel.
template <class T>
using RunMicroKernel = void (*)(std::span<const convolution_loops::Run> runs, const T* a, std::int64_t a_stride,
                                const T* b, std::int64_t b_stride, T* c, std::int64_t c_stride, std::int64_t columns,
                                bool add);

template <class T, bool transposed, std::size_t vectors, std::size_t... row>
HWY_INLINE void run_tile(std::span<const convolution_loops::Run> runs, const T* a, std::int64_t a_stride, const T* b,
                         std::int64_t b_stride, T* c, std::int64_t c_stride, std::int64_t columns, bool add,
                         std::index_sequence<row...>) {
  constexpr auto each_vector = std::make_index_sequence<vectors>();
  constexpr auto each = std::make_index_sequence<sizeof...(row) * vectors>();
  auto acc = gemm_zeros(hn::Zero(hn::ScalableTag<T>()), each);
  for (const convolution_loops::Run& run : runs) {
    const T* a_k = a + run.a;
    const T* b_k = b + run.b;
    for (std::int64_t p = run.count; p > 0; --p) {
      const auto b_row = gemm_load_row(b_k, each_vector);
      (gemm_fma_row<transposed, row>(a_k, a_stride, b_row, acc, each_vector), ...);
      a_k += transposed ? a_stride : 1;
      b_k += b_stride;
    }
  }
  constexpr std::int64_t lanes = GemmTile<T>::lanes;
  const std::int64_t last_count = columns - static_cast<std::int64_t>(vectors - 1) * lanes;
  if (last_count == lanes)
    add ? gemm_store_tile<true, true, vectors>(acc, c, c_stride, last_count, each)
        : gemm_store_tile<true, false, vectors>(acc, c, c_stride, last_count, each);
  else
    add ? gemm_store_tile<false, true, vectors>(acc, c, c_stride, last_count, each)
        : gemm_store_tile<false, false, vectors>(acc, c, c_stride, last_count, each);
}

template <class T, bool transposed, std::size_t vectors, std::size_t rows>
void run_micro_kernel(std::span<const convolution_loops::Run> runs, const T* a, std::int64_t a_stride, const T* b,
                      std::int64_t b_stride, T* c, std::int64_t c_stride, std::int64_t columns, bool add) {
  run_tile<T, transposed, vectors>(runs, a, a_stride, b, b_stride, c, c_stride, columns, add,
                                   std::make_index_sequence<rows>());
}

template <class T, bool transposed, std::size_t vectors, std::size_t... row>
constexpr std::array<RunMicroKernel<T>, sizeof...(row)> run_micro_kernels(std::index_sequence<row...>) {
  return {&run_micro_kernel<T, transposed, vectors, row + 1>...};
}

// The micro-kernel for this many rows (1 to GemmTile::rows) and columns (1 to GemmTile::columns) of C.
template <class T, bool transposed>
HWY_INLINE RunMicroKernel<T> run_micro_kernel_for(std::int64_t rows, std::int64_t columns) {
  constexpr auto each_row = std::make_index_sequence<GemmTile<T>::rows>();
  static constexpr auto one = run_micro_kernels<T, transposed, 1>(each_row);
  static constexpr auto two = run_micro_kernels<T, transposed, 2>(each_row);
  return (columns <= GemmTile<T>::lanes ? one : two)[static_cast<std::size_t>(rows - 1)];
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
