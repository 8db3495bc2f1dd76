// Panels of A and B, copied so that the micro-kernel reads them in order. Included once for each target.
#include "kernels/core/highway-inl.h"
#include "kernels/gemm/micro_kernel-inl.h"
#include "kernels/permute/transpose-inl.h"

#if defined(ITO_KERNELS_GEMM_PACKING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_GEMM_PACKING_INL_H_
#undef ITO_KERNELS_GEMM_PACKING_INL_H_
#else
#define ITO_KERNELS_GEMM_PACKING_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Rows [row, row + rows) of op(A), k in [k0, k0 + kc), in the layout that GemmTile describes.
template <class T>
HWY_INLINE void gemm_pack_a(const T* a, std::int64_t stride, bool transposed, std::int64_t row, std::int64_t rows,
                            std::int64_t k0, std::int64_t kc, T* panel) {
  using Tile = GemmTile<T>;
  const hn::ScalableTag<T> d;
  if (transposed) {
    for (std::int64_t p = 0; p < kc; ++p)
      for (std::int64_t i = 0; i < rows; i += Tile::lanes)
        hn::StoreU(load_first(d, a + (k0 + p) * stride + row + i, std::min(Tile::lanes, rows - i)), d,
                   panel + p * Tile::column_panel_stride + i);
  } else {
    const auto same = [](auto, auto v) HWY_ATTR { return v; };
    for (std::int64_t i = 0; i < rows; ++i)
      map_range(0, kc, panel + i * Tile::row_panel_stride, same, a + (row + i) * stride + k0);
  }
}

// Columns [column, column + columns) of op(B), k in [k0, k0 + kc), as [kc][Tile::columns], zeros behind the last
// column.
template <class T>
HWY_INLINE void gemm_pack_b(const T* b, std::int64_t stride, bool transposed, std::int64_t column, std::int64_t columns,
                            std::int64_t k0, std::int64_t kc, T* panel) {
  using Tile = GemmTile<T>;
  const hn::ScalableTag<T> d;
  if (transposed) {
    if (columns < Tile::columns) std::fill(panel, panel + kc * Tile::columns, T(0));
    transpose_strip<T>(0, columns, kc, b + column * stride + k0, stride, panel, Tile::columns);
    return;
  }
  for (std::int64_t p = 0; p < kc; ++p)
    for (std::int64_t v = 0; v < Tile::vectors; ++v) {
      const std::int64_t count = std::clamp<std::int64_t>(columns - v * Tile::lanes, 0, Tile::lanes);
      hn::StoreU(load_first(d, b + (k0 + p) * stride + column + (count > 0 ? v * Tile::lanes : 0), count), d,
                 panel + p * Tile::columns + v * Tile::lanes);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
