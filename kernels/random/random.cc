#include "kernels/random/random.h"

#include "kernels/core/backend.h"

namespace ito {

RandomKey weights_key(std::uint64_t seed, std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  RandomKey key;
  key.seed = seed;
  key.step = kWeightsStep;
  key.stream = hash;
  return key;
}

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  auto& [c0, c1, c2, c3] = counter;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0, p1 = std::uint64_t{0xCD9E8D57u} * c2;
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

std::array<std::uint32_t, 4> random_words(const RandomKey& key, std::uint32_t sample, std::uint32_t block) {
  return philox4x32_10({block, sample, key.step, key.stream},
                       {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
}

std::uint32_t random_below(const RandomKey& key, std::uint32_t sample, std::uint32_t element, std::uint32_t n) {
  const std::uint32_t word = random_words(key, sample, element / 4)[element % 4];
  return static_cast<std::uint32_t>(std::uint64_t{word} * n >> 32);
}

double random_uniform(const RandomKey& key, std::uint32_t sample, std::uint32_t element) {
  return (random_words(key, sample, element / 4)[element % 4] + 0.5) * 0x1p-32;
}

namespace kernels {

void require_counters(std::int64_t first_sample, std::int64_t samples, std::int64_t elements) {
  require(samples >= 0 && elements >= 0, "random numbers: a size is negative");
  constexpr std::int64_t kSamples = std::int64_t{1} << 32;
  require(first_sample >= 0 && first_sample <= kSamples && samples <= kSamples - first_sample,
          "random numbers: expected sample numbers from 0 to 2^32 - 1");
  require(elements <= std::int64_t{1} << 34, "random numbers: expected at most 2^34 elements a sample");
}

template <class T>
void uniform(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, T* out) {
  require_backend(context, "uniform");
  require_counters(first_sample, samples, elements);
  simd::uniform(context, key, first_sample, samples, elements, out);
}

template <class T>
void normal(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
            std::int64_t elements, T* out) {
  require_backend(context, "normal");
  require_counters(first_sample, samples, elements);
  simd::normal(context, key, first_sample, samples, elements, out);
}

template void uniform<float>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void uniform<double>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);
template void normal<float>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, float*);
template void normal<double>(Context&, const RandomKey&, std::int64_t, std::int64_t, std::int64_t, double*);

}  // namespace kernels
}  // namespace ito
