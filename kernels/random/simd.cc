// A lane computes one output of Philox: four words, two Box-Muller pairs. Lanes run over (sample, block) flattened, so
// that many samples of a few elements fill the vectors too.
#include <algorithm>

#include "kernels/core/parallel.h"
#include "kernels/random/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/random/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"
#include "kernels/core/math-inl.h"
#include "kernels/random/philox-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

using Wide = hn::ScalableTag<double>;
using Words = PhiloxWords;
constexpr std::int64_t kBlocks = hn::MaxLanes(Wide());
constexpr std::int64_t kRandomGrain = std::int64_t{1} << 11;  // blocks that make a thread worth its start

// (r + 1/2) 2^-32: the word becomes the low mantissa bits of 2^52 + r.
HWY_INLINE hn::Vec<Wide> unit_interval(hn::Vec<Words> r) {
  const Wide d;
  const auto whole = hn::BitCast(d, hn::Or(r, hn::Set(Words(), 0x4330000000000000u)));
  return hn::Mul(hn::Add(hn::Sub(whole, hn::Set(d, 0x1p52)), hn::Set(d, 0.5)), hn::Set(d, 0x1p-32));
}

struct Quadruple {
  hn::Vec<Wide> x[4];  // elements 4 block .. 4 block + 3
};

struct Uniform {
  static HWY_INLINE Quadruple draw(const PhiloxOutput& r) {
    return {{unit_interval(r.word[0]), unit_interval(r.word[1]), unit_interval(r.word[2]), unit_interval(r.word[3])}};
  }
};

struct Normal {
  static HWY_INLINE void pair(hn::Vec<Words> r_0, hn::Vec<Words> r_1, hn::Vec<Wide>& z_0, hn::Vec<Wide>& z_1) {
    const Wide d;
    const vector_math::Operations<Wide> o{};
    const auto radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0), math_log(d, unit_interval(r_0))));
    const auto angle = vector_math::turns(o, unit_interval(r_1));
    z_0 = hn::Mul(radius, vector_math::cos_angle(o, angle));
    z_1 = hn::Mul(radius, vector_math::sin_angle(o, angle));
  }
  static HWY_INLINE Quadruple draw(const PhiloxOutput& r) {
    Quadruple q;
    pair(r.word[0], r.word[1], q.x[0], q.x[1]);
    pair(r.word[2], r.word[3], q.x[2], q.x[3]);
    return q;
  }
};

HWY_INLINE void store(const Quadruple& q, double* out) {
  hn::StoreInterleaved4(q.x[0], q.x[1], q.x[2], q.x[3], Wide(), out);
}

HWY_INLINE void store(const Quadruple& q, float* out) {
  const hn::Rebind<float, Wide> d;
  hn::StoreInterleaved4(hn::DemoteTo(d, q.x[0]), hn::DemoteTo(d, q.x[1]), hn::DemoteTo(d, q.x[2]),
                        hn::DemoteTo(d, q.x[3]), d, out);
}

template <class Distribution, class T>
HWY_INLINE void fill(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
                     std::int64_t elements, T* out) {
  const std::int64_t blocks = (elements + 3) / 4;  // of one sample
  const std::int64_t total = samples * blocks;
  parallel_for(context, total, kRandomGrain, [=, &key](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const PhiloxKey k(key);
    HWY_ALIGN std::uint64_t block[kBlocks] = {}, sample[kBlocks] = {};
    HWY_ALIGN T numbers[4 * kBlocks];
    std::int64_t s = begin / blocks, b = begin % blocks;
    for (std::int64_t i = begin; i < end; i += kBlocks) {
      const std::int64_t count = std::min(kBlocks, end - i), first_s = s, first_b = b;
      for (std::int64_t j = 0; j < count; ++j) {
        block[j] = static_cast<std::uint64_t>(b);
        sample[j] = static_cast<std::uint64_t>(first_sample + s);
        if (++b == blocks) b = 0, ++s;
      }
      const Quadruple q = Distribution::draw(philox(k, hn::Load(Words(), block), hn::Load(Words(), sample)));
      if (count == kBlocks && 4 * (first_b + kBlocks) <= elements) {
        store(q, out + first_s * elements + 4 * first_b);
        continue;
      }
      store(q, numbers);
      for (std::int64_t j = 0; j < count; ++j) {
        const std::int64_t e = 4 * static_cast<std::int64_t>(block[j]);
        T* to = out + (static_cast<std::int64_t>(sample[j]) - first_sample) * elements + e;
        std::copy_n(numbers + 4 * j, std::min<std::int64_t>(4, elements - e), to);
      }
    }
  });
}

template <class T>
void uniform(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, T* out) {
  fill<Uniform>(context, key, first_sample, samples, elements, out);
}

template <class T>
void normal(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
            std::int64_t elements, T* out) {
  fill<Normal>(context, key, first_sample, samples, elements, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void uniform(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, T* out) {
  ITO_DISPATCH(uniform<T>)(context, key, first_sample, samples, elements, out);
}
template <class T>
void normal(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
            std::int64_t elements, T* out) {
  ITO_DISPATCH(normal<T>)(context, key, first_sample, samples, elements, out);
}

template void uniform<float>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void uniform<double>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);
template void normal<float>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void normal<double>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
