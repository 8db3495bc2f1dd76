// Which vector instructions the SIMD kernels use. Results are the same bits either way; only speed differs.
#pragma once

#include <string_view>

namespace ito {

enum class SimdTarget : unsigned char { avx2, avx512 };

constexpr std::string_view simd_target_name(SimdTarget target) {
  return target == SimdTarget::avx512 ? "avx512" : "avx2";
}

// True when this CPU and operating system can run the target.
bool simd_target_supported(SimdTarget target);

// The target in use: ITO_SIMD=avx2|avx512 if set, else the widest supported. Throws InputError for another value of
// ITO_SIMD, EnvironmentError when the CPU cannot run the one asked for.
SimdTarget simd_target();

// Changes the target for the whole process; for tests and benchmarks, while no kernel runs.
void set_simd_target(SimdTarget target);

}  // namespace ito
