#include "kernels/core/context.h"

#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"

namespace ito {

int default_threads() {
  static const int threads = [] {
    if (const char* text = std::getenv("ITO_THREADS")) {
      char* end = nullptr;
      errno = 0;
      const long value = std::strtol(text, &end, 10);
      if (errno != 0 || end == text || *end != '\0' || value < 1 || value > 1024)
        throw InputError(std::string("ITO_THREADS=") + text + ": expected a whole number from 1 to 1024");
      return static_cast<int>(value);
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
    const int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count;
  }();
  return threads;
}

Context& default_context() {
  thread_local Context context{.device = Device::cpu, .threads = default_threads(), .scratch = {}};
  return context;
}

void set_threads(int threads) { default_context().threads = threads < 1 ? 1 : threads; }

}  // namespace ito
