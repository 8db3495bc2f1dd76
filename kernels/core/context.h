// A kernel's first argument: where it runs, on how many threads, and its only source of scratch memory.
#pragma once

#include "kernels/core/device.h"
#include "kernels/core/scratch.h"

namespace ito {

// One thread uses a Context at a time. The number of threads never decides a bit of a result.
struct Context {
  Device device = Device::cpu;
  int threads = 1;
  Scratch scratch;
};

// The number of threads asked for by ITO_THREADS, else the number of processors this process may run on.
// Throws InputError when ITO_THREADS is set and is not a whole number from 1 to 1024.
int default_threads();

// The calling thread's own context. The first thread's has default_threads() threads; set_threads changes it.
Context& default_context();

// Sets the calling thread's default_context().threads, at least 1.
void set_threads(int threads);

}  // namespace ito
