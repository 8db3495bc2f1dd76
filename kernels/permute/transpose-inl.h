// Transposition of a strip in register tiles. Included once for each target (see kernels/core/highway-inl.h).
#include "kernels/core/highway-inl.h"

#if defined(ITO_KERNELS_PERMUTE_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_PERMUTE_TRANSPOSE_INL_H_
#undef ITO_KERNELS_PERMUTE_TRANSPOSE_INL_H_
#else
#define ITO_KERNELS_PERMUTE_TRANSPOSE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// A tile is transposed in registers of 256 bits on every target.
template <class T>
using TileTag = hn::FixedTag<T, 32 / sizeof(T)>;

// y[j, i] = x[i, j] for an 8 x 8 tile of 4-byte elements: pairs, pairs of pairs, halves.
template <class T>
HWY_INLINE void transpose_tile(hwy::SizeTag<4>, const T* x, std::int64_t x_stride, T* y, std::int64_t y_stride) {
  const TileTag<T> d;
  const hn::RepartitionToWide<decltype(d)> wide;
  const auto pairs_lower = [&](auto a, auto b) HWY_ATTR { return hn::BitCast(wide, hn::InterleaveLower(d, a, b)); };
  const auto pairs_upper = [&](auto a, auto b) HWY_ATTR { return hn::BitCast(wide, hn::InterleaveUpper(d, a, b)); };
  const auto load = [&](int row) HWY_ATTR { return hn::LoadU(d, x + row * x_stride); };
  const auto store = [&](int row, auto v) HWY_ATTR { hn::StoreU(hn::BitCast(d, v), d, y + row * y_stride); };
  // Columns 0..3 stand in the lower, 4..7 in the upper 128 bits; `a` holds rows 0..3, `b` rows 4..7.
  const auto a01l = pairs_lower(load(0), load(1)), a01u = pairs_upper(load(0), load(1));
  const auto a23l = pairs_lower(load(2), load(3)), a23u = pairs_upper(load(2), load(3));
  const auto b01l = pairs_lower(load(4), load(5)), b01u = pairs_upper(load(4), load(5));
  const auto b23l = pairs_lower(load(6), load(7)), b23u = pairs_upper(load(6), load(7));
  const auto finish = [&](int column, auto a, auto b) HWY_ATTR {
    store(column, hn::ConcatLowerLower(wide, b, a));
    store(column + 4, hn::ConcatUpperUpper(wide, b, a));
  };
  finish(0, hn::InterleaveLower(wide, a01l, a23l), hn::InterleaveLower(wide, b01l, b23l));
  finish(1, hn::InterleaveUpper(wide, a01l, a23l), hn::InterleaveUpper(wide, b01l, b23l));
  finish(2, hn::InterleaveLower(wide, a01u, a23u), hn::InterleaveLower(wide, b01u, b23u));
  finish(3, hn::InterleaveUpper(wide, a01u, a23u), hn::InterleaveUpper(wide, b01u, b23u));
}

// The same for a 4 x 4 tile of 8-byte elements.
template <class T>
HWY_INLINE void transpose_tile(hwy::SizeTag<8>, const T* x, std::int64_t x_stride, T* y, std::int64_t y_stride) {
  const TileTag<T> d;
  const auto load = [&](int row) HWY_ATTR { return hn::LoadU(d, x + row * x_stride); };
  const auto finish = [&](int column, auto a, auto b) HWY_ATTR {
    hn::StoreU(hn::ConcatLowerLower(d, b, a), d, y + column * y_stride);
    hn::StoreU(hn::ConcatUpperUpper(d, b, a), d, y + (column + 2) * y_stride);
  };
  finish(0, hn::InterleaveLower(d, load(0), load(1)), hn::InterleaveLower(d, load(2), load(3)));
  finish(1, hn::InterleaveUpper(d, load(0), load(1)), hn::InterleaveUpper(d, load(2), load(3)));
}

// y[q, p] = x[p, q] for p in [p_begin, p_end) and all q. x's rows are contiguous in q, y's in p.
template <class T>
void transpose_strip(std::int64_t p_begin, std::int64_t p_end, std::int64_t columns, const T* x, std::int64_t x_stride,
                     T* y, std::int64_t y_stride) {
  constexpr std::int64_t tile = 32 / sizeof(T);
  std::int64_t q = 0;
  for (; q + tile <= columns; q += tile) {
    std::int64_t p = p_begin;
    for (; p + tile <= p_end; p += tile)
      transpose_tile(hwy::SizeTag<sizeof(T)>(), x + p * x_stride + q, x_stride, y + q * y_stride + p, y_stride);
    for (std::int64_t j = q; j < q + tile; ++j)
      for (std::int64_t i = p; i < p_end; ++i) y[j * y_stride + i] = x[i * x_stride + j];
  }
  for (; q < columns; ++q)
    for (std::int64_t i = p_begin; i < p_end; ++i) y[q * y_stride + i] = x[i * x_stride + q];
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
