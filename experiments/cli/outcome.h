// What the commands that compute say when they end, and their exit codes.
#pragma once

#include <string>
#include <vector>

#include "experiments/run/runner.h"

namespace ito::experiments {

// "stopped by ...; continue with: COMMAND" on standard error; gives 128 + signal.
int report_interrupt(int signal, const std::string& continue_with);

// What diverged, one line each, and `conclusion`, on standard error; gives the exit code.
int report_divergences(const std::vector<Divergence>& divergences, const std::string& conclusion);

// The table of exit codes, as --help and `ito explain exit-codes` print it.
const char* explain_exit_codes();

}  // namespace ito::experiments
