// parallel_items where items are made of array elements: few elements are not worth waking a thread for.
#pragma once

#include "kernels/core/parallel.h"

namespace ito {

// Calls body(thread, item) as parallel_items does; all on the calling thread where the elements together are some 30
// microseconds' work.
inline void parallel_items_of(const Context& context, std::int64_t n, std::int64_t elements,
                              function_ref<void(int thread, std::int64_t item)> body) {
  constexpr std::int64_t kWorthAThread = 1 << 17;
  if (elements >= kWorthAThread) return parallel_items(context, n, body);
  for (std::int64_t item = 0; item < n; ++item) body(0, item);
}

}  // namespace ito
