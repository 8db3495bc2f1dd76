// Counter-based random numbers: what is drawn depends on where it stands, never on what was drawn before.
//
//   Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011); key = seed (64 bits);
//   counter = (element / 4, sample, step, stream), 32 bits each: word element % 4 of its output belongs to `element`.
//   uniform:  u = (r + 0.5) 2^-32, in (0, 1)
//   normal:   Box-Muller in double on the pairs (0, 1) and (2, 3) of one output:
//             z_0 = sqrt(-2 log u_0) cos(2 pi u_1), z_1 = sqrt(-2 log u_0) sin(2 pi u_1)
//             with math_functions.h's log and turns (quarter turns are taken off u_1 exactly)
// Float numbers are the rounded doubles, so float and double runs follow one path.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/core/context.h"

namespace ito {

// Where a stream of random numbers is used. Fixed for ever: a new use takes a new number, at the end.
enum class Stream : std::uint32_t {
  initial_noise = 0,   // x_T of a trajectory
  step_noise = 1,      // a solver's or a process's noise in one step (second substep: + kSubstep)
  data = 2,            // draws from an analytic data set
  training_time = 3,   // t of a training example
  training_noise = 4,  // eps of a training example
  shuffle = 5,         // which example stands at which place of an epoch
  condition_dropout = 6,
  metric = 7,  // projections, bootstraps and subsets in metrics
  test = 8,    // tests and benchmarks
  label = 9,   // classes of samples and of analytic data
  dropout = 10,
  brownian = 11,  // nodes of a Brownian path: `step` is the node's heap number
};
inline constexpr std::uint32_t kSubstep = 256;  // stream number = enum + kSubstep * substep
inline constexpr std::uint32_t kWeightsStep =
    0xFFFFFFFFu;  // `step` of initial weights, whose stream is the hash of a name

// What is fixed while samples and elements run.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::uint32_t stream = 0;

  RandomKey() = default;
  RandomKey(std::uint64_t seed_, std::uint32_t step_, Stream stream_, std::uint32_t substep = 0)
      : seed(seed_), step(step_), stream(static_cast<std::uint32_t>(stream_) + kSubstep * substep) {}
};

// The key for the initial value of the parameter with this dotted name: its stream is the name's 32-bit FNV-1a hash
// (offset basis 2166136261, prime 16777619, over the bytes), its step kWeightsStep.
RandomKey weights_key(std::uint64_t seed, std::string_view name);

// One application of the bijection; tested against Random123's known answers.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// The four words that belong to elements 4 * block .. 4 * block + 3 of `sample`.
std::array<std::uint32_t, 4> random_words(const RandomKey& key, std::uint32_t sample, std::uint32_t block);

// A whole number in [0, n), n >= 1, from word element % 4, by multiplication ((r * n) >> 32): bias below n / 2^32.
std::uint32_t random_below(const RandomKey& key, std::uint32_t sample, std::uint32_t element, std::uint32_t n);

// One uniform number in (0, 1).
double random_uniform(const RandomKey& key, std::uint32_t sample, std::uint32_t element);

namespace kernels {

// InputError unless the samples first_sample .. first_sample + samples - 1 lie below 2^32, of at most 2^34 elements.
void require_counters(std::int64_t first_sample, std::int64_t samples, std::int64_t elements);

// out[s, e] for samples first_sample + s, elements e of [0, elements); out is [samples, elements], contiguous.
// T is float or double. elements <= 2^34, sample numbers < 2^32: InputError otherwise.
template <class T>
void uniform(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, T* out);
template <class T>
void normal(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
            std::int64_t elements, T* out);

namespace reference {  // one element at a time, libm's functions
template <class T>
void uniform(const RandomKey& key, std::int64_t first_sample, std::int64_t samples, std::int64_t elements, T* out);
template <class T>
void normal(const RandomKey& key, std::int64_t first_sample, std::int64_t samples, std::int64_t elements, T* out);
}  // namespace reference

namespace simd {
template <class T>
void uniform(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
             std::int64_t elements, T* out);
template <class T>
void normal(Context& context, const RandomKey& key, std::int64_t first_sample, std::int64_t samples,
            std::int64_t elements, T* out);
}  // namespace simd

}  // namespace kernels
}  // namespace ito
