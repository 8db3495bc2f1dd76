// Loops over threads. What a loop computes must not depend on how it is split: no reduction happens here.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"
#include "kernels/core/function_ref.h"

namespace ito {

// Calls body(begin, end) for pieces that cover [0, n) once, each at least `grain` long (but the last), on at most
// context.threads threads; the calling thread takes part. A loop inside a loop runs on the calling thread. The first
// exception thrown by a body is thrown again here, after all threads have stopped.
//
// A grain is some 20 to 50 microseconds of work: waking a thread costs a few on an idle machine, and milliseconds on
// one whose processors are taken.
void parallel_for(const Context& context, std::int64_t n, std::int64_t grain,
                  function_ref<void(std::int64_t begin, std::int64_t end)> body);

// Calls body(thread, item) for every item of [0, n), items handed out in order to whichever thread is free;
// thread < context.threads names the thread's share of scratch. For items of unequal cost.
void parallel_items(const Context& context, std::int64_t n, function_ref<void(int thread, std::int64_t item)> body);

}  // namespace ito
