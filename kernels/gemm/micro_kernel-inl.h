// The micro-kernel: a tile of C, `rows` x `vectors` vectors, held in registers over one block of k.
//
//   acc[i, j] = +0;  acc[i, j] = fma(a[i, p], b[p, j], acc[i, j]) for p = 0 .. kc - 1;  C = (C +) (+0 + acc)
//
// Included once for each target (see kernels/core/highway-inl.h).
#include "kernels/core/highway-inl.h"

#if defined(ITO_KERNELS_GEMM_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_GEMM_MICRO_KERNEL_INL_H_
#undef ITO_KERNELS_GEMM_MICRO_KERNEL_INL_H_
#else
#define ITO_KERNELS_GEMM_MICRO_KERNEL_INL_H_
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/gemm/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Tile sizes. Two vectors of b, one broadcast of a, and rows x 2 accumulators fill the registers: 32 of them with
// AVX-512 (14 x 2 + 3), 16 with AVX2 (6 x 2 + 3). That is more fused multiply-adds in flight than latency (4 to 5
// cycles) times throughput (at most 2 a cycle) asks for.
template <class T>
struct GemmTile {
  static constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  static constexpr std::int64_t vectors = 2;
  static constexpr std::int64_t rows = HWY_TARGET == HWY_AVX3 ? 14 : 6;
  static constexpr std::int64_t columns = vectors * lanes;
  // A packed panel of A holds a tile's rows for one block of k, in the order it was stored, so that packing copies
  // whole vectors: [rows][row_panel_stride], or, when A is transposed, [k][column_panel_stride]. The extra 16 elements
  // keep rows out of each other's cache sets.
  static constexpr std::int64_t row_panel_stride = kGemmBlockK + 16;
  static constexpr std::int64_t column_panel_stride = (rows + lanes - 1) / lanes * lanes;
  static constexpr std::int64_t panel_size = std::max(rows * row_panel_stride, kGemmBlockK* column_panel_stride);
};

// a is [rows] rows of kc elements, a_stride apart (transposed: [kc] rows of `rows`); b is [kc] rows of vectors * lanes
// elements, b_stride apart, of which the first `columns` are columns of C.
template <class T>
using GemmMicroKernel = void (*)(std::int64_t kc, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                                 T* c, std::int64_t c_stride, std::int64_t columns, bool add);

template <bool transposed, std::size_t row, class T, class V, std::size_t accumulators, std::size_t... v>
HWY_INLINE void gemm_fma_row(const T* a, std::int64_t a_stride, const std::array<V, sizeof...(v)>& b,
                             std::array<V, accumulators>& acc, std::index_sequence<v...>) {
  const V a_row = hn::Set(hn::ScalableTag<T>(), transposed ? a[row] : a[static_cast<std::int64_t>(row) * a_stride]);
  ((acc[row * sizeof...(v) + v] = hn::MulAdd(a_row, b[v], acc[row * sizeof...(v) + v])), ...);
}

// The last vector of a row may hold fewer columns than lanes: `count` of them.
template <bool whole, bool add, class T, class V>
HWY_INLINE void gemm_store(V sum, T* c, std::int64_t count) {
  const hn::ScalableTag<T> d;
  const V total = hn::Add(hn::Zero(d), sum);
  if constexpr (whole)
    hn::StoreU(add ? hn::Add(hn::LoadU(d, c), total) : total, d, c);
  else
    store_first(add ? hn::Add(load_first(d, c, count), total) : total, d, c, count);
}

template <bool whole, bool add, std::size_t vectors, class T, class V, std::size_t... i>
HWY_INLINE void gemm_store_tile(const std::array<V, sizeof...(i)>& acc, T* c, std::int64_t c_stride,
                                std::int64_t last_count, std::index_sequence<i...>) {
  (gemm_store < whole || i % vectors + 1 != vectors,
   add > (acc[i], c + (i / vectors) * c_stride + (i % vectors) * GemmTile<T>::lanes, last_count), ...);
}

template <class V, std::size_t... i>
HWY_INLINE std::array<V, sizeof...(i)> gemm_zeros(V zero, std::index_sequence<i...>) {
  return {((void)i, zero)...};
}

template <std::size_t... v, class T>
HWY_INLINE auto gemm_load_row(const T* b, std::index_sequence<v...>) {
  const hn::ScalableTag<T> d;
  return std::array<hn::Vec<decltype(d)>, sizeof...(v)>{hn::LoadU(d, b + v * GemmTile<T>::lanes)...};
}

template <class T, bool transposed, std::size_t vectors, std::size_t... row>
HWY_INLINE void gemm_tile(std::int64_t kc, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride, T* c,
                          std::int64_t c_stride, std::int64_t columns, bool add, std::index_sequence<row...>) {
  constexpr auto each_vector = std::make_index_sequence<vectors>();
  constexpr auto each = std::make_index_sequence<sizeof...(row) * vectors>();
  auto acc = gemm_zeros(hn::Zero(hn::ScalableTag<T>()), each);
  for (std::int64_t p = 0; p < kc; ++p) {
    const auto b_row = gemm_load_row(b, each_vector);
    (gemm_fma_row<transposed, row>(a, a_stride, b_row, acc, each_vector), ...);
    a += transposed ? a_stride : 1;
    b += b_stride;
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
void gemm_micro_kernel(std::int64_t kc, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride, T* c,
                       std::int64_t c_stride, std::int64_t columns, bool add) {
  gemm_tile<T, transposed, vectors>(kc, a, a_stride, b, b_stride, c, c_stride, columns, add,
                                    std::make_index_sequence<rows>());
}

template <class T, bool transposed, std::size_t vectors, std::size_t... row>
constexpr std::array<GemmMicroKernel<T>, sizeof...(row)> gemm_micro_kernels(std::index_sequence<row...>) {
  return {&gemm_micro_kernel<T, transposed, vectors, row + 1>...};
}

// The micro-kernel for this many rows (1 to GemmTile::rows) and columns (1 to GemmTile::columns) of C.
template <class T>
HWY_INLINE GemmMicroKernel<T> gemm_micro_kernel_for(bool transposed, std::int64_t rows, std::int64_t columns) {
  constexpr auto each_row = std::make_index_sequence<GemmTile<T>::rows>();
  static constexpr auto rows_1 = gemm_micro_kernels<T, false, 1>(each_row);
  static constexpr auto rows_2 = gemm_micro_kernels<T, false, 2>(each_row);
  static constexpr auto columns_1 = gemm_micro_kernels<T, true, 1>(each_row);
  static constexpr auto columns_2 = gemm_micro_kernels<T, true, 2>(each_row);
  const bool one = columns <= GemmTile<T>::lanes;
  return (transposed ? (one ? columns_1 : columns_2) : (one ? rows_1 : rows_2))[static_cast<std::size_t>(rows - 1)];
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
