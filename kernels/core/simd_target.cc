#include "kernels/core/simd_target.h"

#include <hwy/highway.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"

namespace ito {
namespace {

SimdTarget choose_at_start() {
  if (const char* text = std::getenv("ITO_SIMD")) {
    const std::string_view name = text;
    for (const SimdTarget target : {SimdTarget::avx2, SimdTarget::avx512}) {
      if (name != simd_target_name(target)) continue;
      if (!simd_target_supported(target))
        throw EnvironmentError("ITO_SIMD=" + std::string(name) + ": this CPU cannot run it");
      return target;
    }
    throw InputError("ITO_SIMD=" + std::string(name) + ": expected avx2 or avx512");
  }
  return simd_target_supported(SimdTarget::avx512) ? SimdTarget::avx512 : SimdTarget::avx2;
}

std::atomic<SimdTarget>& chosen() {
  static std::atomic<SimdTarget> target{choose_at_start()};
  return target;
}

}  // namespace

bool simd_target_supported(SimdTarget target) {
  const auto bit = target == SimdTarget::avx512 ? HWY_AVX3 : HWY_AVX2;
  return (hwy::SupportedTargets() & bit) != 0;
}

SimdTarget simd_target() { return chosen().load(std::memory_order_relaxed); }

void set_simd_target(SimdTarget target) {
  if (!simd_target_supported(target))
    throw EnvironmentError(std::string(simd_target_name(target)) + ": this CPU cannot run it");
  chosen().store(target, std::memory_order_relaxed);
}

}  // namespace ito
