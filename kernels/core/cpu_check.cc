// Says in one line that this CPU cannot run ito, before any other code does.
//
// Built for plain x86-64 (see the Makefile): everything else may use AVX2 and FMA from its first instruction, so that
// static initialisers would die of SIGILL. Therefore priority 101, and only write and _exit.
#include <unistd.h>

namespace {

bool cpu_has_avx2_and_fma() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}

__attribute__((constructor(101))) void check_cpu() {
  if (cpu_has_avx2_and_fma()) return;
  static const char message[] = "ito: this CPU lacks AVX2 and FMA (x86-64-v3), which every kernel uses\n";
  const auto written = write(STDERR_FILENO, message, sizeof(message) - 1);
  (void)written;
  _exit(3);
}

}  // namespace
