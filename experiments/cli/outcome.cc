#include "experiments/cli/outcome.h"

#include <csignal>
#include <cstdio>

#include "kernels/core/error.h"

namespace ito::experiments {

int report_interrupt(int signal, const std::string& continue_with) {
  std::fprintf(stderr, "ito: stopped by %s; what is finished is kept. Continue with: %s\n",
               signal == SIGINT ? "Ctrl-C" : "SIGTERM", continue_with.c_str());
  return 128 + signal;
}

int report_divergences(const std::vector<Divergence>& divergences, const std::string& conclusion) {
  constexpr std::size_t kMost = 10;
  for (std::size_t i = 0; i < divergences.size() && i < kMost; ++i) {
    const Divergence& d = divergences[i];
    const std::string others =
        d.cells > 1 ? " and " + std::to_string(d.cells - 1) + (d.cells == 2 ? " more cell" : " more cells") : "";
    std::fprintf(stderr, "ito: diverged: %s%s: %s\n", d.axes.empty() ? "the one cell" : d.axes.c_str(), others.c_str(),
                 d.message.c_str());
  }
  if (divergences.size() > kMost) std::fprintf(stderr, "ito: diverged: %zu more\n", divergences.size() - kMost);
  std::fprintf(stderr, "ito: %s\n", conclusion.c_str());
  return static_cast<int>(ErrorKind::diverged);
}

const char* explain_exit_codes() {
  return "Exit codes\n"
         "  0    done\n"
         "  2    wrong input: a command line, recipe or file; the one line says where, and what was expected\n"
         "  3    not the input: disk, permissions, memory, packages, a processor without AVX2; and bits that are not\n"
         "       those of the store (verify) or of the other run (compare)\n"
         "  4    NaN or Inf: a training, cell or metric diverged; everything else is done and kept\n"
         "  130  stopped by Ctrl-C\n"
         "  143  stopped by SIGTERM; the same command continues, as after Ctrl-C\n";
}

}  // namespace ito::experiments
