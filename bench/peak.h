// The two ceilings of this machine, measured in the same run as what is held against them.
#pragma once

#include "bench/case.h"

namespace ito::bench {

// Floating-point operations a second of fused multiply-adds that touch registers only, in the SIMD target in use, on
// all of the context's threads at once.
double fma_peak(Context& context, Dtype dtype);

// Bytes a second of STREAM's triad, a = b + s c (McCalpin 1995), over arrays far larger than the caches; 3 arrays
// counted, as STREAM does.
double triad_peak(Context& context);

}  // namespace ito::bench
