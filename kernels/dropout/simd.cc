// A lane computes the words of four elements; a vector's outputs are laid in order, then compared with the threshold.
#include <algorithm>
#include <cmath>

#include "kernels/core/parallel.h"
#include "kernels/dropout/dropout.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/random/philox-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

constexpr std::int64_t kDropoutBlocks = hn::MaxLanes(PhiloxWords());
constexpr std::int64_t kDropoutElements = 4 * kDropoutBlocks;  // of one vector of outputs
constexpr std::int64_t kDropoutGrain = std::int64_t{1} << 11;  // blocks that make a thread worth its start

// As many words as a vector of T has lanes, each in a lane as wide as T.
HWY_INLINE auto dropout_words(hn::ScalableTag<float>, const std::uint32_t* words) {
  return hn::LoadU(hn::ScalableTag<std::uint32_t>(), words);
}
HWY_INLINE auto dropout_words(hn::ScalableTag<double>, const std::uint32_t* words) {
  const hn::ScalableTag<std::uint64_t> d;
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<std::uint32_t, decltype(d)>(), words));
}

// `count` elements, at most a vector of outputs' kDropoutElements.
template <class T>
HWY_INLINE void dropout_elements(const std::uint32_t* words,
                                 hn::Vec<hn::RebindToUnsigned<hn::ScalableTag<T>>> threshold, T factor,
                                 std::int64_t count, const T* x, T* y) {
  const hn::ScalableTag<T> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  constexpr std::int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  const auto kept = [&](std::int64_t i, auto v) HWY_ATTR {
    const auto dropped = hn::RebindMask(d, hn::Lt(dropout_words(d, words + i), threshold));
    return hn::IfThenZeroElse(dropped, hn::Mul(v, hn::Set(d, factor)));
  };
  static_assert(kDropoutElements % lanes == 0 && sizeof(du) == sizeof(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(kept(i, hn::LoadU(d, x + i)), d, y + i);
  if (i < count) store_first(kept(i, load_first(d, x + i, count - i)), d, y + i, count - i);
}

template <class T>
void dropout(Context& context, const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, const T* x, T* y) {
  using Unsigned = hn::TFromD<hn::RebindToUnsigned<hn::ScalableTag<T>>>;
  // Whole numbers below it are dropped; it fits a word unless all are.
  const double threshold = std::ceil(rate * 0x1p32 - 0.5);
  if (threshold > 0xFFFFFFFFp0) return static_cast<void>(std::fill_n(y, samples * elements, T(0)));
  const Unsigned word = static_cast<Unsigned>(threshold);
  const T factor = static_cast<T>(1 / (1 - rate));
  const std::int64_t blocks = (elements + 3) / 4;  // of one sample
  parallel_for(context, samples * blocks, kDropoutGrain, [=, &key](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const PhiloxKey k(key);
    const PhiloxWords d;
    const auto limit = hn::Set(hn::RebindToUnsigned<hn::ScalableTag<T>>(), word);
    HWY_ALIGN std::uint64_t pairs[kDropoutElements / 2];
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t sample = i / blocks, block = i % blocks;
      const std::int64_t run = std::min(end - i, blocks - block);
      const T* from = x + sample * elements;
      T* to = y + sample * elements;
      const auto number = hn::Set(d, static_cast<std::uint64_t>(first_sample + sample));
      for (std::int64_t b = block; b < block + run; b += kDropoutBlocks) {
        const PhiloxOutput r = philox(k, hn::Iota(d, static_cast<std::uint64_t>(b)), number);
        hn::StoreInterleaved2(hn::Or(r.word[0], hn::ShiftLeft<32>(r.word[1])),
                              hn::Or(r.word[2], hn::ShiftLeft<32>(r.word[3])), d, pairs);
        const std::int64_t last = std::min(elements, 4 * (block + run));
        dropout_elements(reinterpret_cast<const std::uint32_t*>(pairs), limit, factor,
                         std::min(kDropoutElements, last - 4 * b), from + 4 * b, to + 4 * b);
      }
      i += run;
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void dropout(Context& context, const RandomKey& key, double rate, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, const T* x, T* y) {
  ITO_DISPATCH(dropout<T>)(context, key, rate, first_sample, samples, elements, x, y);
}

template void dropout<float>(Context&, const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t, const float*,
                             float*);
template void dropout<double>(Context&, const RandomKey&, double, std::int64_t, std::int64_t, std::int64_t,
                              const double*, double*);

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
