// Philox4x32-10 in Highway lanes: a lane computes one output, four words. Included once for each target.
#include "kernels/core/highway-inl.h"

#if defined(ITO_KERNELS_RANDOM_PHILOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_RANDOM_PHILOX_INL_H_
#undef ITO_KERNELS_RANDOM_PHILOX_INL_H_
#else
#define ITO_KERNELS_RANDOM_PHILOX_INL_H_
#endif

#include "kernels/random/random.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

using PhiloxWords = hn::ScalableTag<std::uint64_t>;  // one 32-bit word in the lower half of each lane

struct PhiloxOutput {
  hn::Vec<PhiloxWords> word[4];
};

// What a key alone decides: each round's two words, and the two that end the counter.
struct PhiloxKey {
  hn::Vec<PhiloxWords> round[10][2];
  hn::Vec<PhiloxWords> step, stream;

  explicit HWY_INLINE PhiloxKey(const RandomKey& key) {
    const PhiloxWords d;
    std::uint32_t k0 = static_cast<std::uint32_t>(key.seed), k1 = static_cast<std::uint32_t>(key.seed >> 32);
    for (auto& words : round) {
      words[0] = hn::Set(d, k0);
      words[1] = hn::Set(d, k1);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    step = hn::Set(d, key.step);
    stream = hn::Set(d, key.stream);
  }
};

HWY_INLINE PhiloxOutput philox(const PhiloxKey& key, hn::Vec<PhiloxWords> block, hn::Vec<PhiloxWords> sample) {
  const PhiloxWords d;
  const hn::Repartition<std::uint32_t, PhiloxWords> d32;
  const auto m0 = hn::Set(d, 0xD2511F53u), m1 = hn::Set(d, 0xCD9E8D57u);
  auto c0 = block, c1 = sample, c2 = key.step, c3 = key.stream;
  // The upper halves of lanes hold what nobody reads until the end.
  for (const auto& words : key.round) {
    const auto p0 = hn::MulEven(hn::BitCast(d32, c0), hn::BitCast(d32, m0));
    const auto p1 = hn::MulEven(hn::BitCast(d32, c2), hn::BitCast(d32, m1));
    c0 = hn::Xor3(hn::ShiftRight<32>(p1), c1, words[0]);
    c1 = p1;
    c2 = hn::Xor3(hn::ShiftRight<32>(p0), c3, words[1]);
    c3 = p0;
  }
  const auto lower = hn::Set(d, 0xFFFFFFFFu);
  return {{hn::And(c0, lower), hn::And(c1, lower), hn::And(c2, lower), hn::And(c3, lower)}};
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
