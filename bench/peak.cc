#include "bench/peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peak.cc"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "kernels/core/highway-inl.h"
#include "kernels/core/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

constexpr std::int64_t kFmaRounds = std::int64_t{1} << 18;
constexpr std::int64_t kFmaChains = 12;  // latency (4 to 5 cycles) times throughput (2 a cycle), and some more

template <class T, std::size_t... chain>
HWY_INLINE T fma_rounds(T seed, std::index_sequence<chain...>) {
  const hn::ScalableTag<T> d;
  const auto factor = hn::Set(d, seed), term = hn::Set(d, T(1) - seed);
  std::array<hn::Vec<decltype(d)>, sizeof...(chain)> sum = {hn::Set(d, static_cast<T>(chain))...};
  for (std::int64_t round = 0; round < kFmaRounds; ++round) ((sum[chain] = hn::MulAdd(sum[chain], factor, term)), ...);
  for (std::size_t i = 1; i < sum.size(); ++i) sum[0] = hn::Add(sum[0], sum[i]);
  return hn::GetLane(sum[0]);
}

// Operations done on all threads; `seed` and `sink` keep the compiler from knowing the values.
template <class T>
double fma_operations(Context& context, volatile double* seed, volatile double* sink) {
  parallel_for(context, context.threads, 1, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    double total = 0;
    for (std::int64_t i = begin; i < end; ++i)
      total += static_cast<double>(fma_rounds(static_cast<T>(*seed), std::make_index_sequence<kFmaChains>()));
    *sink = total;
  });
  return 2.0 * static_cast<double>(hn::Lanes(hn::ScalableTag<T>()) * kFmaChains * kFmaRounds * context.threads);
}

void triad(Context& context, std::int64_t n, float s, const float* b, const float* c, float* a) {
  parallel_for(context, n, 1 << 14, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    const auto step = [s](auto d, auto x, auto y) HWY_ATTR { return hn::MulAdd(hn::Set(d, s), y, x); };
    map_range(begin, end, a, step, b, c);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::bench {
namespace {

// One thread by its own clock, several by the wall's: as measure.cc times what is held against the peak.
double seconds_now(bool one_thread) {
  timespec now;
  clock_gettime(one_thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class F>
double best_rate(const Context& context, const F& amount_of_run) {
  double best = 0;
  for (int trial = 0; trial < 2; ++trial) {
    const double start = seconds_now(context.threads == 1);
    const double amount = amount_of_run();
    best = std::max(best, amount / (seconds_now(context.threads == 1) - start));
  }
  return best;
}

}  // namespace

double fma_peak(Context& context, Dtype dtype) {
  volatile double seed = 0.75, sink = 0;
  return best_rate(context, [&] {
    return dtype == Dtype::float32 ? ITO_DISPATCH(fma_operations<float>)(context, &seed, &sink)
                                   : ITO_DISPATCH(fma_operations<double>)(context, &seed, &sink);
  });
}

double triad_peak(Context& context) {
  constexpr std::int64_t n = std::int64_t{1} << 24;  // 64 MB an array
  static std::vector<float> a(n), b = values<float>(n), c = values<float>(n);
  return best_rate(context, [&] {
    ITO_DISPATCH(triad)(context, n, 0.75f, b.data(), c.data(), a.data());
    return 3.0 * sizeof(float) * static_cast<double>(n);
  });
}

}  // namespace ito::bench
#endif
