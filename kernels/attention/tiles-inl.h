// What forward and backward share: blocks of keys and of queries, packed for the micro-kernel of the matrix product,
// and products of such blocks. Included once for each target.
#include "kernels/core/highway-inl.h"
#include "kernels/gemm/packing-inl.h"

#if defined(ITO_KERNELS_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_ATTENTION_TILES_INL_H_
#undef ITO_KERNELS_ATTENTION_TILES_INL_H_
#else
#define ITO_KERNELS_ATTENTION_TILES_INL_H_
#endif

#include <algorithm>

#include "kernels/attention/attention.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Elements between packed rows: whole panels, and 16 more that keep rows out of each other's cache sets.
template <class T>
HWY_INLINE std::int64_t attention_row_stride(std::int64_t channels) {
  constexpr std::int64_t columns = GemmTile<T>::columns;
  return (channels + columns - 1) / columns * columns + 16;
}

// Where a token's channels of head h begin.
template <class T>
HWY_INLINE T* attention_token(const AttentionOperand<T>& x, std::int64_t n, std::int64_t token, std::int64_t h,
                              std::int64_t channels) {
  return x.data + n * x.sample_stride + token * x.token_stride + h * channels;
}

// A block of keys, and which of them a query sees.
template <class T>
struct AttentionBlock {
  std::int64_t begin;
  std::int64_t count;
  const std::int32_t* mask;  // of these keys, or null
  bool causal;
  std::int64_t offset;  // keys - queries

  AttentionBlock(const AttentionArguments<T>& a, std::int64_t n, std::int64_t first)
      : begin(first),
        count(std::min(kAttentionBlock, a.keys - first)),
        mask(a.key_mask == nullptr ? nullptr : a.key_mask + n * a.keys + first),
        causal(a.causal),
        offset(a.keys - a.queries) {}

  bool hidden() const {
    return mask != nullptr && std::all_of(mask, mask + count, [](std::int32_t seen) { return seen == 0; });
  }
  // How many of the block's keys causality leaves to query i.
  std::int64_t visible(std::int64_t i) const {
    return causal ? std::clamp<std::int64_t>(i + offset + 1 - begin, 0, count) : count;
  }
  // Elements that vector code goes over: the contract's lanes, several times.
  std::int64_t width() const { return (count + kReductionLanes - 1) / kReductionLanes * kReductionLanes; }
  // 1 where the mask shows a key, else 0: [kAttentionBlock], read where there is a mask.
  void unpack_mask(T* seen) const {
    for (std::int64_t j = 0; j < kAttentionBlock; ++j) seen[j] = mask == nullptr || (j < count && mask[j] != 0);
  }
  // Keys j .. j + Lanes(d) - 1, of which query i sees `visible` of the block.
  template <class D>
  HWY_INLINE hn::Mask<D> seen_by(D d, std::int64_t visible_keys, const T* seen, std::int64_t j) const {
    const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
    const auto first = hn::FirstN(d, static_cast<std::size_t>(std::clamp<std::int64_t>(visible_keys - j, 0, lanes)));
    return mask == nullptr ? first : hn::And(first, hn::Gt(hn::LoadU(d, seen + j), hn::Zero(d)));
  }
};

// Rows of `channels` elements, packed one below the other, their last vector whole.
template <class T>
HWY_INLINE void attention_pack_rows(const T* x, std::int64_t x_stride, std::int64_t rows, std::int64_t channels, T* y,
                                    std::int64_t y_stride) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t lanes = GemmTile<T>::lanes;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* from = x + r * x_stride;
    T* to = y + r * y_stride;
    std::int64_t c = 0;
    for (; c + lanes <= channels; c += lanes) hn::StoreU(hn::LoadU(d, from + c), d, to + c);
    if (c < channels) hn::StoreU(load_first(d, from + c, channels - c), d, to + c);
  }
}

// A block's keys or values as rows; what the mask hides is zero.
template <class T>
HWY_INLINE void attention_pack_seen(const AttentionBlock<T>& block, const T* x, std::int64_t x_stride,
                                    std::int64_t channels, T* y, std::int64_t y_stride) {
  attention_pack_rows(x, x_stride, block.count, channels, y, y_stride);
  for (std::int64_t j = 0; block.mask != nullptr && j < block.count; ++j)
    if (block.mask[j] == 0) std::fill_n(y + j * y_stride, channels, T(0));
}

// A block's keys or values, turned: for each block of channels of the GEMM rule, panels of [channels][columns].
template <class T>
HWY_INLINE void attention_pack_turned(const T* x, std::int64_t x_stride, std::int64_t count, std::int64_t channels,
                                      T* y) {
  constexpr std::int64_t columns = GemmTile<T>::columns;
  static_assert(kAttentionBlock % columns == 0);
  for (std::int64_t k0 = 0; k0 < channels; k0 += kGemmBlockK) {
    const std::int64_t kc = std::min(kGemmBlockK, channels - k0);
    for (std::int64_t j = 0; j < count; j += columns)
      gemm_pack_b(x, x_stride, true, j, std::min(columns, count - j), k0, kc, y + k0 * kAttentionBlock + j * kc);
  }
}

// out[r, j] = <x_r, y_j> over the channels, for up to a tile's rows of x; y is turned. out's rows are kAttentionBlock
// apart.
template <class T>
HWY_INLINE void attention_dots(const T* x, std::int64_t x_stride, std::int64_t rows, const T* y, std::int64_t count,
                               std::int64_t channels, T* out) {
  constexpr std::int64_t columns = GemmTile<T>::columns;
  for (std::int64_t k0 = 0; k0 < channels; k0 += kGemmBlockK) {
    const std::int64_t kc = std::min(kGemmBlockK, channels - k0);
    for (std::int64_t j = 0; j < count; j += columns) {
      const std::int64_t wide = std::min(columns, count - j);
      gemm_micro_kernel_for<T>(false, rows, wide)(kc, x + k0, x_stride, y + k0 * kAttentionBlock + j * kc, columns,
                                                  out + j, kAttentionBlock, wide, k0 > 0);
    }
  }
}

// out[r, c] = (out +) sum_p w[r, p] y[p, c] over the `count` rows of y; w's rows, or where it is turned its columns,
// are r. kAttentionBlock elements lie between what w stores as rows.
template <class T>
HWY_INLINE void attention_mix(bool turned, const T* w, std::int64_t rows, const T* y, std::int64_t y_stride,
                              std::int64_t count, std::int64_t channels, T* out, std::int64_t out_stride, bool add) {
  using Tile = GemmTile<T>;
  for (std::int64_t r = 0; r < rows; r += Tile::rows) {
    const std::int64_t high = std::min(Tile::rows, rows - r);
    for (std::int64_t c = 0; c < channels; c += Tile::columns) {
      const std::int64_t wide = std::min(Tile::columns, channels - c);
      gemm_micro_kernel_for<T>(turned, high, wide)(count, w + (turned ? r : r * kAttentionBlock), kAttentionBlock,
                                                   y + c, y_stride, out + r * out_stride + c, out_stride, wide, add);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
