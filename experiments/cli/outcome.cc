#include "experiments/cli/outcome.h"

#include <csignal>
#include <cstdio>

namespace ito::experiments {

int report_interrupt(int signal, const std::string& continue_with) {
  std::fprintf(stderr, "ito: stopped by %s; what is finished is kept. Continue with: %s\n",
               signal == SIGINT ? "Ctrl-C" : "SIGTERM", continue_with.c_str());
  return 128 + signal;
}

}  // namespace ito::experiments
