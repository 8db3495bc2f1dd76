#include "kernels/core/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace ito {
namespace {

// Keeps the first exception of a team of threads; an exception must not leave an OpenMP region.
class FirstException {
 public:
  template <class F>
  void guard(F&& f) noexcept {
    try {
      f();
    } catch (...) {
      if (!taken_.test_and_set()) exception_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
  std::exception_ptr exception_;
};

}  // namespace

void parallel_for(const Context& context, std::int64_t n, std::int64_t grain,
                  function_ref<void(std::int64_t, std::int64_t)> body) {
  if (n <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const std::int64_t pieces = std::min<std::int64_t>(context.threads, n / grain);
  if (pieces <= 1 || omp_in_parallel()) {
    body(0, n);
    return;
  }
  // Piece boundaries fall on multiples of the grain, so that vector loops see whole vectors.
  const std::int64_t grains = (n + grain - 1) / grain;
  const int team = static_cast<int>(pieces);
  FirstException failure;
#pragma omp parallel num_threads(team)
  {
    const std::int64_t threads = omp_get_num_threads();
    const std::int64_t thread = omp_get_thread_num();
    const std::int64_t begin = grains * thread / threads * grain;
    const std::int64_t end = std::min(n, grains * (thread + 1) / threads * grain);
    if (begin < end) failure.guard([&] { body(begin, end); });
  }
  failure.rethrow();
}

void parallel_items(const Context& context, std::int64_t n, function_ref<void(int, std::int64_t)> body) {
  if (n <= 0) return;
  const std::int64_t threads = std::min<std::int64_t>(context.threads, n);
  if (threads <= 1 || omp_in_parallel()) {
    for (std::int64_t item = 0; item < n; ++item) body(0, item);
    return;
  }
  const int team = static_cast<int>(threads);
  FirstException failure;
  std::atomic<std::int64_t> next{0};
#pragma omp parallel num_threads(team)
  {
    const int thread = omp_get_thread_num();
    for (std::int64_t item = next.fetch_add(1); item < n; item = next.fetch_add(1))
      failure.guard([&] { body(thread, item); });
  }
  failure.rethrow();
}

}  // namespace ito
